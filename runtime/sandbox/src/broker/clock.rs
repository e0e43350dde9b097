//! The time that a component sees, no finer than a millisecond.

use std::time::Instant;

use roundsman_contract::calls::Reply;

const STEP: i128 = 1_000_000;

/// Answers the clock's calls. Finer steps would help a component to measure what others on the host do.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }

    pub fn now(&self) -> Reply {
        let now = jiff::Timestamp::now().as_nanosecond();
        Reply::Now(i64::try_from(now - now.rem_euclid(STEP)).unwrap_or(i64::MAX))
    }

    pub fn monotonic(&self) -> Reply {
        let elapsed = self.start.elapsed().as_millis() * STEP.unsigned_abs();
        Reply::Monotonic(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    pub fn utc_offset(&self) -> Reply {
        Reply::UtcOffset(jiff::Zoned::now().offset().seconds())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_whole_milliseconds() {
        let clock = Clock::new();
        let Reply::Now(now) = clock.now() else { panic!("another reply") };
        let Reply::Monotonic(elapsed) = clock.monotonic() else { panic!("another reply") };
        assert_eq!((now % 1_000_000, elapsed % 1_000_000), (0, 0));
        assert!(now > 1_700_000_000_000_000_000, "nanoseconds since 1970: {now}");
    }
}
