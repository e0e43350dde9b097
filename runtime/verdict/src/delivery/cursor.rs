//! Cursor of a receiver, which says how far it is: the last change, value or run that it has, what it was told and is not over, and how its last attempts
//! went.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use roundsman_contract::report::Hanging;
use roundsman_order::{DeliveryAnswer, DeliveryOutcome};
use serde::{Deserialize, Serialize};

use super::backoff;
use super::receiver_place::ReceiverPlace;

/// A receiver in trouble of its own (5xx, a command that fails) gets a request so often before that is dropped.
const ATTEMPTS: u32 = 3;

/// Unknown checks that are told by name.
const NAMED: usize = 5;

/// Reasons for dropping that are told apart: what a command says of itself may differ each time.
const REASONS: usize = 20;
const OTHER_REASONS: &str = "other reasons";

/// Failures in a row from which on somebody is told.
pub(crate) const WORTH_TELLING: u32 = 3;

/// The place of a receiver in what it is told, once it has a request.
#[derive(Debug, Clone, PartialEq)]
pub struct CursorStep {
    pub to: To,
    /// How much of what waits the request holds.
    pub holds: u64,
    /// Values that the receiver would have no room for, which the request is without.
    pub left_out: u64,
}

impl CursorStep {
    #[must_use]
    pub fn to(to: To, holds: u64) -> Self {
        Self { to, holds, left_out: 0 }
    }
}

/// Position of a receiver after a request, by what the receiver is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum To {
    /// Of the changes.
    Place(ReceiverPlace),
    /// Up to there in the values.
    Values(u64),
    /// That run of one check.
    Run(String, SilencedRun),
    /// These alerts, and no others, by their labels.
    Alerts(BTreeSet<BTreeMap<String, String>>),
    /// What is to be discovered, by its digest.
    Discovery(Discovery),
}

/// A run, and whether nobody is alerted of its check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilencedRun {
    pub started: Timestamp,
    /// What tells one silence from another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<Timestamp>,
}

/// The discovery that a receiver was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    pub digest: String,
    /// Since when it is that.
    pub at: Timestamp,
    /// When it was said last.
    pub said: Timestamp,
}

/// Cursor of a receiver: all that is stored of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// Of the changes; `None` before the first delivery.
    pub place: Option<ReceiverPlace>,
    /// Up to where it has the values; `None` before the first delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<u64>,
    /// The newest run that it has of each check.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub runs: BTreeMap<String, SilencedRun>,
    /// Checks that it does not know.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unknown: BTreeSet<String>,
    /// Checks of which it knows the object, and takes no result: why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub untaken: BTreeMap<String, String>,
    /// The alerts that it has, or may have.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub alerts: BTreeSet<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery: Option<Discovery>,
    /// Processes of its command that SIGKILL did not end: while one is there, no other is started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hanging: Vec<Hanging>,
    /// Attempts in a row that came to nothing.
    #[serde(default)]
    pub failures: u32,
    #[serde(default)]
    pub failed_since: Option<Timestamp>,
    /// Of the first of these failures, so that it reads the same as long as they last.
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    #[serde(default)]
    pub last_success: Option<Timestamp>,
    /// Messages, outcomes or runs that wait.
    #[serde(default)]
    pub waiting: u64,
    /// Requests that it has taken.
    #[serde(default)]
    pub delivered: u64,
    /// Requests or parts of them that were dropped, by reason.
    #[serde(default)]
    pub dropped: BTreeMap<String, u64>,
    /// Why something was dropped in the last delivery in which something was; `None` once all of one was taken.
    #[serde(default)]
    pub refused: Option<String>,
}

/// Time and place of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub now: Timestamp,
    /// Between two rounds.
    pub tick: Duration,
    pub machine: &'a str,
    pub output: &'a str,
    /// A failure changes nothing about the next attempt: what is sent is of use in its own round only.
    pub each_round: bool,
}

impl Discovery {
    /// Tells whether what is to be made of it may not be there yet: a round or two.
    fn is_fresh(&self, attempt: Attempt<'_>) -> bool {
        let rounds = SignedDuration::try_from(attempt.tick.saturating_mul(5) / 2).unwrap_or(SignedDuration::MAX);
        attempt.now.duration_since(self.at) <= rounds
    }
}

impl Cursor {
    /// Takes an answer; `step` is where the receiver is when it has the request. Tells whether something did not arrive for good.
    pub fn take(&mut self, answer: &DeliveryAnswer, step: Option<CursorStep>, attempt: Attempt<'_>) -> bool {
        let in_trouble = answer.status.is_none_or(|status| status >= 500) && self.failures + 1 < ATTEMPTS;
        match answer.outcome {
            DeliveryOutcome::Refused | DeliveryOutcome::Later
                if in_trouble || answer.outcome == DeliveryOutcome::Later =>
            {
                self.fail(&answer.reason, answer.retry_after, attempt);
                // One of several receivers may have them, or this one without saying so: their end is told as well.
                if let Some(CursorStep { to: To::Alerts(fires), .. }) = step {
                    self.alerts.extend(fires);
                }
                false
            }
            outcome => {
                (self.failures, self.failed_since, self.not_before) = (0, None, None);
                if outcome == DeliveryOutcome::Done {
                    self.last_success = Some(attempt.now);
                    self.delivered = self.delivered.saturating_add(1);
                    self.reason = String::new();
                }
                let is_expected = self.discovery.as_ref().is_some_and(|discovery| discovery.is_fresh(attempt));
                let is_run = step.as_ref().is_some_and(|step| matches!(step.to, To::Run(..)));
                let holds = step.as_ref().map_or(1, |step| step.holds).max(1);
                let dropped =
                    if outcome == DeliveryOutcome::Refused { answer.dropped.max(holds) } else { answer.dropped };
                if let Some(step) = step {
                    self.step(step, answer);
                }
                if dropped == 0 {
                    return false;
                }
                // What was told of before is neither new nor over: that is seen once all items could be there.
                if is_expected {
                    return true;
                }
                self.drop(&answer.reason, dropped);
                // That is told of all such checks together.
                if !is_run {
                    self.refused = Some(answer.reason.clone());
                }
                true
            }
        }
    }

    /// Counts what a receiver is not to have.
    pub fn drop(&mut self, reason: &str, count: u64) {
        let has_room = self.dropped.len() < REASONS || self.dropped.contains_key(reason);
        let reason = if has_room { reason } else { OTHER_REASONS };
        let dropped = self.dropped.entry(reason.to_owned()).or_default();
        *dropped = dropped.saturating_add(count);
    }

    fn step(&mut self, step: CursorStep, answer: &DeliveryAnswer) {
        if step.left_out > 0 {
            self.drop("its name is longer than the receiver takes", step.left_out);
        }
        self.waiting = self.waiting.saturating_sub(step.holds);
        match step.to {
            To::Place(place) => {
                // One in trouble itself may have it all the same: of what it may have it is told the end.
                let is_refused = answer.outcome == DeliveryOutcome::Refused && answer.status.is_some_and(|it| it < 500);
                self.place = Some(place.after(self.place.as_ref(), is_refused));
            }
            To::Values(end) => self.values = Some(end),
            To::Run(check, run) => {
                self.unknown.remove(&check);
                self.untaken.remove(&check);
                if answer.outcome != DeliveryOutcome::Done {
                    self.refuse(&check, answer);
                }
                self.runs.insert(check, run);
            }
            To::Alerts(alerts) => self.alerts = alerts,
            To::Discovery(discovery) => self.discovery = Some(discovery),
        }
    }

    /// Notes that the receiver does not take the result of a check, whose object it may not know.
    pub fn refuse(&mut self, check: &str, answer: &DeliveryAnswer) {
        if answer.status == Some(404) {
            self.unknown.insert(check.to_owned());
        } else {
            self.untaken.insert(check.to_owned(), answer.reason.clone());
        }
    }

    /// Notes an attempt that came to nothing.
    pub fn fail(&mut self, reason: &str, retry_after: Option<u64>, attempt: Attempt<'_>) {
        if self.failures == 0 {
            self.failed_since = Some(attempt.now);
            reason.clone_into(&mut self.reason);
        }
        self.failures = self.failures.saturating_add(1);
        let ours = if attempt.each_round {
            attempt.now
        } else {
            backoff::next(attempt.now, attempt.tick, self.failures, attempt.machine, attempt.output)
        };
        let asked = retry_after.and_then(|seconds| i64::try_from(seconds).ok()).map(SignedDuration::from_secs);
        let theirs = asked.and_then(|wait| attempt.now.checked_add(wait).ok());
        self.not_before = Some(theirs.map_or(ours, |theirs| theirs.max(ours)));
    }

    /// Returns what somebody should know, as a message begins with the output.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        if let Some(since) = self.failed_since.filter(|_| self.failures >= WORTH_TELLING) {
            return Some(format!("nothing is delivered since {since:.0}: {}", self.reason));
        }
        if !self.unknown.is_empty() {
            let names: Vec<&str> = self.unknown.iter().take(NAMED).map(String::as_str).collect();
            let more = if self.unknown.len() > NAMED { " and more" } else { "" };
            let mend = "make them there, or give the user of `auth` the right to them";
            return Some(format!("the receiver does not know {}{more}: {mend}", names.join(", ")));
        }
        if let Some(reason) = self.untaken.values().next() {
            let same = self.untaken.iter().filter(|(_, other)| *other == reason);
            let names: Vec<&str> = same.take(NAMED).map(|(check, _)| check.as_str()).collect();
            return Some(format!("the receiver does not take {}: {reason}", names.join(", ")));
        }
        self.refused.as_ref().map(|reason| format!("a message was dropped: {reason}"))
    }

    /// Tells how it is with the receiver, in a line.
    #[must_use]
    pub fn summary(&self) -> String {
        let last = self.last_success.map_or_else(|| "never".to_owned(), |at| format!("{at:.0}"));
        let dropped = self.dropped.iter().map(|(reason, count)| format!(", {count} dropped ({reason})"));
        format!("last success {last}, {} waiting{}", self.waiting, dropped.collect::<String>())
    }
}

#[cfg(test)]
#[path = "cursor_tests.rs"]
mod tests;
