//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::glob;
use serde::Deserialize;

/// Options of the check, as its README explains them. Names of interfaces are globs in which `*` stands for any characters.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Interfaces that must be up, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Interfaces that are not looked at.
    pub ignore: Vec<String>,
    /// Interfaces that may go down.
    pub may_be_down: Vec<String>,
}

/// What container engines, hypervisors and tunnels make and remove as they go, and the loopback.
const PASSING: [&str; 16] = [
    "lo", "veth*", "docker*", "br-*", "cali*", "cni*", "flannel*", "lxc*", "vnet*", "virbr*", "tap*", "fwbr*", "fwln*",
    "fwpr*", "ifb*", "dummy*",
];

impl Default for Options {
    fn default() -> Self {
        Self { expected: Vec::new(), ignore: PASSING.map(str::to_owned).to_vec(), may_be_down: Vec::new() }
    }
}

impl Options {
    pub fn expects(&self, name: &str) -> bool {
        glob::any(&self.expected, name)
    }

    /// What is expected is looked at in any case.
    pub fn looks_at(&self, name: &str) -> bool {
        self.expects(name) || !glob::any(&self.ignore, name)
    }
}
