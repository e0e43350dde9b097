//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Ports that must be there; fewer are CRITICAL.
    pub expected: usize,
    /// Ports that may be in any state, by host or port name.
    pub ignore: Vec<String>,
}
