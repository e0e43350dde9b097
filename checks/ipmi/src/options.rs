//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Status;
use serde::Deserialize;

/// Options of the check, as its README explains them. Texts are globs of sensors.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Sensors that must be there and have a reading or a state, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Sensors whose state is not judged.
    pub ignore: Vec<String>,
    /// Status of new events in the log that are not nominal.
    pub events: Status,
}

impl Default for Options {
    fn default() -> Self {
        Self { expected: Vec::new(), ignore: Vec::new(), events: Status::Warning }
    }
}
