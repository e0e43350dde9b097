//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::glob;
use serde::Deserialize;

/// Options of the check, as its README explains them. Names are globs in which `*` stands for any characters.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Disks that must be there, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Disks that are not looked at.
    pub ignore: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        // What is no disk of its own, or has no disk in it.
        let ignore = ["loop*", "ram*", "zram*", "sr*", "fd*", "nbd*"];
        Self { expected: Vec::new(), ignore: ignore.map(str::to_owned).to_vec() }
    }
}

impl Options {
    /// What is expected is looked at in any case.
    pub fn looks_at(&self, name: &str) -> bool {
        glob::any(&self.expected, name) || !glob::any(&self.ignore, name)
    }
}
