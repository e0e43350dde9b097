//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them. Texts are globs of sensors, such as `coretemp.0/*`.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Sensors that must be there and have a value, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Sensors that are not looked at.
    pub exclude: Vec<String>,
    /// Sensors whose alarm and fault flags are not judged: of many boards some are always set.
    pub ignore_alarms: Vec<String>,
}
