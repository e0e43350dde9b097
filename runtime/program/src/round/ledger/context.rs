//! Context of all changes of one round: configuration, timings and its start.

use std::collections::BTreeMap;

use roundsman_config::Config;
use roundsman_verdict::schedule::Start;

use crate::round::plan::Timing;

/// Everything that decides about a round's changes, besides the state.
#[derive(Debug, Clone, Copy)]
pub struct RoundContext<'t> {
    pub config: &'t Config,
    /// Of every active check, by name.
    pub timings: &'t BTreeMap<String, Timing>,
    pub start: Start<'t>,
}

impl RoundContext<'_> {
    pub(super) fn fingerprint(&self, name: &str) -> String {
        self.timings.get(name).map(|timing| timing.fingerprint.clone()).unwrap_or_default()
    }
}
