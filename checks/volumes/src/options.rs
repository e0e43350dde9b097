//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them. Texts are globs of volumes, such as `lvm/vg0/*`.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Volumes that must be there, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Volumes whose state is not judged.
    pub ignore: Vec<String>,
    /// Volumes that are not looked at.
    pub exclude: Vec<String>,
}
