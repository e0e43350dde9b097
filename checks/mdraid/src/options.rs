//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Arrays that must be there, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Arrays that may be in any state.
    pub ignore: Vec<String>,
}
