//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The program that is asked.
    pub from: From,
    /// Minutes for which the clock may be without a source before it is WARNING.
    pub grace_minutes: u32,
    /// Sources that must answer; fewer are WARNING.
    pub expected: usize,
}

/// Programs that tell of the clock.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, roundsman_sdk::Options)]
#[serde(rename_all = "snake_case")]
pub enum From {
    Chrony,
    Ntpq,
    Timedatectl,
}

impl Default for Options {
    fn default() -> Self {
        Self { from: From::Chrony, grace_minutes: 20, expected: 0 }
    }
}
