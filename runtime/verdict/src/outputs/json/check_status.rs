//! A check as it is now: its verdict, and what is known of it over the rounds.

use jiff::Timestamp;
use serde::Serialize;

use super::object::Object;
use super::{Labels, lower, state_type_word, time};
use crate::check_status::trouble::{self, Trouble};
use crate::check_status::{CheckStatus, RunCounts};
use crate::outputs::host::HostNames;
use roundsman_grants::escape;

/// Works as [`super::encode`], of a check as it is at `now`, with what is known of it over the rounds.
#[must_use]
pub fn encode_check_status<'h>(check_status: &CheckStatus, now: Timestamp, host: impl Into<HostNames<'h>>) -> String {
    let host = host.into();
    let verdict = check_status.as_of(now);
    let object = CheckStatusObject {
        verdict: Object::of(&verdict, &host),
        hard_status: check_status.hard.map(lower),
        since: check_status.since.map(time),
        overdue: check_status.overdue.map(time),
        runs: &check_status.runs,
        skipped: check_status.skipped,
        pause: check_status.paused(now).map(|pause| PauseObject {
            until: time(pause.until),
            reason: &pause.reason,
            by: pause.by.as_deref(),
            at: pause.at.map(time),
        }),
        acknowledged: check_status.acknowledged(now).map(|ack| AckObject {
            until: ack.until.map(time),
            reason: &ack.reason,
            by: &ack.by,
            at: time(ack.at),
            sticky: ack.sticky,
        }),
        held: check_status.held.as_ref().map(|held| HeldObject { last: time(held.last), until: held.until.map(time) }),
        subcheck_states: (!trouble::are_too_many(&check_status.verdict))
            .then(|| check_status.troubles.iter().map(TroubleObject::of).collect()),
    };
    escape::json(&serde_json::to_string(&object).expect("plain data serializes"))
}

#[derive(Serialize)]
struct CheckStatusObject<'a> {
    #[serde(flatten)]
    verdict: Object<'a>,
    hard_status: Option<String>,
    /// When the status became what it is.
    since: Option<String>,
    /// From then on the outcome is stale.
    overdue: Option<String>,
    /// By a status, or the kind of a failure.
    runs: &'a RunCounts,
    skipped: u64,
    pause: Option<PauseObject<'a>>,
    acknowledged: Option<AckObject<'a>>,
    /// What stays though the last run did not find it.
    held: Option<HeldObject>,
    /// Of subchecks that are not OK; null where they are too many to be counted.
    subcheck_states: Option<Vec<TroubleObject<'a>>>,
}

#[derive(Serialize)]
struct HeldObject {
    /// The last run that found it.
    last: String,
    /// Null until an operator clears it.
    until: Option<String>,
}

#[derive(Serialize)]
struct AckObject<'a> {
    until: Option<String>,
    reason: &'a str,
    by: &'a str,
    at: String,
    sticky: bool,
}

#[derive(Serialize)]
struct TroubleObject<'a> {
    labels: Labels<'a>,
    status: String,
    state_type: &'static str,
    attempt: u32,
    hard_status: Option<String>,
    since: Option<String>,
}

impl<'a> TroubleObject<'a> {
    fn of(trouble: &'a Trouble) -> Self {
        Self {
            labels: Labels(&trouble.labels),
            status: lower(trouble.status),
            state_type: state_type_word(trouble.state_type),
            attempt: trouble.attempt,
            hard_status: trouble.hard.map(lower),
            since: trouble.since.map(time),
        }
    }
}

#[derive(Serialize)]
struct PauseObject<'a> {
    until: String,
    reason: &'a str,
    by: Option<&'a str>,
    at: Option<String>,
}
