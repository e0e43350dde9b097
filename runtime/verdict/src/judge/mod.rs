//! Judging of reports: thresholds, statuses and texts make a verdict. Pure: no clock, no I/O.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use roundsman_contract::report::{Failure, LogLine, Usage};
use roundsman_contract::{Denial, Descriptor, MetricKind, Range, Status, Unit};

pub mod bounds;
mod decide;
pub mod descriptor;
pub mod humanize;
pub mod message_lines;
pub mod naming;
pub mod outcome;
pub mod printed;
#[cfg(test)]
pub mod sample;
pub mod selector_option;
mod stored;
pub mod thresholds;

pub use decide::{Described, JudgeRules, Severity, failed, judge, not_applicable, pending};
pub use message_lines::MessageLines;
pub use printed::Printed;

/// Verdict of the host on one check: outputs show it, and the state keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub check: String,
    /// One for all checks of a component: what it says of its metrics is long.
    #[serde(with = "stored::component")]
    pub component: Option<Rc<ComponentId>>,
    pub state: State,
    /// Of a failed run what `on_failure` says; nothing where there was no run yet, or none applies.
    pub status: Option<Status>,
    /// The component's facts, or the failure's message.
    pub summary: String,
    /// Worst first.
    pub breaches: Vec<Breach>,
    pub details: Vec<String>,
    /// With breaches of their metrics merged in.
    #[serde(deserialize_with = "stored::exact")]
    pub subchecks: Vec<JudgedSubcheck>,
    #[serde(deserialize_with = "stored::exact")]
    pub metrics: Vec<JudgedMetric>,
    pub failure: Option<Failure>,
    /// Runs in this status, from 1.
    pub attempt: u32,
    pub state_type: StateType,
    pub started: Option<jiff::Timestamp>,
    pub duration: Duration,
    /// Between two runs, where the schedule is an interval.
    pub interval: Option<Duration>,
    pub last_success: Option<jiff::Timestamp>,
    pub next_due: Option<jiff::Timestamp>,
    pub usage: Usage,
    pub denials: Vec<Denial>,
    pub log: Vec<LogLine>,
    /// Lines that `limits.log` had no room for.
    pub log_dropped: u64,
    /// The component says that what it reported before is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovered: bool,
    /// The operator's own, of the check.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// Component that ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentId {
    pub name: String,
    pub version: String,
    /// Lower-case hex.
    pub sha256: String,
    /// What its metrics mean, by metric, in its own words.
    pub help: BTreeMap<String, String>,
}

impl ComponentId {
    /// Takes of a descriptor what outputs show of it. `sha256` is that of the component, in lower-case hex.
    #[must_use]
    pub fn of(descriptor: &Descriptor, sha256: &str) -> Self {
        let help = descriptor.metrics.iter().map(|info| (info.name.clone(), info.help.clone()));
        Self {
            name: descriptor.name.clone(),
            version: descriptor.version.clone(),
            sha256: sha256.to_owned(),
            help: help.collect(),
        }
    }
}

/// State of a check, besides its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Done,
    Pending,
    NotApplicable,
    Paused,
    Stale,
    Failed,
}

/// Type of a state, soft or hard, as Icinga defines them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateType {
    Soft,
    Hard,
}

/// A metric outside its range, or one that is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    pub metric: String,
    pub labels: Vec<(String, String)>,
    /// Nothing where the metric is absent.
    #[serde(with = "stored::option")]
    pub value: Option<f64>,
    pub unit: Unit,
    pub status: Status,
    /// Nothing where the metric is absent.
    #[serde(with = "stored::range")]
    pub range: Option<Range>,
}

/// One of the things that a check looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedSubcheck {
    #[serde(deserialize_with = "stored::exact")]
    pub labels: Vec<(String, String)>,
    pub status: Status,
    /// Facts; of one that could not be judged, the failure's message where the component gives no text.
    pub text: String,
    /// Why it could not be judged, while others could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A metric with the ranges that held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedMetric {
    pub name: String,
    /// NaN is kept; outputs leave it out or write null.
    #[serde(with = "stored::number")]
    pub value: f64,
    pub unit: Unit,
    pub kind: MetricKind,
    #[serde(deserialize_with = "stored::exact")]
    pub labels: Vec<(String, String)>,
    #[serde(with = "stored::range")]
    pub warning: Option<Range>,
    #[serde(with = "stored::range")]
    pub critical: Option<Range>,
    #[serde(with = "stored::option")]
    pub min: Option<f64>,
    #[serde(with = "stored::option")]
    pub max: Option<f64>,
    /// Of a plugin's number, how the plugin printed it.
    #[serde(default, skip_serializing_if = "Printed::is_empty")]
    pub printed: Printed,
}

/// The order in which statuses are merged: OK < UNKNOWN < WARNING < CRITICAL. That of the monitoring plugins
/// (`max_state_alt`), where a known trouble is worse than an unknown one.
#[must_use]
pub(crate) fn rank(status: Status) -> u8 {
    match status {
        Status::Ok => 0,
        Status::Unknown => 1,
        Status::Warning => 2,
        Status::Critical => 3,
    }
}

/// Returns the worse of two.
#[must_use]
pub fn worst(one: Status, other: Status) -> Status {
    if rank(other) > rank(one) { other } else { one }
}
