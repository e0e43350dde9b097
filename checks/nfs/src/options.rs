//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Status;
use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Mount points that must be there and answer, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Status of any other mount that gives no answer.
    pub no_answer: Status,
    /// Globs of mount points that are not looked at.
    pub exclude: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { expected: Vec::new(), no_answer: Status::Unknown, exclude: Vec::new() }
    }
}
