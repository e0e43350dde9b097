use serde::{Deserialize, Serialize};

use super::{Extra, GuestFailure};

/// Status, as Icinga and Nagios define it. Merged, the order is ok < unknown < warning < critical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl Status {
    /// Returns the number of the status, as the exit code of a monitoring plugin.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }
}

/// Kind of a metric: a gauge may go up and down, a counter only rises, and starts again at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetricKind {
    Gauge,
    Counter,
}

/// Base unit of a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Unit {
    /// A count, or anything without a unit.
    Number,
    Bytes,
    Seconds,
    /// 0 to 100.
    Percent,
    Celsius,
    /// Any other unit by its usual symbol, such as `dBm`.
    Other(String),
}

/// Values that are in order: from `low` to `high`, both ends included; an end may be infinite. With `inside`, those are the
/// values that are not in order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub low: f64,
    pub high: f64,
    pub inside: bool,
}

/// One measured number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    pub name: String,
    /// In base units. NaN means "no value" and gives no series.
    pub value: f64,
    pub unit: Unit,
    pub kind: MetricKind,
    pub labels: Vec<(String, String)>,
    /// The component's own thresholds; an operator's entry that matches this metric replaces both.
    pub warning: Option<Range>,
    pub critical: Option<Range>,
    /// The smallest and the largest value possible, where there is one.
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub extra: Extra,
}

/// One of many things that a check looks at: a mount, a port, a disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subcheck {
    pub labels: Vec<(String, String)>,
    pub status: Status,
    /// Facts, in one line.
    pub text: String,
    /// Why this one could not be judged, while others could.
    pub failure: Option<GuestFailure>,
    pub extra: Extra,
}

/// Report of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The check's own judgement.
    pub status: Status,
    /// Facts in one line, never a verdict.
    pub summary: String,
    /// Further lines for a person to read.
    pub details: Vec<String>,
    pub subchecks: Vec<Subcheck>,
    pub metrics: Vec<Metric>,
    pub extra: Extra,
}

/// Level of a line of a check's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

impl Level {
    /// Returns the word of the contract: `debug`, `info`, `warning` or `error`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
