//! Place of a receiver in the changes, and the troubles that it knows of.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::subject::Subject;
use roundsman_contract::Status;

/// Place of a receiver in the changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReceiverPlace {
    /// The number of the last change that it has, or does not want.
    pub sequence: u64,
    /// Problems that it was told of and that are not over.
    pub told: Vec<Told>,
}

impl ReceiverPlace {
    /// Returns this place as it is after a message that led here from the one before, and that may have been refused.
    pub(super) fn after(mut self, before: Option<&Self>, is_refused: bool) -> Self {
        for told in &mut self.told {
            let known = before.and_then(|before| before.told.iter().find(|other| other.subject == told.subject));
            // What was told once stays told, whatever becomes of the message that repeats or changes it.
            told.refused = known.map_or(is_refused, |known| {
                let is_same = (known.at, known.status) == (told.at, told.status);
                known.refused && (is_refused || is_same)
            });
        }
        self
    }
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
    /// An operator paused its check since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// The receiver said that it does not take the message: it is told no end of what it was not told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// It went with the message about its check, and had none of its own.
    #[serde(default)]
    pub with_check: bool,
    /// Stamp of the news that began it, where that had a message of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<String>,
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
