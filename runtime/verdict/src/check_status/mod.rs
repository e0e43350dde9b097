//! The status of a check over several rounds: last verdict, soft or hard, since when, and how often each result came. Pure.

pub mod hold;
mod now;
mod record;
mod run_counts;
mod silence;
pub mod trouble;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::judge::{State, StateType, Verdict};
use roundsman_contract::Status;

use hold::HeldTrouble;
pub use hold::Hold;
pub use record::Record;
pub use run_counts::RunCounts;
pub use silence::{Ack, Covered, Pause};
use trouble::Trouble;

/// The check that reports the runtime itself.
pub const RESERVED: &str = "roundsman";

/// Retries until a status other than OK is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Runs in a row, the first included, until the state is hard.
    pub attempts: u32,
    /// Between the runs of a soft state, where that is not the check's own interval.
    pub every: Option<Duration>,
}

impl Default for Retry {
    /// Believes a status at once, without another attempt.
    fn default() -> Self {
        Self { attempts: 1, every: None }
    }
}

/// One configured check as every output shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckStatus {
    /// Of its last run, with `attempt`, `state_type` and `last_success`; `pending` before the first.
    pub verdict: Verdict,
    /// The last status that was hard; nothing before the first.
    pub hard: Option<Status>,
    /// When the status became what it is.
    pub since: Option<Timestamp>,
    /// Runs by what came out: a status, or the kind of a failure.
    pub runs: RunCounts,
    /// Times that it was due and was not run, as it still ran elsewhere or as there was no room.
    pub skipped: u64,
    /// From then on, without a new outcome, the last one is stale.
    pub overdue: Option<Timestamp>,
    /// In a place of its own, as `ack`: few checks have one, and of ten thousand checks each byte counts.
    pub pause: Option<Box<Pause>>,
    #[serde(default)]
    pub ack: Option<Box<Ack>>,
    /// Of the subchecks that are not OK.
    #[serde(default)]
    pub troubles: Vec<Trouble>,
    /// Problem that stays although the last run did not find it.
    #[serde(default)]
    pub held: Option<HeldTrouble>,
    /// What the last run said is lost: of `verdict` there is no more than what is counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outcome_lost: bool,
}

impl CheckStatus {
    /// Returns a check that has not run yet.
    #[must_use]
    pub fn pending(verdict: Verdict) -> Self {
        Self {
            verdict: Verdict { state: State::Pending, status: None, ..verdict },
            hard: None,
            since: None,
            runs: RunCounts::default(),
            skipped: 0,
            overdue: None,
            pause: None,
            ack: None,
            troubles: Vec::new(),
            held: None,
            outcome_lost: false,
        }
    }
}

/// Returns the status of a check after a run, from its status before.
#[must_use]
pub fn advance(before: Option<&CheckStatus>, verdict: Verdict, retry: Retry) -> CheckStatus {
    follow(before, verdict, retry, None)
}

/// Returns the same of a check that may hold what it came to: that is believed at once.
#[must_use]
pub fn follow(before: Option<&CheckStatus>, verdict: Verdict, retry: Retry, hold: Option<Hold>) -> CheckStatus {
    let result = result_word(&verdict);
    let (verdict, held) = hold::follow(before, verdict, hold);
    let retry = if held.is_some() { Retry { attempts: 1, ..retry } } else { retry };
    let last = before.map(|before| &before.verdict);
    let (state_type, attempt) = state_type(last, verdict.status, retry);
    let last_success = verdict.last_success.or_else(|| last.and_then(|last| last.last_success));
    let as_before = before.filter(|before| before.verdict.status == verdict.status && before.since.is_some());
    let mut runs = before.map(|before| before.runs.clone()).unwrap_or_default();
    runs.add(result);
    let check_status = CheckStatus {
        hard: match state_type {
            StateType::Hard => verdict.status,
            StateType::Soft => before.and_then(|before| before.hard),
        },
        since: as_before.map_or(verdict.started, |before| before.since),
        runs,
        skipped: before.map_or(0, |before| before.skipped),
        overdue: None,
        pause: before.and_then(|before| before.pause.clone()),
        ack: None,
        troubles: trouble::advance(before.map_or(&[][..], |before| before.troubles.as_slice()), &verdict, retry),
        held,
        outcome_lost: false,
        verdict: Verdict { state_type, attempt, last_success, ..verdict },
    };
    let ack = before.and_then(|before| before.ack.clone()).filter(|ack| !ack.is_ended_by(&check_status));
    CheckStatus { ack, ..check_status }
}

/// Returns what came out of a run, in one word: a status, or the kind of a failure.
#[must_use]
pub(crate) fn result_word(verdict: &Verdict) -> &'static str {
    match (&verdict.failure, verdict.status) {
        (Some(failure), _) => failure.kind.word(),
        (None, Some(Status::Ok)) => "ok",
        (None, Some(Status::Warning)) => "warning",
        (None, Some(Status::Critical)) => "critical",
        (None, Some(Status::Unknown)) => "unknown",
        (None, None) => "not_applicable",
    }
}

/// Returns soft or hard, and the run's number in this state. As Icinga counts (`Checkable::ProcessCheckResult`), but that the
/// number stays at `attempts` while the state is hard, where Icinga starts again at 1: a log line says `hard attempt=2`.
#[must_use]
pub(crate) fn state_type(before: Option<&Verdict>, status: Option<Status>, retry: Retry) -> (StateType, u32) {
    let is_bad = |status: Option<Status>| status.is_some_and(|status| status != Status::Ok);
    if !is_bad(status) {
        return (StateType::Hard, 1);
    }
    let bad = before.filter(|before| is_bad(before.status));
    next_attempt(bad.map(|before| (before.state_type, before.attempt)), retry)
}

/// The same for what is not OK; `before` is `None` where it was.
fn next_attempt(before: Option<(StateType, u32)>, retry: Retry) -> (StateType, u32) {
    let attempt = match before {
        None => 1,
        Some((StateType::Hard, _)) => return (StateType::Hard, retry.attempts.max(1)),
        Some((StateType::Soft, attempt)) => attempt.saturating_add(1),
    };
    if attempt >= retry.attempts { (StateType::Hard, attempt) } else { (StateType::Soft, attempt) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;

    /// Returns what a row of statuses leads to: a letter for each run, `O W C U`, answered by type and attempt.
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
    fn a_run_adds_to_what_was() {
        let at = |second: i64| Timestamp::from_second(second).ok();
        let run = |second, status| Verdict { started: at(second), status: Some(status), ..sample::verdict() };
        let retry = Retry { attempts: 2, every: None };
        let first = advance(None, Verdict { last_success: at(1), ..run(1, Status::Ok) }, retry);
        assert_eq!((first.hard, first.since, first.verdict.last_success), (Some(Status::Ok), at(1), at(1)));
        let second = advance(Some(&CheckStatus { skipped: 3, ..first }), run(2, Status::Critical), retry);
        assert_eq!((second.hard, second.since, second.verdict.last_success), (Some(Status::Ok), at(2), at(1)));
        let third = advance(Some(&second), run(3, Status::Critical), retry);
        assert_eq!((third.hard, third.since, third.skipped), (Some(Status::Critical), at(2), 3));
        assert_eq!(third.runs, RunCounts::from_iter([("ok", 1), ("critical", 2)]));
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
