//! Options that an operator sets below `[check.NAME.config]`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Bonds that must be there, each with the number of its links; one that is not there is CRITICAL, fewer links are WARNING.
    pub expected: BTreeMap<String, usize>,
    /// Links that may be down, by their names.
    pub ignore: Vec<String>,
}
