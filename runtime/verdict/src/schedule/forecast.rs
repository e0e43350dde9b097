//! Forecast: when a check runs next, and from when on its last outcome is too old to be believed.

use jiff::{SignedDuration, Timestamp};

use super::due::is_changed;
use super::ticks::start_at_or_after;
use super::{Planned, ScheduleRule, Start, waits_at_first};

/// Tells when a check runs next: the first start by cron at or after its slot, never before `now`; `None` where no slot is
/// left.
#[must_use]
pub fn next(start: Start<'_>, check: &Planned<'_>) -> Option<Timestamp> {
    let Start { now, machine, tick, .. } = start;
    let from = match check.served() {
        Some(served) if served <= now && !is_changed(check) => served,
        None if waits_at_first(start, check.rule) => now,
        // New, changed, or run in a future that the clock has left.
        _ => return Some(now.max(check.paused_until.unwrap_or(now))),
    };
    let slot = check.slot_after(machine, from)?;
    let slot = check.paused_until.map_or(slot, |until| slot.max(until));
    Some(start_at_or_after(slot, from, tick).max(now))
}

/// From when on the last outcome of a check is stale if no other comes: two intervals and a timeout after it began; by a
/// calendar, when its second slot from there has passed. Nothing where a check has no time to count from.
#[must_use]
pub fn overdue(start: Start<'_>, check: &Planned<'_>) -> Option<Timestamp> {
    let past = check.past?;
    // A run in the future makes no outcome good for longer.
    let began = [past.started, past.served].into_iter().flatten().max().or(past.waiting_since)?.min(start.now);
    let from = check.paused_until.map_or(began, |until| began.max(until));
    let until = match check.rule {
        ScheduleRule::Every(every) => {
            let every = check.retry_every.map_or(*every, |retry| retry.max(*every));
            later(later(from, every), every)
        }
        ScheduleRule::Calendar(calendar) => later(calendar.after(calendar.after(from)?)?, start.tick),
    };
    Some(later(until, check.timeout))
}

fn later(at: Timestamp, by: std::time::Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::schedule::FirstRound;
    use crate::schedule::sample::{Bench, at};

    const THREE: i64 = 86_400 + 3 * 3600;

    fn start(now: i64) -> Start<'static> {
        Start { now: at(now), machine: Bench::MACHINE, tick: Duration::from_secs(60), first: FirstRound::No }
    }

    #[test]
    fn the_next_run_is_where_the_schedule_then_starts_it() {
        for (name, every) in [("a", 60), ("b", 60), ("c", 300), ("d", 90), ("e", 3600)] {
            let mut bench = Bench::every(name, every);
            let starts: Vec<i64> = (0..200).map(|minute| 86_417 + minute * 60).collect();
            let mut foretold = None;
            for begin in starts {
                if !bench.starts_at([begin]).is_empty() {
                    assert!(foretold.is_none_or(|told| told == at(begin)), "{name}: {foretold:?} and {begin}");
                    foretold = next(start(begin), &bench.planned());
                }
            }
        }
    }

    #[test]
    fn the_next_run_of_what_waits_and_of_what_does_not() {
        let new = Bench::every("new", 3600);
        assert_eq!(next(start(500), &new.planned()), Some(at(500)));
        let mut daily = Bench::calendar("0 3 * * *");
        assert_eq!(next(start(THREE - 30), &daily.planned()), Some(at(THREE + 30)));
        daily.starts_at([THREE - 30]);
        daily.paused_until = Some(at(THREE + 86_400));
        assert_eq!(next(start(THREE), &daily.planned()), Some(at(THREE + 86_400 + 30)));
    }

    #[test]
    fn two_intervals_and_a_timeout_make_an_outcome_stale() {
        let mut bench = Bench::every("a", 300);
        assert_eq!(overdue(start(1000), &bench.planned()), None);
        bench.starts_at([1000]);
        assert_eq!(overdue(start(1000), &bench.planned()), Some(at(1000 + 600 + 10)));
        bench.paused_until = Some(at(5000));
        assert_eq!(overdue(start(1000), &bench.planned()), Some(at(5000 + 600 + 10)));
        bench.paused_until = None;
        // The clock has gone back since.
        assert_eq!(overdue(start(200), &bench.planned()), Some(at(200 + 600 + 10)));
        bench.retry_every = Some(Duration::from_secs(900));
        assert_eq!(overdue(start(1000), &bench.planned()), Some(at(1000 + 1800 + 10)));
    }

    #[test]
    fn the_second_slot_of_a_calendar_makes_an_outcome_stale() {
        let mut daily = Bench::calendar("0 3 * * *");
        daily.starts_at([THREE - 30, THREE + 30]);
        assert_eq!(overdue(start(THREE + 40), &daily.planned()), Some(at(THREE + 2 * 86_400 + 60 + 10)));
    }
}
