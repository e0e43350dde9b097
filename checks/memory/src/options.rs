//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// See README.md.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What counts as used besides.
    pub count_as_used: Vec<Counted>,
}

/// Memory that programs do not have, and that is not in use as theirs is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, roundsman_sdk::Options)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Static huge pages, taken or not.
    HugePages,
    /// What the cache of ZFS gives back when others need memory.
    ZfsCache,
}

impl Options {
    pub fn counts(&self, what: Counted) -> bool {
        self.count_as_used.contains(&what)
    }
}
