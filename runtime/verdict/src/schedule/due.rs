//! Chooses the checks that are due at a start, in the order in which they are to begin.

use std::time::Duration;

use jiff::Timestamp;

use super::slots::nanoseconds;
use super::ticks::reaches;
use super::{FirstRound, Planned, ScheduleRule, Start};

/// Checks that run more seldom than this are spread over their interval when a host is new.
const SPREAD_ABOVE: Duration = Duration::from_secs(300);

/// A check that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// A run serves every slot up to then: up to its own start, or the one that it came a little early for.
    pub serves: Timestamp,
}

/// Returns the checks that are due: first those that were due before and not reached, then those that have waited longest.
#[must_use]
pub fn due(start: Start<'_>, checks: &[Planned<'_>]) -> Vec<Due> {
    let mut due: Vec<(Option<Timestamp>, Due)> =
        checks.iter().filter_map(|check| Some((waiting_since(check), one(start, check)?))).collect();
    // A check that did not wait sorts last.
    let key =
        |(waiting, due): &(Option<Timestamp>, Due)| (waiting.unwrap_or(Timestamp::MAX), due.since, due.name.clone());
    due.sort_by_cached_key(key);
    due.into_iter().map(|(_, due)| due).collect()
}

fn waiting_since(check: &Planned<'_>) -> Option<Timestamp> {
    check.past.and_then(|past| past.waiting_since)
}

fn one(start: Start<'_>, check: &Planned<'_>) -> Option<Due> {
    let Start { now, machine, tick, .. } = start;
    if check.paused_until.is_some_and(|until| until > now) {
        return None;
    }
    let due = |since, serves| Some(Due { name: check.name.to_owned(), since, serves });
    let Some(served) = check.served() else {
        return if waits_at_first(start, check.rule) { None } else { due(now, now) };
    };
    let reach = reaches(now, served, tick);
    if reach < served {
        // The clock went back: who knows what was missed. From here on it is as usual.
        return due(now, now);
    }
    if is_changed(check) {
        return due(now, reach);
    }
    let reach = match (check.rule, check.retry_every) {
        // No time of a calendar comes early.
        (ScheduleRule::Calendar(_), None) => now,
        (ScheduleRule::Every(_), _) | (_, Some(_)) => reach,
    };
    let slot = check.slot_after(machine, served)?;
    if slot <= reach { due(slot, slot.max(now)) } else { None }
}

/// Tells whether another check than the one that ran has this name now; a calendar is waited for all the same.
pub(crate) fn is_changed(check: &Planned<'_>) -> bool {
    let is_other = check.past.is_some_and(|past| past.fingerprint != check.fingerprint);
    is_other && matches!(check.rule, ScheduleRule::Every(_))
}

/// Tells whether a check that has never run waits for its first slot instead of running at once.
#[must_use]
pub fn waits_at_first(start: Start<'_>, rule: &ScheduleRule) -> bool {
    match rule {
        ScheduleRule::Calendar(_) => true,
        ScheduleRule::Every(every) => start.first == FirstRound::Yes && nanoseconds(*every) > nanoseconds(SPREAD_ABOVE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::sample::{Bench, at, calendar};
    use crate::schedule::{Past, slots};

    const MINUTE: u64 = 60;
    const HOUR: u64 = 3600;

    #[test]
    fn a_new_check_runs_at_once_then_in_its_slots() {
        let mut bench = Bench::every("hourly", HOUR);
        let slot = slots::phase(bench.machine, "hourly", Duration::from_secs(HOUR));
        assert_eq!(bench.starts_at([100]), [100]);
        let first = i64::try_from(slot / 1_000_000_000).unwrap() + 1;
        assert!(first > 100, "the phase of this name is later");
        assert_eq!(bench.starts_at([first - 30, first, first + 60]), [first]);
    }

    #[test]
    fn on_an_empty_state_directory_what_runs_seldom_waits_for_its_slot() {
        let mut bench = Bench::every("hourly", HOUR);
        bench.first = FirstRound::Yes;
        assert_eq!(bench.starts_at([100]), [0_i64; 0]);
        bench.first = FirstRound::No;
        let starts: Vec<i64> = (2..=60).map(|minute| 100 + minute * 60).collect();
        assert_eq!(bench.starts_at(starts).len(), 1);
        let mut often = Bench { first: FirstRound::Yes, ..Bench::every("often", 5 * MINUTE) };
        assert_eq!(often.starts_at([100]), [100]);
    }

    #[test]
    fn missed_slots_are_served_by_one_run() {
        let mut bench = Bench::every("often", 5 * MINUTE);
        let two_days = 2 * 86_400;
        assert_eq!(bench.starts_at([100, two_days, two_days + 1, two_days + 2]), [100, two_days]);
    }

    #[test]
    fn every_tick_is_every_start_whatever_the_splay_the_phase_and_the_seconds_of_cron() {
        for splay in 0..60 {
            for name in ["a", "b", "c", "d"] {
                let mut bench = Bench::every(name, MINUTE);
                let late = [0, 1, 0, 3, 0, 0, 2, 7, 0, 1, 14, 0, 0, -1];
                let starts: Vec<i64> =
                    (0..).zip(late).map(|(minute, late)| 86_400 + minute * 60 + splay + late).collect();
                assert_eq!(bench.starts_at(starts.clone()), starts, "splay {splay}, check {name}");
            }
        }
    }

    #[test]
    fn five_minutes_are_five_starts() {
        let mut bench = Bench::every("often", 5 * MINUTE);
        let starts: Vec<i64> = (0..60).map(|minute| 86_400 + minute * 60 + minute % 3).collect();
        let ran = bench.starts_at(starts);
        let apart: Vec<i64> = ran.windows(2).skip(1).map(|pair| (pair[1] - pair[0] + 30) / 60).collect();
        assert!(apart.iter().all(|minutes| *minutes == 5) && apart.len() >= 9, "{ran:?}");
    }

    #[test]
    fn what_is_no_multiple_of_the_tick_runs_at_the_first_start_after_its_slot() {
        let mut bench = Bench::every("odd", 90);
        let ran = bench.starts_at((0..60).map(|minute| 86_400 + minute * 60));
        let apart: Vec<i64> = ran.windows(2).skip(1).map(|pair| (pair[1] - pair[0]) / 60).collect();
        assert!(apart.windows(2).all(|pair| pair[0] + pair[1] == 3), "{apart:?}");
    }

    #[test]
    fn rounds_by_hand_between_two_ticks_run_nothing_twice() {
        let mut bench = Bench::every("often", MINUTE);
        let starts = (0..600).map(|step| 86_400 + step * 7);
        let ran = bench.starts_at(starts);
        let slots = 600 * 7 / 60 + 1;
        assert!(ran.len() <= slots + 1 && ran.len() >= slots - 1, "{} runs in {slots} slots", ran.len());
    }

    #[test]
    fn a_changed_check_runs_at_the_next_start() {
        let mut bench = Bench::every("hourly", HOUR);
        assert_eq!(bench.starts_at([100, 160]), [100]);
        bench.fingerprint = "other";
        assert_eq!(bench.starts_at([220, 280]), [220]);
    }

    #[test]
    fn a_clock_that_goes_back_runs_what_ran_in_the_future_once_then_as_usual() {
        let year = 365 * 86_400;
        let mut bench = Bench::every("hourly", HOUR);
        bench.starts_at([2 * year]);
        let starts: Vec<i64> = (0..180).map(|minute| year + minute * 60).collect();
        let ran = bench.starts_at(starts);
        assert_eq!(ran[0], year);
        assert_eq!(ran.len(), 4, "once at once, then hourly: {ran:?}");
        let mut daily = Bench::calendar("0 3 * * *");
        daily.starts_at([2 * year, 2 * year + 86_400]);
        assert_eq!(daily.starts_at([year, year + 60, year + 120]), [year]);
    }

    #[test]
    fn a_second_back_is_no_jump() {
        let mut bench = Bench::every("often", 5 * MINUTE);
        bench.starts_at([86_400]);
        assert_eq!(bench.starts_at([86_399, 86_398]), [0_i64; 0]);
    }

    #[test]
    fn a_clock_that_is_wrong_at_boot_does_no_harm() {
        let mut bench = Bench::every("hourly", HOUR);
        let today = 1_795_000_000;
        bench.starts_at([today]);
        // No clock of its own: 1970, until the network has told the time.
        assert_eq!(bench.starts_at([30, 90, 150]), [30]);
        assert_eq!(bench.starts_at([today + 600, today + 660]), [today + 600]);
    }

    #[test]
    fn a_calendar_waits_for_its_slot_and_never_comes_early() {
        let mut bench = Bench::calendar("0 3 * * *");
        let day = 86_400;
        // Seen first at noon, then due at three.
        assert_eq!(bench.starts_at([day / 2, day / 2 + 60]), [0_i64; 0]);
        let three = day + 3 * 3600;
        assert_eq!(bench.starts_at([three - 60, three - 1, three + 2, three + 62]), [three + 2]);
        // Not even changed.
        bench.fingerprint = "other";
        assert_eq!(bench.starts_at([three + 120]), [0_i64; 0]);
        assert_eq!(bench.starts_at([three + 3 * day + 5 * 3600]), [three + 3 * day + 5 * 3600]);
    }

    #[test]
    fn a_soft_state_is_looked_at_again_after_its_own_time() {
        for mut bench in [Bench::every("hourly", HOUR), Bench::calendar("0 3 * * *")] {
            let three = 86_400 + 3 * 3600;
            bench.starts_at([three - 7200, three + 1]);
            let ran = bench.last().unwrap();
            bench.retry_every = Some(Duration::from_secs(120));
            assert_eq!(bench.starts_at([ran + 60, ran + 119, ran + 180]), [ran + 119]);
            bench.retry_every = None;
        }
    }

    #[test]
    fn a_paused_check_is_not_run_and_made_up_for_when_the_pause_ends() {
        let mut bench = Bench::every("often", 5 * MINUTE);
        bench.starts_at([86_400]);
        bench.paused_until = Some(at(90_000));
        let starts: Vec<i64> = (1..70).map(|minute| 86_400 + minute * 60).collect();
        let ran = bench.starts_at(starts);
        assert_eq!(ran[0], 90_000);
    }

    #[test]
    fn who_waits_goes_first_then_who_is_due_longest() {
        let every = ScheduleRule::Every(Duration::from_secs(MINUTE));
        let past = |served: i64, waiting: Option<i64>| Past {
            served: Some(at(served)),
            waiting_since: waiting.map(at),
            ..Past::default()
        };
        let pasts = [past(5000, None), past(9000, Some(9100)), past(9000, Some(9050)), past(4000, None)];
        let names = ["older", "waits", "waits-longer", "oldest"];
        let rows: Vec<Planned<'_>> = pasts
            .iter()
            .zip(names)
            .map(|(past, name)| Planned {
                name,
                rule: &every,
                timeout: Duration::from_secs(10),
                retry_every: None,
                fingerprint: "",
                paused_until: None,
                past: Some(past),
            })
            .chain([Planned {
                name: "new",
                rule: &every,
                timeout: Duration::from_secs(10),
                retry_every: None,
                fingerprint: "",
                paused_until: None,
                past: None,
            }])
            .collect();
        let start = Start { now: at(10_000), machine: "m", tick: Duration::from_secs(60), first: FirstRound::No };
        let order: Vec<String> = due(start, &rows).into_iter().map(|due| due.name).collect();
        assert_eq!(order, ["waits-longer", "waits", "oldest", "older", "new"]);
    }

    #[test]
    fn nothing_panics_at_the_ends_of_time() {
        let rules = [
            ScheduleRule::Every(Duration::from_nanos(1)),
            ScheduleRule::Every(Duration::MAX),
            ScheduleRule::Calendar(calendar("0 3 * * *")),
        ];
        let times = [Timestamp::MIN, Timestamp::UNIX_EPOCH, at(4_102_444_800), Timestamp::MAX];
        for rule in &rules {
            for served in times {
                for now in times {
                    let mut bench = Bench::of("x", rule.clone());
                    bench.past = Some(Past { served: Some(served), ..Past::default() });
                    let start = Start { now, machine: "m", tick: Duration::from_secs(60), first: FirstRound::No };
                    let _ = due(start, &[bench.planned()]);
                    let _ = crate::schedule::next(start, &bench.planned());
                    let _ = crate::schedule::overdue(start, &bench.planned());
                }
            }
        }
    }
}
