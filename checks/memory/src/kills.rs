//! The kernel's counter of processes that it ended, and when it rose.

use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000_000;
/// A span is told in so many steps: so many times are kept at most.
const STEPS: i64 = 60;

/// The counter and its rises, as they are kept from one run to the next.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Kept {
    /// The kernel's counter, since the boot.
    counter: u64,
    /// Increases of the counter, the oldest first: the time in nanoseconds since 1970 UTC, and by how much.
    rises: Vec<(i64, u64)>,
}

impl Kept {
    /// Begins to count.
    pub fn first(counter: u64) -> Self {
        Self { counter, rises: Vec::new() }
    }

    /// Returns what is known at `now`: rises of the last `span` seconds. A counter that fell began anew with a boot, and all that
    /// it counts has come since the run before. A rise of the future, as a clock that was set back leaves it, came now.
    pub fn next(&self, counter: u64, now: i64, span: u64) -> Self {
        let span = i64::try_from(span).unwrap_or(i64::MAX).saturating_mul(SECOND);
        let mut rises: Vec<(i64, u64)> = self.rises.iter().map(|(at, by)| ((*at).min(now), *by)).collect();
        rises.retain(|(at, _)| now.saturating_sub(*at) < span);
        let rise = counter.checked_sub(self.counter).unwrap_or(counter);
        match rises.last_mut() {
            _ if rise == 0 => {}
            Some((at, by)) if now.saturating_sub(*at) < span / STEPS => *by = by.saturating_add(rise),
            _ => rises.push((now, rise)),
        }
        Self { counter, rises }
    }

    /// Returns how many there were in the span.
    pub fn count(&self) -> u64 {
        self.rises.iter().fold(0, |all, (_, by)| all.saturating_add(*by))
    }
}
