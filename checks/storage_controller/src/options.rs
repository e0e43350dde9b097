//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them. Texts are globs of things, such as `c0/disk 252:*`.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Things that must be there, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Things whose state is not judged.
    pub ignore: Vec<String>,
}
