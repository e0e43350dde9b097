//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Status;
use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Files to look at; * stands for any characters of a name.
    pub files: Vec<String>,
    /// Files that are not looked at; * stands for any characters.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Status where there is no file of a pattern.
    #[serde(default = "critical")]
    pub missing: Status,
    /// Status of a certificate that is weak: signed by MD5 or SHA-1, or with a key of RSA below 2048 bits.
    #[serde(default = "warning")]
    pub weak: Status,
}

fn critical() -> Status {
    Status::Critical
}

fn warning() -> Status {
    Status::Warning
}
