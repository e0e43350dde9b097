//! How far a receiver is: the last change that it has, what it was told and is not over, and how its last attempts went.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use roundsman_order::{Answer, Outcome};
use serde::{Deserialize, Serialize};

use super::backoff;
use super::subject::Subject;
use roundsman_contract::Status;

/// A receiver in trouble of its own (5xx, a command that fails) gets a request so often before that is dropped.
const ATTEMPTS: u32 = 3;

/// Failures in a row from which on somebody is told.
pub const WORTH_TELLING: u32 = 3;

/// Place of a receiver in the changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The number of the last change that it has, or does not want.
    pub sequence: u64,
    /// What it was told and is not over.
    pub told: Vec<Told>,
}

/// A trouble that a receiver knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    #[serde(flatten)]
    pub subject: Subject,
    pub status: StatusWord,
    /// When it was told last.
    pub at: Timestamp,
    /// Since when it is so.
    pub since: Option<Timestamp>,
    /// It was told that an operator knows.
    #[serde(default)]
    pub acknowledged: bool,
    /// It went with the message about its check, and had none of its own.
    #[serde(default)]
    pub with_check: bool,
}

/// A status as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusWord {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl From<Status> for StatusWord {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Ok,
            Status::Warning => Self::Warning,
            Status::Critical => Self::Critical,
            Status::Unknown => Self::Unknown,
        }
    }
}

impl From<StatusWord> for Status {
    fn from(status: StatusWord) -> Self {
        match status {
            StatusWord::Ok => Self::Ok,
            StatusWord::Warning => Self::Warning,
            StatusWord::Critical => Self::Critical,
            StatusWord::Unknown => Self::Unknown,
        }
    }
}

/// All that is kept of a receiver.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// `None` before the first delivery.
    pub place: Option<Place>,
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
    /// Messages that wait.
    #[serde(default)]
    pub waiting: u64,
    /// Requests that were dropped, by reason.
    #[serde(default)]
    pub dropped: BTreeMap<String, u64>,
    /// Why the last request was dropped; `None` once another was taken.
    #[serde(default)]
    pub refused: Option<String>,
}

/// When and where an answer came.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub now: Timestamp,
    /// Between two rounds.
    pub tick: Duration,
    pub machine: &'a str,
    pub output: &'a str,
}

impl Cursor {
    /// Takes an answer; `place` is where the receiver is when it has the request.
    pub fn take(&mut self, answer: &Answer, place: Option<Place>, attempt: Attempt<'_>) {
        let in_trouble = answer.status.is_none_or(|status| status >= 500) && self.failures + 1 < ATTEMPTS;
        match answer.outcome {
            Outcome::Done => {
                self.place = place.or(self.place.take());
                self.last_success = Some(attempt.now);
                (self.failures, self.failed_since, self.not_before) = (0, None, None);
                (self.refused, self.reason) = (None, String::new());
            }
            Outcome::Refused if !in_trouble => {
                self.place = place.or(self.place.take());
                *self.dropped.entry(answer.reason.clone()).or_default() += 1;
                self.refused = Some(answer.reason.clone());
                (self.failures, self.failed_since, self.not_before) = (0, None, None);
            }
            Outcome::Refused | Outcome::Later => self.fail(&answer.reason, answer.retry_after, attempt),
        }
    }

    /// Notes an attempt that came to nothing.
    pub fn fail(&mut self, reason: &str, retry_after: Option<u64>, attempt: Attempt<'_>) {
        if self.failures == 0 {
            self.failed_since = Some(attempt.now);
            reason.clone_into(&mut self.reason);
        }
        self.failures = self.failures.saturating_add(1);
        let ours = backoff::next(attempt.now, attempt.tick, self.failures, attempt.machine, attempt.output);
        let asked = retry_after.and_then(|seconds| i64::try_from(seconds).ok()).map(SignedDuration::from_secs);
        let theirs = asked.and_then(|wait| attempt.now.checked_add(wait).ok());
        self.not_before = Some(theirs.map_or(ours, |theirs| theirs.max(ours)));
    }

    /// What somebody should know, as a message begins with the output.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        if let Some(since) = self.failed_since.filter(|_| self.failures >= WORTH_TELLING) {
            return Some(format!("nothing is delivered since {since:.0}: {}", self.reason));
        }
        self.refused.as_ref().map(|reason| format!("a message was dropped: {reason}"))
    }

    /// How it is with the receiver, in a line.
    #[must_use]
    pub fn summary(&self) -> String {
        let last = self.last_success.map_or_else(|| "never".to_owned(), |at| format!("{at:.0}"));
        let dropped = self.dropped.iter().map(|(reason, count)| format!(", {count} dropped ({reason})"));
        format!("last success {last}, {} waiting{}", self.waiting, dropped.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(second: i64) -> Attempt<'static> {
        let now = Timestamp::from_second(second).unwrap();
        Attempt { now, tick: Duration::from_secs(60), machine: "m", output: "chat" }
    }

    fn answer(outcome: Outcome, status: Option<u16>, retry_after: Option<u64>) -> Answer {
        let reason = if outcome == Outcome::Done { String::new() } else { format!("status {status:?}") };
        Answer { id: 1, outcome, status, retry_after, reason, question: None, answer: None }
    }

    fn place(sequence: u64) -> Option<Place> {
        Some(Place { sequence, told: Vec::new() })
    }

    #[test]
    fn a_receiver_that_is_away_keeps_its_place_and_is_told_of_once_it_lasts() {
        let mut cursor = Cursor { place: place(3), ..Cursor::default() };
        for round in 1..=3 {
            assert_eq!(cursor.trouble(), None);
            cursor.take(&answer(Outcome::Later, None, None), place(4), attempt(60 * round));
        }
        assert_eq!((cursor.place.clone(), cursor.failures), (place(3), 3));
        assert_eq!(cursor.trouble().unwrap(), "nothing is delivered since 1970-01-01T00:01:00Z: status None");
        cursor.take(&answer(Outcome::Done, Some(200), None), place(4), attempt(600));
        assert_eq!((cursor.place.clone(), cursor.trouble(), cursor.not_before), (place(4), None, None));
        assert_eq!(cursor.summary(), "last success 1970-01-01T00:10:00Z, 0 waiting");
    }

    #[test]
    fn what_a_receiver_does_not_take_is_dropped_and_counted_and_its_own_trouble_has_three_attempts() {
        let mut cursor = Cursor { place: place(3), ..Cursor::default() };
        cursor.take(&answer(Outcome::Refused, Some(400), None), place(4), attempt(0));
        assert_eq!((cursor.place.clone(), cursor.failures), (place(4), 0));
        assert_eq!(cursor.trouble().unwrap(), "a message was dropped: status Some(400)");
        for failures in [1, 2] {
            cursor.take(&answer(Outcome::Refused, Some(500), None), place(5), attempt(0));
            assert_eq!((cursor.place.clone(), cursor.failures), (place(4), failures));
        }
        cursor.take(&answer(Outcome::Refused, Some(500), None), place(5), attempt(0));
        assert_eq!((cursor.place.clone(), cursor.failures, cursor.dropped.len()), (place(5), 0, 2));
        assert!(cursor.summary().ends_with("1 dropped (status Some(400)), 1 dropped (status Some(500))"));
    }

    #[test]
    fn a_receiver_that_says_when_is_not_asked_before() {
        let mut cursor = Cursor::default();
        cursor.take(&answer(Outcome::Later, Some(429), Some(300)), None, attempt(0));
        assert_eq!(cursor.not_before, Timestamp::from_second(300).ok());
    }
}
