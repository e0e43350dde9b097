//! Options that an operator sets below `[check.NAME.config]`.

use std::collections::BTreeMap;

use roundsman_sdk::Problem;
use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Whose format the output is in: that of plugins, or of Checkmk's local checks.
    pub format: Format,
    /// What decides: the exit code, or your thresholds, to which WARNING and CRITICAL yield.
    pub status_from: StatusFrom,
    /// Whether KB to EB are powers of 1024.
    pub kibi: bool,
    /// What units mean to this plugin.
    pub units: BTreeMap<String, Meaning>,
    /// What becomes of performance data that is none: it is noted, or the run fails.
    pub bad_perfdata: BadPerfdata,
    /// Numbers taken at most.
    pub max_series: usize,
    /// Whether the ranges that it prints are judged.
    pub judge_perfdata: bool,
}

/// Whose format the output is in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, roundsman_sdk::Options)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Nagios,
    Checkmk,
}

/// What decides between OK, WARNING and CRITICAL.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, roundsman_sdk::Options)]
#[serde(rename_all = "snake_case")]
pub enum StatusFrom {
    Exit,
    Thresholds,
}

/// What becomes of performance data that is none.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, roundsman_sdk::Options)]
#[serde(rename_all = "snake_case")]
pub enum BadPerfdata {
    Note,
    Fail,
}

/// What a unit means to this plugin.
#[derive(Clone, Copy, Debug, Deserialize, roundsman_sdk::Options)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// The base unit of what is printed with it.
    pub unit: BaseUnit,
    /// What brings a printed number to the base unit.
    #[serde(default = "one")]
    pub factor: f64,
}

/// A base unit that a metric of this check has.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, roundsman_sdk::Options)]
#[serde(rename_all = "snake_case")]
pub enum BaseUnit {
    Number,
    Seconds,
    Bytes,
    Percent,
    Celsius,
}

const fn one() -> f64 {
    1.0
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::Nagios,
            status_from: StatusFrom::Exit,
            kibi: true,
            units: BTreeMap::new(),
            bad_perfdata: BadPerfdata::Note,
            max_series: 1000,
            judge_perfdata: false,
        }
    }
}

impl Options {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |key: String, message: &str| problems.push(Problem::new(key, message));
        for (unit, meaning) in &self.units {
            if !(meaning.factor.is_finite() && meaning.factor > 0.0) {
                say(format!("units.{unit}.factor"), "is not a number above 0");
            }
        }
        if self.max_series == 0 {
            say("max_series".into(), "is 0: a plugin whose numbers are not wanted needs no limit of them");
        }
        if self.format == Format::Checkmk {
            if self.status_from == StatusFrom::Thresholds {
                say("status_from".into(), "a local check of Checkmk says its states in its lines: leave it out");
            }
            if self.judge_perfdata {
                say("judge_perfdata".into(), "a local check of Checkmk has the state P for that: leave it out");
            }
        }
        problems
    }
}
