//! The slots of a check that runs every so often: phase + k·`every` after 1970, so that they stay where they are when runs
//! are late, clocks jump or summer begins.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// Returns the first slot after a time; `None` where there is none before the end of time.
pub fn after(at: Timestamp, every: Duration, phase: i128) -> Option<Timestamp> {
    let every = nanoseconds(every).max(1);
    let since = at.as_nanosecond() - phase;
    Timestamp::from_nanosecond(phase + (since.div_euclid(every) + 1) * every).ok()
}

/// Returns the offset of the slots of a check between 0 and `every`, in nanoseconds: the same on each start, and spread over the hosts
/// of a fleet and the checks of a host.
pub(crate) fn phase(machine: &str, name: &str, every: Duration) -> i128 {
    let digest = Sha256::digest(format!("{machine}\0{name}"));
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    i128::from(number) % nanoseconds(every).max(1)
}

/// No time that is told in nanoseconds since 1970 comes near the bound.
pub(crate) fn nanoseconds(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn slots_are_strictly_after_and_one_interval_apart() {
        let phase = 7_000_000_000;
        for (from, slot) in [(0, 7), (6, 7), (7, 67), (66, 67), (-54, -53), (-53, 7)] {
            assert_eq!(after(at(from), MINUTE, phase), Some(at(slot)), "after {from}");
        }
    }

    #[test]
    fn a_phase_is_the_checks_own_and_within_the_interval() {
        let phases: Vec<i128> = (0..1000).map(|host| phase(&format!("host {host}"), "disk", MINUTE)).collect();
        assert_eq!(phases[3], phase("host 3", "disk", MINUTE));
        assert_ne!(phases[3], phase("host 3", "load", MINUTE));
        for quarter in 0..4 {
            let from = nanoseconds(MINUTE) * quarter / 4;
            let there = phases.iter().filter(|phase| (from..from + nanoseconds(MINUTE) / 4).contains(*phase)).count();
            assert!((200..300).contains(&there), "{there} of 1000 in quarter {quarter}");
        }
    }

    #[test]
    fn there_is_no_panic_at_the_ends_of_time() {
        for every in [Duration::ZERO, Duration::from_nanos(1), MINUTE, Duration::MAX] {
            for from in [Timestamp::MIN, at(-1), at(0), Timestamp::MAX] {
                let slot = after(from, every, phase("m", "c", every));
                assert!(slot.is_none_or(|slot| slot > from));
            }
        }
        assert_eq!(after(Timestamp::MAX, MINUTE, 0), None);
    }
}
