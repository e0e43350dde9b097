//! One JSON object for each verdict; readers ignore keys that they do not know.

mod check_status;
mod object;
mod room;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::judge::message_lines::status_word;
use crate::judge::{State, StateType, Verdict};
use crate::outputs::host::HostNames;
use object::Object;
use room::length;
use roundsman_contract::{Range, Status};
use roundsman_grants::escape;

pub use check_status::encode_check_status;

/// Raised when a key changes its meaning or goes; new keys do not raise it.
const SCHEMA: u32 = 1;

/// Encodes one verdict as one line without a newline at its end.
#[must_use]
pub fn encode<'h>(verdict: &Verdict, host: impl Into<HostNames<'h>>) -> String {
    let host = host.into();
    // Strings, numbers and maps with string keys: there is nothing that could fail to serialize.
    let text = serde_json::to_string(&Object::of(verdict, &host)).expect("plain data serializes");
    escape::json(&text)
}

/// Does as [`encode`] in about `longest` bytes at most. What does not fit is left out from the end of each list, in whole items,
/// and its number said in `left_out`; texts are cut.
#[must_use]
pub(crate) fn encode_within<'h>(verdict: &Verdict, host: impl Into<HostNames<'h>>, longest: usize) -> String {
    let host = host.into();
    let mut object = Object::of(verdict, &host);
    if length(&object) > longest {
        object.shorten(longest);
    }
    escape::json(&serde_json::to_string(&object).expect("plain data serializes"))
}

/// Pairs as an object, in their order; the outcome was refused if a name was there twice.
struct Labels<'a>(&'a [(String, String)]);

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Returns a Nagios range in base units: JSON has no infinity for an open end.
fn written(range: Option<Range>) -> Option<String> {
    range.map(|range| range.to_string())
}

/// Returns RFC 3339 in UTC, to the millisecond.
fn time(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}

fn lower(status: Status) -> String {
    status_word(status).to_lowercase()
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Done => "done",
        State::Pending => "pending",
        State::NotApplicable => "not_applicable",
        State::Paused => "paused",
        State::Stale => "stale",
        State::Failed => "failed",
    }
}

/// Returns the word of a state type in outputs.
#[must_use]
pub(crate) fn state_type_word(state_type: StateType) -> &'static str {
    match state_type {
        StateType::Soft => "soft",
        StateType::Hard => "hard",
    }
}

#[cfg(test)]
mod tests;
