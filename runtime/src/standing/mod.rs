//! Where a check stands over the rounds: its last verdict, soft or hard, since when, and how often what came out. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Retry;
use crate::contract::Status;
use crate::judge::{State, StateType, Verdict};

/// One configured check as every output shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Of its last run, with `attempt`, `state_type` and `last_success`; `pending` before the first.
    pub verdict: Verdict,
    /// The last status that was hard; nothing before the first.
    pub hard: Option<Status>,
    /// When the status became what it is.
    pub since: Option<Timestamp>,
    /// Runs by what came out: a status, or the kind of a failure.
    pub runs: BTreeMap<String, u64>,
    /// Times that it was due and was not run, as it still ran elsewhere or as there was no room.
    pub skipped: u64,
    /// From then on, without a new outcome, the last one is stale.
    pub overdue: Option<Timestamp>,
    pub pause: Option<Pause>,
}

/// An operator's wish that a check is not run for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub until: Timestamp,
    pub reason: String,
}

impl Standing {
    /// A check that has not run yet.
    #[must_use]
    pub fn pending(verdict: Verdict) -> Self {
        Self {
            verdict: Verdict { state: State::Pending, status: None, ..verdict },
            hard: None,
            since: None,
            runs: BTreeMap::new(),
            skipped: 0,
            overdue: None,
            pause: None,
        }
    }
}

/// Soft or hard, and the run's number in this state. As Icinga counts (`Checkable::ProcessCheckResult`), but that the
/// number stays at `attempts` while the state is hard, where Icinga starts again at 1: a log line says `hard attempt=2`.
#[must_use]
pub fn state_type(before: Option<&Verdict>, status: Option<Status>, retry: Retry) -> (StateType, u32) {
    let is_bad = |status: Option<Status>| status.is_some_and(|status| status != Status::Ok);
    if !is_bad(status) {
        return (StateType::Hard, 1);
    }
    let attempt = match before.filter(|before| is_bad(before.status)) {
        None => 1,
        Some(before) if before.state_type == StateType::Hard => return (StateType::Hard, retry.attempts.max(1)),
        Some(before) => before.attempt.saturating_add(1),
    };
    if attempt >= retry.attempts { (StateType::Hard, attempt) } else { (StateType::Soft, attempt) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;

    /// What a row of statuses leads to: a letter for each run, `O W C U`, answered by type and attempt.
    fn walk(statuses: &str, attempts: u32) -> String {
        let retry = Retry { attempts, every: None };
        let mut before: Option<Verdict> = None;
        let mut seen = Vec::new();
        for letter in statuses.chars() {
            let status = match letter {
                'O' => Some(Status::Ok),
                'W' => Some(Status::Warning),
                'C' => Some(Status::Critical),
                'U' => Some(Status::Unknown),
                _ => None,
            };
            let (state_type, attempt) = state_type(before.as_ref(), status, retry);
            seen.push(format!("{}{attempt}", if state_type == StateType::Hard { 'h' } else { 's' }));
            before = Some(Verdict { status, state_type, attempt, ..sample::verdict() });
        }
        seen.join(" ")
    }

    #[test]
    fn soft_until_enough_runs_in_a_row_were_bad() {
        assert_eq!(walk("OCCCCO", 3), "h1 s1 s2 h3 h3 h1");
        assert_eq!(walk("COC", 2), "s1 h1 s1");
        assert_eq!(walk("CWU", 3), "s1 s2 h3");
        assert_eq!(walk("CCWO", 2), "s1 h2 h2 h1");
    }

    #[test]
    fn one_attempt_is_believed_at_once() {
        assert_eq!(walk("OCWO", 1), "h1 h1 h1 h1");
    }

    #[test]
    fn no_status_is_no_trouble() {
        assert_eq!(walk("C-C", 3), "s1 h1 s1");
    }
}
