//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Whether instances and watches of inotify are counted, for which each open file of each process is looked at.
    pub inotify: bool,
}
