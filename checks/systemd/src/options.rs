//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Status;
use serde::Deserialize;

/// Options of the check, as its README explains them. Names of units are globs in which `*` stands for any characters.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Units that must be active, or it is CRITICAL; a name without a type is a service.
    pub expected: Vec<String>,
    /// Status of a unit that failed and is not expected.
    pub failed: Status,
    /// Units that may fail.
    pub ignore: Vec<String>,
    /// Whether to tell how often systemd restarted the expected units, which takes a second command.
    pub restarts: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { expected: Vec::new(), failed: Status::Critical, ignore: Vec::new(), restarts: false }
    }
}

impl Options {
    /// The expected units with their types, as `systemctl` completes them.
    pub fn expected(&self) -> impl Iterator<Item = String> {
        self.expected.iter().map(|name| match name.contains('.') {
            true => name.clone(),
            false => format!("{name}.service"),
        })
    }
}
