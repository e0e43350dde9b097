//! A year of starts, one a minute: late ones, missed ones, both changes of the clock, jumps of the clock.
//! Expected values come from slots that are counted one by one, and by a calendar of the test's own.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::sample::{Bench, berlin};
use super::{ScheduleRule, slots};

const MINUTES_OF_A_YEAR: i64 = 365 * 24 * 60;
/// The longest time by which a start may be too early for its slot: a third of a tick.
const EARLY: SignedDuration = SignedDuration::from_secs(20);

/// New Year of 2026 in UTC, so that a year from here has both changes of the clock.
fn begin() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// Numbers that look random and are the same each time (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }
}

/// Returns the starts of a year: each minute at `splay` and up to 4 s later, one of `missing` left out, a hole of hours or days
/// now and then.
fn starts(seed: u64, splay: i64, missing: u64) -> Vec<Timestamp> {
    let mut numbers = Numbers(seed);
    let mut hole = 0;
    (0..MINUTES_OF_A_YEAR)
        .filter_map(|minute| {
            if numbers.below(20_000) == 0 {
                hole = minute + numbers.below(3 * 24 * 60);
            }
            let is_there = minute >= hole && numbers.below(missing) != 0;
            let late = SignedDuration::from_millis(splay * 1000 + numbers.below(4000));
            is_there.then(|| begin() + SignedDuration::from_mins(minute) + late)
        })
        .collect()
}

/// Runs a check of an interval at each start, and compares with slots that are counted one by one. Each slot is served by
/// exactly one run; none comes earlier than its slot but for a third of a tick; no start leaves one behind.
fn each_slot_once(bench: &mut Bench, every: u64, starts: &[Timestamp]) -> Result<usize, String> {
    let every = SignedDuration::from_secs(i64::try_from(every).unwrap());
    // A new check runs at once; its slots count from there.
    assert!(bench.start(starts[0]));
    let phase = slots::phase(bench.machine, &bench.name, every.unsigned_abs());
    let mut slot = Timestamp::from_nanosecond(phase).unwrap();
    while slot <= starts[0] {
        slot += every;
    }
    let mut runs = 0;
    for start in &starts[1..] {
        if !bench.start(*start) {
            if slot <= *start {
                return Err(format!("no run at {start} for {slot}"));
            }
            continue;
        }
        runs += 1;
        if slot > *start + EARLY {
            return Err(format!("a run at {start} before its slot {slot}"));
        }
        // It serves that one, and with it all that have passed.
        slot += every;
        while slot <= *start {
            slot += every;
        }
    }
    Ok(runs)
}

fn run(bench: &mut Bench, starts: &[Timestamp]) -> Vec<Timestamp> {
    starts.iter().copied().filter(|start| bench.start(*start)).collect()
}

/// Runs by the day of Berlin.
fn by_day(ran: &[Timestamp]) -> BTreeMap<String, usize> {
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    ran.iter().fold(BTreeMap::new(), |mut days, run| {
        *days.entry(run.to_zoned(zone.clone()).date().to_string()).or_insert(0) += 1;
        days
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn intervals_over_a_year(seed: u64, splay in 0_i64..56, missing in 2_u64..200) {
        let starts = starts(seed, splay, missing);
        for every in [60, 90, 300, 3600, 86_400, 7 * 86_400] {
            let mut bench = Bench::every(&format!("check-{seed}-{every}"), every);
            let runs = each_slot_once(&mut bench, every, &starts);
            prop_assert!(runs.is_ok(), "every {} s: {:?}", every, runs);
        }
    }

    #[test]
    fn every_tick_over_a_year(seed: u64, splay in 0_i64..56, missing in 2_u64..200) {
        let starts = starts(seed, splay, missing);
        let mut bench = Bench::every("often", 60);
        prop_assert_eq!(run(&mut bench, &starts).len(), starts.len());
    }

    #[test]
    fn jumps_of_the_clock_cost_one_run_each_and_lose_nothing(seed: u64, splay in 0_i64..56) {
        let mut numbers = Numbers(seed);
        let mut shift = SignedDuration::ZERO;
        let mut back = 0;
        let mut longest = 0;
        let mut runs = 0;
        let mut hourly = Bench::every("hourly", 3600);
        let mut often = Bench::every("often", 60);
        let mut last: Option<Timestamp> = None;
        for start in starts(seed, splay, 100) {
            if numbers.below(10_000) == 0 {
                let jump = numbers.below(4 * 365 * 86_400) - 2 * 365 * 86_400;
                back += usize::from(jump < 0);
                shift += SignedDuration::from_secs(jump);
            }
            let now = start + shift;
            prop_assert!(often.start(now), "a check of every tick is left out at {}", now);
            if hourly.start(now) {
                runs += 1;
                last = Some(start);
            }
            longest = longest.max(last.map_or(0, |last| start.duration_since(last).as_secs()));
        }
        // Holes of the starts are up to three days; nothing waits longer than them, whatever the clock says.
        prop_assert!(longest <= 3 * 86_400 + 2 * 3600, "{} s without a run", longest);
        prop_assert!(runs <= 365 * 24 + 2 * back + 60, "{} runs with {} jumps back", runs, back);
    }
}

proptest! {
    // The calendar takes its time, and its year has two days that matter.
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_daily_check_runs_on_each_day_that_has_a_start_after_its_time(seed: u64, splay in 0_i64..56) {
        // One that the changes of the clock touch, and one that they do not.
        for (hour, minute) in [(2, 30), (12, 15)] {
            let starts = starts(seed, splay, 50);
            let mut bench = Bench { rule: ScheduleRule::Calendar(berlin(&format!("{minute} {hour} * * *"))), ..Bench::calendar("* * * * *") };
            let ran = run(&mut bench, &starts);
            let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
            let mut expected = BTreeMap::new();
            let mut first_seen = false;
            let mut served = String::new();
            for start in &starts {
                // The day whose time has come last: of spring's day, it comes at three.
                let local = start.to_zoned(zone.clone());
                let skipped = local.date() == jiff::civil::date(2026, 3, 29) && hour == 2;
                let time = if skipped { jiff::civil::time(3, 0, 0, 0) } else { jiff::civil::time(hour, minute, 0, 0) };
                let twice = local.date() == jiff::civil::date(2026, 10, 25) && local.hour() == 2;
                let second = hour == 2 && twice && local.offset() == jiff::tz::offset(1);
                let has_come = local.time() >= time || second;
                let day = if has_come { local.date() } else { local.date().yesterday().unwrap() }.to_string();
                if day != served {
                    if first_seen {
                        *expected.entry(local.date().to_string()).or_insert(0) += 1;
                    }
                    served = day;
                }
                first_seen = true;
            }
            prop_assert_eq!(by_day(&ran), expected, "{}:{}", hour, minute);
        }
    }

    #[test]
    fn soft_states_and_calendars_together(seed: u64, splay in 0_i64..56) {
        let mut numbers = Numbers(seed);
        let rule = ScheduleRule::Calendar(berlin("0 3 * * *"));
        let mut bench = Bench { rule, ..Bench::calendar("* * * * *") };
        let starts = starts(seed, splay, 50);
        let mut last: Option<Timestamp> = None;
        for start in &starts {
            let retries = bench.retry_every.is_some();
            if bench.start(*start) {
                if let (true, Some(last)) = (retries, last) {
                    prop_assert!(start.duration_since(last) >= SignedDuration::from_secs(300 - 20), "{} after {}", start, last);
                }
                last = Some(*start);
                bench.retry_every = (numbers.below(3) == 0).then(|| Duration::from_secs(300));
            } else if let (true, Some(last)) = (retries, last) {
                prop_assert!(start.duration_since(last) < SignedDuration::from_secs(300 + 20), "{} after {}", start, last);
            }
        }
        prop_assert!(last.is_some());
    }
}
