//! Schedule of all checks: a pure function of the time, the machine, the checks and their past. It reads no clock and no file.
//!
//! A check has served all its slots up to the start of its last run. It is due when one has come since: so each slot is
//! served once, and many that were missed are served by one run.

mod calendar;
mod due;
pub mod expression;
mod forecast;
mod slots;
mod ticks;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod year_tests;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use calendar::Calendar;
pub use due::{Due, due, waits_at_first};
pub use forecast::{next, overdue};

/// Rule of when a check runs.
#[derive(Debug, Clone)]
pub enum ScheduleRule {
    /// At slots this far apart.
    Every(Duration),
    Calendar(Calendar),
}

/// Memory of the runs of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Every slot up to then needs no run any more: the start of the round that ran the check last, in ticks, or of the one
    /// that first saw it and had it wait.
    pub served: Option<Timestamp>,
    /// When its last run began, in turn or not.
    pub started: Option<Timestamp>,
    /// Since when it is due and was not reached.
    pub waiting_since: Option<Timestamp>,
    /// Fingerprint of the check at that run: another one is a changed check.
    pub fingerprint: String,
}

/// The start of a round, and what all its checks share.
#[derive(Debug, Clone, Copy)]
pub struct Start<'s> {
    pub now: Timestamp,
    /// Spreads the hosts of a fleet.
    pub machine: &'s str,
    /// Between two starts by cron.
    pub tick: Duration,
    pub first: FirstRound,
}

/// Knowledge whether anything is remembered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstRound {
    Yes,
    No,
}

/// A check as the schedule sees it.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    pub name: &'a str,
    pub rule: &'a ScheduleRule,
    pub timeout: Duration,
    /// Between two runs, instead of the rule, while the state is soft.
    pub retry_every: Option<Duration>,
    pub fingerprint: &'a str,
    pub paused_until: Option<Timestamp>,
    pub past: Option<&'a Past>,
}

impl Planned<'_> {
    fn served(&self) -> Option<Timestamp> {
        self.past.and_then(|past| past.served)
    }

    /// Returns the first slot after a time; `None` where there is none before the end of time.
    fn slot_after(&self, machine: &str, at: Timestamp) -> Option<Timestamp> {
        match (self.retry_every, self.rule) {
            (Some(every), _) => at.checked_add(every).ok(),
            (None, ScheduleRule::Every(every)) => slots::after(at, *every, slots::phase(machine, self.name, *every)),
            (None, ScheduleRule::Calendar(calendar)) => calendar.after(at),
        }
    }
}
