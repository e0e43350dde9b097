//! One line of the history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{status, subcheck};
use roundsman_contract::Status;
use roundsman_grants::escape;

/// Entry of the history: an event, and its place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// From 1 on; each entry has the next one. Cursors are these, never times.
    pub sequence: u64,
    /// When it was noted. A clock that is set back takes it back.
    pub time: Timestamp,
    #[serde(flatten)]
    pub event: Event,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A hard status that is another one than before.
    Change(Change),
    /// An operator did something.
    Act(Act),
    /// Rounds were missing.
    Gap {
        /// The start of the last one before.
        since: Timestamp,
        /// The start of the first one after.
        until: Timestamp,
    },
    /// The clock was set.
    Clock {
        /// By so many; negative where it was set back.
        seconds: i64,
    },
    /// What a later version notes and this one does not know.
    #[serde(other)]
    Other,
}

/// A hard change of a check, or of one of its subchecks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub check: String,
    /// Labels of the subcheck; `None` where it is the check itself.
    #[serde(default, with = "subcheck", skip_serializing_if = "Option::is_none")]
    pub subcheck: Option<Vec<(String, String)>>,
    /// `None` where none was known: the check is new; the subcheck is, or was in no trouble.
    #[serde(default, with = "status")]
    pub from: Option<Status>,
    /// `None` where there is none any more: the check is gone or does not apply, the subcheck is no longer reported or counted.
    #[serde(default, with = "status")]
    pub to: Option<Status>,
    /// Since when it is so: the first run that found it, soft or hard.
    pub since: Option<Timestamp>,
    pub summary: String,
    /// Who wanted that nobody is alerted, if anybody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced: Option<Silenced>,
}

/// Silence: the reason why nobody is alerted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silenced {
    /// `None` where a version before this one stored it.
    pub by: Option<String>,
    pub reason: String,
    /// `None` where it has no end of its own.
    pub until: Option<Timestamp>,
    /// The check is paused; otherwise its trouble is acknowledged.
    pub paused: bool,
}

/// Deed of an operator with a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub check: String,
    pub act: Deed,
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A command of an operator, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    Pause,
    Ack,
    Clear,
    Resume,
}

impl HistoryEntry {
    /// Encodes it as one line, with its newline.
    #[must_use]
    pub fn line(&self) -> String {
        // Strings, numbers and maps with string keys: there is nothing that could fail to serialize.
        escape::json(&serde_json::to_string(self).expect("plain data serializes")) + "\n"
    }

    /// Reads a line; `None` where it is none of ours.
    #[must_use]
    pub fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_is_read_back_whatever_the_texts() {
        let hostile = "a\n{\"sequence\":9}\u{202e}\u{0}\"\\";
        let change = Change {
            check: "disk".to_owned(),
            subcheck: Some(vec![("z".to_owned(), hostile.to_owned()), ("a".to_owned(), String::new())]),
            from: None,
            to: Some(Status::Critical),
            since: Some(at("2026-11-22T19:14:03.123456Z")),
            summary: hostile.to_owned(),
            silenced: Some(Silenced { by: None, reason: hostile.to_owned(), until: None, paused: true }),
        };
        let act = Act {
            check: "disk".to_owned(),
            act: Deed::Ack,
            by: "alice".to_owned(),
            reason: Some("known".to_owned()),
            until: None,
        };
        for event in [
            Event::Change(change.clone()),
            Event::Change(Change { subcheck: None, to: None, from: Some(Status::Ok), silenced: None, ..change }),
            Event::Act(act),
            Event::Gap { since: at("2026-11-22T19:00:00Z"), until: at("2026-11-22T19:14:00Z") },
            Event::Clock { seconds: -3_600 },
        ] {
            let entry = HistoryEntry { sequence: 7, time: at("2026-11-22T19:15:00Z"), event };
            let line = entry.line();
            assert_eq!((line.matches('\n').count(), line.is_ascii()), (1, true), "{line}");
            assert_eq!(HistoryEntry::read(line.trim_end().as_bytes()), Some(entry), "{line}");
        }
    }

    #[test]
    fn the_keys_are_those_that_the_page_of_outputs_names() {
        let event = Event::Gap { since: at("2026-11-22T19:00:00Z"), until: at("2026-11-22T19:14:00Z") };
        let entry = HistoryEntry { sequence: 7, time: at("2026-11-22T19:15:00Z"), event };
        let line = r#"{"sequence":7,"time":"2026-11-22T19:15:00Z","event":"gap","since":"2026-11-22T19:00:00Z","until":"2026-11-22T19:14:00Z"}"#;
        assert_eq!(entry.line().trim_end(), line);
        let later = r#"{"sequence":8,"time":"2026-11-22T19:15:00Z","event":"vote","of":["a"],"new":1}"#;
        assert_eq!(HistoryEntry::read(later.as_bytes()).map(|entry| entry.event), Some(Event::Other));
        assert_eq!(HistoryEntry::read(b"{\"sequence\":8"), None);
    }
}
