//! Starts counted in ticks: cron starts us a second earlier or later, never exactly a tick apart, and a check that is
//! due at every tick is to run at every one.

use std::time::Duration;

use jiff::Timestamp;

use super::slots::nanoseconds;

/// Tolerance: a start this near to a whole number of ticks counts as that number. A third of a tick, both ways.
const NEAR: i128 = 3;

/// Up to when a start serves slots: a whole number of ticks after `served`, where the last run stood, if it is near that,
/// else no longer than it is itself.
pub(crate) fn reaches(now: Timestamp, served: Timestamp, tick: Duration) -> Timestamp {
    let tick = nanoseconds(tick).max(1);
    let elapsed = now.as_nanosecond() - served.as_nanosecond();
    let whole = (elapsed + tick / 2).div_euclid(tick) * tick;
    if (elapsed - whole).abs() > tick / NEAR {
        return now;
    }
    Timestamp::from_nanosecond(served.as_nanosecond() + whole).unwrap_or(now).max(now)
}

/// Returns the first start not before a time, where starts are whole ticks after `served`.
pub(crate) fn start_at_or_after(at: Timestamp, served: Timestamp, tick: Duration) -> Timestamp {
    let tick = nanoseconds(tick).max(1);
    let wait = at.as_nanosecond() - served.as_nanosecond();
    let whole = -(-wait).div_euclid(tick) * tick;
    Timestamp::from_nanosecond(served.as_nanosecond() + whole).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_secs(60);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn near_a_whole_number_of_ticks_reaches_that_number() {
        for (now, reach) in [(1060, 1060), (1040, 1060), (1039, 1039), (1075, 1075), (1000, 1000), (1081, 1081)] {
            assert_eq!(reaches(at(now), at(1000), TICK), at(reach), "{now}");
        }
        assert_eq!(reaches(at(86_400 * 400 - 3), at(0), TICK), at(86_400 * 400));
        assert_eq!(reaches(at(990), at(1000), TICK), at(1000), "a second time in one tick");
        assert_eq!(reaches(at(900), at(1000), TICK), at(900), "the clock went back");
    }

    #[test]
    fn the_start_that_serves_a_slot_is_not_before_it() {
        for (slot, start) in [(1000, 1000), (1001, 1060), (1060, 1060), (1061, 1120), (990, 1000), (940, 940)] {
            assert_eq!(start_at_or_after(at(slot), at(1000), TICK), at(start), "{slot}");
        }
    }

    #[test]
    fn there_is_no_panic_at_the_ends_of_time() {
        for now in [Timestamp::MIN, at(0), Timestamp::MAX] {
            for served in [Timestamp::MIN, at(0), Timestamp::MAX] {
                for tick in [Duration::ZERO, TICK, Duration::MAX] {
                    let _ = (reaches(now, served, tick), start_at_or_after(now, served, tick));
                }
            }
        }
    }
}
