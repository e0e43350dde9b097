//! The slots of a check with a cron expression, by the calendar of a time zone.
//!
//! As in cron(8) of Debian: a fixed time that the clock skips in spring runs at the first moment after it. A fixed time that comes twice
//! in autumn runs once, at the first of the two. An expression with `*` in minutes or hours follows the clock.

use croner::Cron;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::expression;

/// A cron expression of five fields, and the zone of its times.
#[derive(Debug, Clone)]
pub struct Calendar {
    cron: Box<Cron>,
    zone: TimeZone,
}

impl Calendar {
    /// Reads an expression; `None` where it is none, which the configuration does not let through.
    #[must_use]
    pub fn new(expression: &str, zone: TimeZone) -> Option<Self> {
        Some(Self { cron: Box::new(expression::parse(expression).ok()?), zone })
    }

    /// Returns the first slot after a time; `None` where there is none before the end of time.
    pub(super) fn after(&self, at: Timestamp) -> Option<Timestamp> {
        let mut from = at.to_zoned(self.zone.clone());
        loop {
            let slot = self.cron.find_next_occurrence(&from, false).ok()?.timestamp();
            if slot > at {
                return Some(slot);
            }
            // A jump of the clock within the minute: look again from a second later.
            from = from.checked_add(jiff::SignedDuration::from_secs(1)).ok()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::sample::berlin;

    fn row(expression: &str, from: &str, count: usize) -> Vec<String> {
        let calendar = berlin(expression);
        let mut at: Timestamp = from.parse().unwrap();
        let mut slots = Vec::new();
        for _ in 0..count {
            at = calendar.after(at).unwrap();
            slots.push(at.to_string());
        }
        slots
    }

    #[test]
    fn a_slot_is_strictly_after() {
        assert_eq!(row("0 3 * * *", "2026-11-22T01:59:59Z", 1), ["2026-11-22T02:00:00Z"]);
        assert_eq!(row("0 3 * * *", "2026-11-22T02:00:00Z", 1), ["2026-11-23T02:00:00Z"]);
        assert_eq!(row("0 3 * * *", "2026-11-22T02:00:00.5Z", 1), ["2026-11-23T02:00:00Z"]);
    }

    #[test]
    fn a_daily_time_that_spring_jumps_over_comes_at_the_first_moment_after() {
        // 2026-03-29: 02:00 CET is 03:00 CEST.
        let slots = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
        assert_eq!(row("30 2 * * *", "2026-03-28T00:00:00Z", 3), slots);
        // From any second of the hour before, and of the hour after.
        let slot = berlin("30 2 * * *").after("2026-03-29T00:59:59.9Z".parse().unwrap()).unwrap();
        assert_eq!(slot.to_string(), "2026-03-29T01:00:00Z");
        let slot = berlin("30 2 * * *").after("2026-03-29T01:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(slot.to_string(), "2026-03-30T00:30:00Z");
    }

    #[test]
    fn a_daily_time_that_autumn_shows_twice_comes_once() {
        // 2026-10-25: 03:00 CEST is 02:00 CET.
        let slots = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
        assert_eq!(row("30 2 * * *", "2026-10-24T00:00:00Z", 3), slots);
        for minute in 0..120 {
            let from = "2026-10-25T00:30:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minute);
            let next = berlin("30 2 * * *").after(from).unwrap().to_string();
            assert_eq!(next, "2026-10-26T01:30:00Z", "from {from}");
        }
    }

    #[test]
    fn what_follows_the_clock_comes_in_each_hour_that_there_is() {
        let spring = ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"];
        assert_eq!(row("30 * * * *", "2026-03-29T00:00:00Z", 2), spring);
        let autumn = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"];
        assert_eq!(row("30 * * * *", "2026-10-25T00:00:00Z", 3), autumn);
    }

    #[test]
    fn there_is_an_end_of_time_and_no_panic() {
        let calendar = berlin("0 3 29 2 *");
        assert_eq!(calendar.after(Timestamp::MAX), None);
        for from in [Timestamp::MIN, Timestamp::from_second(-1).unwrap(), Timestamp::UNIX_EPOCH] {
            assert!(calendar.after(from).is_none_or(|slot| slot > from));
        }
        let after_2038: Timestamp = "2099-12-31T00:00:00Z".parse().unwrap();
        assert_eq!(calendar.after(after_2038).unwrap().to_string(), "2104-02-29T02:00:00Z");
        assert!(Calendar::new("0 3 * *", TimeZone::UTC).is_none());
    }
}
