//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::{Problem, Span};
use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What counts as used besides.
    pub count_as_used: Vec<Counted>,
    /// Span, such as 30m, in which processes that the kernel ended for want of memory are WARNING; reads /proc/vmstat.
    pub oom_kills_within: Option<Span>,
    /// Whether pages that go to swap and come back are counted; reads /proc/vmstat.
    pub swap_rates: bool,
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
    pub fn problems(&self) -> Vec<Problem> {
        let none = self.oom_kills_within.is_some_and(|it| it.seconds == 0);
        none.then(|| Problem::new("oom_kills_within", "0 seconds have no kills: \"30m\" is a usual span"))
            .into_iter()
            .collect()
    }

    /// Tells whether the kernel's counters are asked for.
    pub fn needs_counters(&self) -> bool {
        self.oom_kills_within.is_some() || self.swap_rates
    }

    pub fn counts(&self, what: Counted) -> bool {
        self.count_as_used.contains(&what)
    }
}
