//! Detection of a clock that was set since the last round, by its distance to the time since boot, which nobody sets.

use std::fs;

use jiff::SignedDuration;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use roundsman_contract::Unit;
use roundsman_verdict::judge::humanize::{DECIMALS, for_people};

/// Longest difference that is no step: adjustments, and rounds that read both clocks at slightly different moments.
const STEP: SignedDuration = SignedDuration::from_secs(60);

/// Distance of the clock from the time since boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distance {
    /// Of which boot: `/proc/sys/kernel/random/boot_id`.
    boot: String,
    /// In seconds.
    seconds: i64,
}

impl Distance {
    /// Reads both clocks; `None` without `/proc`.
    #[must_use]
    pub fn now() -> Option<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
        let [real, since_boot] = [ClockId::Realtime, ClockId::Boottime].map(clock_gettime);
        Some(Self { boot, seconds: real.tv_sec.saturating_sub(since_boot.tv_sec) })
    }

    /// Finds a step since `before`, negative where the clock was set back. After another boot nothing is known.
    #[must_use]
    pub fn step_since(&self, before: &Self) -> Option<SignedDuration> {
        let step = SignedDuration::from_secs(self.seconds.saturating_sub(before.seconds));
        (self.boot == before.boot && step.abs() > STEP).then_some(step)
    }
}

/// Tells of a step, in words.
#[must_use]
pub fn step_text(step: SignedDuration) -> String {
    let way = if step.is_positive() { "forward" } else { "back" };
    let length = for_people(step.abs().as_secs_f64(), &Unit::Seconds, DECIMALS);
    format!("the clock was set {way} by {length} since the last round")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_of_one_boot_are_told() {
        let distance = |boot: &str, seconds| Distance { boot: boot.to_owned(), seconds };
        let told = |seconds| distance("a", seconds).step_since(&distance("a", 1_000)).map(step_text);
        assert_eq!((told(1_060), told(940)), (None, None));
        assert_eq!(told(8_200).as_deref(), Some("the clock was set forward by 2 h since the last round"));
        assert_eq!(told(-89_000).as_deref(), Some("the clock was set back by 25 h since the last round"));
        assert_eq!(distance("b", 8_200).step_since(&distance("a", 1_000)), None);
        let now = Distance::now().unwrap();
        assert_eq!(now.step_since(&Distance::now().unwrap()), None);
    }
}
