//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them. Texts are globs of the names of maps.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Paths that each map must have; fewer that work are WARNING.
    pub paths: usize,
    /// Maps that must be there, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Maps that may have a single path; of any other that is CRITICAL.
    pub single: Vec<String>,
    /// Maps that are not looked at.
    pub exclude: Vec<String>,
}
