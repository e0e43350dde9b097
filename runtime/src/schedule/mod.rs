//! When checks are due. So far all are in every round; the rules come with the next change.
use crate::config::Schedule;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub slot: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub waiting_since: Option<Timestamp>,
    pub fingerprint: String,
}
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    pub name: &'a str,
    pub schedule: &'a Schedule,
    pub timeout: Duration,
    pub retry_every: Option<Duration>,
    pub fingerprint: &'a str,
    pub paused_until: Option<Timestamp>,
    pub past: Option<&'a Past>,
}
pub struct Due {
    pub name: String,
    pub slot: Timestamp,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstRound {
    Yes,
    No,
}
pub fn due(now: Timestamp, _machine: &str, _first: FirstRound, checks: &[Planned<'_>]) -> Vec<Due> {
    checks.iter().map(|c| Due { name: c.name.to_owned(), slot: now }).collect()
}
pub fn next(_now: Timestamp, _machine: &str, _check: &Planned<'_>) -> Option<Timestamp> {
    None
}
pub fn overdue(_now: Timestamp, _machine: &str, _check: &Planned<'_>) -> Option<Timestamp> {
    None
}
