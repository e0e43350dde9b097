//! The time that a component sees, no finer than a millisecond.

use std::time::Instant;

use roundsman_contract::calls::Reply;
use roundsman_contract::calls::clock::{Answer, Call};

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

    pub(crate) fn call(&self, call: Call) -> Reply {
        Reply::Clock(match call {
            Call::Now => Answer::Now(now()),
            Call::Monotonic => Answer::Monotonic(self.elapsed()),
            Call::UtcOffset => Answer::UtcOffset(jiff::Zoned::now().offset().seconds()),
        })
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis() * STEP.unsigned_abs()).unwrap_or(u64::MAX)
    }
}

fn now() -> i64 {
    let now = jiff::Timestamp::now().as_nanosecond();
    i64::try_from(now - now.rem_euclid(STEP)).unwrap_or(i64::MAX)
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
        let Reply::Clock(Answer::Now(now)) = clock.call(Call::Now) else { panic!("another reply") };
        let Reply::Clock(Answer::Monotonic(elapsed)) = clock.call(Call::Monotonic) else { panic!("another reply") };
        assert_eq!((now % 1_000_000, elapsed % 1_000_000), (0, 0));
        assert!(now > 1_700_000_000_000_000_000, "nanoseconds since 1970: {now}");
    }
}
