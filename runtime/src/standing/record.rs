//! What is counted of a check over its runs: little, and kept apart from what the runs said, so that an outcome that is lost
//! costs neither a pause nor a count. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Pause, Standing};
use crate::contract::Status;
use crate::judge::{State, StateType, Verdict};
use crate::report::Usage;

/// Where a check stands, without what its last run said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Of the last run; `None` where there was none, or the check does not apply to this host.
    pub status: Option<Status>,
    pub state_type: StateType,
    pub attempt: u32,
    pub hard: Option<Status>,
    pub since: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    pub runs: BTreeMap<String, u64>,
    pub skipped: u64,
    pub pause: Option<Pause>,
}

impl Record {
    /// Takes what is counted from all that is known.
    #[must_use]
    pub fn of(standing: &Standing) -> Self {
        let Verdict { status, state_type, attempt, started, last_success, .. } = standing.verdict;
        let Standing { hard, since, skipped, .. } = *standing;
        let (runs, pause) = (standing.runs.clone(), standing.pause.clone());
        Self { status, state_type, attempt, hard, since, started, last_success, runs, skipped, pause }
    }

    /// Makes a standing whose outcome is lost, unless there was none.
    #[must_use]
    pub fn without_outcome(self, check: &str) -> Standing {
        let Self { status, state_type, attempt, hard, since, started, last_success, runs, skipped, pause } = self;
        let verdict = Verdict {
            check: check.to_owned(),
            component: None,
            state: State::Pending,
            status,
            summary: "not run yet".to_owned(),
            breaches: Vec::new(),
            details: Vec::new(),
            subchecks: Vec::new(),
            metrics: Vec::new(),
            failure: None,
            attempt,
            state_type,
            started,
            duration: Duration::ZERO,
            interval: None,
            last_success,
            next_due: None,
            usage: Usage::default(),
            denials: Vec::new(),
            log: Vec::new(),
            log_dropped: 0,
        };
        Standing { verdict, hard, since, runs, skipped, overdue: None, pause, outcome_lost: started.is_some() }
    }
}
