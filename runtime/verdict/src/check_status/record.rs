//! Record of a check over its runs: what is counted. It is small, and stored apart from the outcomes, so that an outcome that is lost
//! costs neither a pause nor a count. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hold::HeldTrouble;
use super::trouble::Trouble;
use super::{Ack, CheckStatus, Pause, RunCounts};
use crate::judge::{State, StateType, Verdict};
use roundsman_contract::Status;
use roundsman_contract::report::Usage;

/// Status of a check, without what its last run said.
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
    pub runs: RunCounts,
    pub skipped: u64,
    pub pause: Option<Box<Pause>>,
    #[serde(default)]
    pub ack: Option<Box<Ack>>,
    #[serde(default)]
    pub troubles: Vec<Trouble>,
    #[serde(default)]
    pub held: Option<HeldTrouble>,
}

impl Record {
    /// Takes what is counted from all that is known.
    #[must_use]
    pub fn of(check_status: &CheckStatus) -> Self {
        let Verdict { status, state_type, attempt, started, last_success, .. } = check_status.verdict;
        let CheckStatus { hard, since, skipped, .. } = *check_status;
        let (runs, troubles) = (check_status.runs.clone(), check_status.troubles.clone());
        let (pause, ack, held) = (check_status.pause.clone(), check_status.ack.clone(), check_status.held.clone());
        Self {
            status,
            state_type,
            attempt,
            hard,
            since,
            started,
            last_success,
            runs,
            skipped,
            pause,
            ack,
            troubles,
            held,
        }
    }

    /// Makes a status whose outcome is lost, unless there was no outcome yet.
    #[must_use]
    pub fn without_outcome(self, check: &str) -> CheckStatus {
        let Self { status, state_type, attempt, hard, since, started, last_success, .. } = self;
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
            recovered: false,
            labels: BTreeMap::new(),
        };
        let Self { runs, skipped, pause, ack, troubles, held, .. } = self;
        let outcome_lost = started.is_some();
        CheckStatus { verdict, hard, since, runs, skipped, overdue: None, pause, ack, troubles, held, outcome_lost }
    }
}
