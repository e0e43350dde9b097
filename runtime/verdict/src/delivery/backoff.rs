//! Waiting times after which a receiver that failed is tried again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

/// The longest time between two attempts.
pub(crate) const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The most rounds that doubling comes to: the longest time is reached long before.
const DOUBLINGS: u32 = 10;

/// Returns the time of the next attempt after so many failures in a row: each second failure doubles the number of rounds. A
/// part of it differs from host to host, so that a fleet does not come back at once.
#[must_use]
pub fn next(now: Timestamp, tick: Duration, failures: u32, machine: &str, output: &str) -> Timestamp {
    let Some(doublings) = failures.checked_sub(1).filter(|doublings| *doublings > 0) else { return now };
    let rounds = 1_u32 << doublings.min(DOUBLINGS);
    let whole = tick.saturating_mul(rounds).min(LONGEST);
    let digest = Sha256::digest(format!("{machine}/{output}"));
    // Less by up to an eighth, and by a second so that the start of that round is not missed.
    let share = u32::from(digest[0]);
    let wait = whole.saturating_sub(whole / 8 * share / 255).saturating_sub(Duration::from_secs(1));
    SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok()).unwrap_or(now)
}

/// Tells whether the time of an attempt has come. One that lies too far ahead was set before the clock went back.
#[must_use]
pub fn is_due(now: Timestamp, not_before: Option<Timestamp>, longest: Duration) -> bool {
    let ahead = not_before.map_or(SignedDuration::ZERO, |at| at.duration_since(now));
    ahead <= SignedDuration::ZERO || ahead > SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_secs(60);

    fn waits(failures: u32, machine: &str) -> i64 {
        let now = Timestamp::UNIX_EPOCH;
        next(now, TICK, failures, machine, "chat").duration_since(now).as_secs()
    }

    #[test]
    fn one_failure_is_tried_in_the_next_round_and_many_each_quarter_of_an_hour() {
        assert_eq!(waits(0, "a") + waits(1, "a"), 0);
        for (failures, most) in [(2, 120), (3, 240), (4, 480), (5, 900), (6, 900), (4_000_000_000, 900)] {
            let wait = waits(failures, "a");
            assert!(wait < most && wait >= most * 7 / 8 - 1, "{failures}: {wait}");
        }
        let hosts: std::collections::BTreeSet<i64> = (0..50).map(|host| waits(9, &host.to_string())).collect();
        assert!(hosts.len() > 20, "hosts are spread: {hosts:?}");
    }

    #[test]
    fn a_clock_that_was_set_back_ends_a_wait() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(is_due(at(100), None, LONGEST) && is_due(at(100), Some(at(100)), LONGEST));
        assert!(!is_due(at(100), Some(at(101)), LONGEST));
        assert!(is_due(at(100), Some(at(100 + 901)), LONGEST));
    }
}
