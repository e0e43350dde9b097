//! One line of the log for each run that said something, made for `grep` and `awk`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::check_status::RESERVED;
use crate::judge::Verdict;
use crate::judge::{MessageLines, message_lines};
use crate::outputs::host::HostNames;
use crate::outputs::json::{self, state_type_word};
use roundsman_contract::Status;
use roundsman_grants::escape;

/// Longest line of format `text`, in bytes with its newline: what collectors of logs take as one (rsyslog: 8 KiB).
pub const LONGEST_TEXT: usize = 4 << 10;
/// Longest line of format `json`. What has no room is left out in whole items, and counted.
pub const LONGEST_JSON: usize = 64 << 10;

/// Returns the line of format `text`, with its newline:
/// `TIME STATUS CHECK state_type=… attempt=… duration_ms=… fuel=… memory=… denials=… failure=… "first line"`.
/// The time is that of the start; the text is quoted as JSON quotes, and cut where the line would be longer than
/// [`LONGEST_TEXT`].
#[must_use]
pub fn encode(verdict: &Verdict) -> String {
    let lines = MessageLines::of(verdict);
    let started = verdict.started.map_or_else(|| "-".to_owned(), |started| format!("{started:.0}"));
    let failure = verdict.failure.as_ref().map_or("-", |failure| failure.kind.word());
    let facts = format!(
        "{started} {} {} state_type={} attempt={} duration_ms={} fuel={} memory={} denials={} failure={failure}",
        lines.state,
        escape::line(&verdict.check),
        state_type_word(verdict.state_type),
        verdict.attempt,
        verdict.duration.as_millis(),
        verdict.usage.fuel,
        verdict.usage.memory_peak,
        verdict.denials.len(),
    );
    said(&facts, &lines.first())
}

/// Puts the text behind the facts, as much of it as a line has room for.
fn said(facts: &str, text: &str) -> String {
    let room = LONGEST_TEXT.saturating_sub(facts.len() + " \"…\"\n".len());
    format!("{facts} {}\n", escape::json(&Value::from(escape::clip(text, room)).to_string()))
}

/// Returns the line of format `json`, with its newline: the object of `run`, and what was left out of it.
#[must_use]
pub fn encode_json<'h>(verdict: &Verdict, host: impl Into<HostNames<'h>>) -> String {
    format!("{}\n", json::encode_within(verdict, host, LONGEST_JSON - 1))
}

/// Returns the line of format `text` for a fault of the runtime itself, as its reserved check: no run was measured.
#[must_use]
pub fn fault(at: Timestamp, status: Status, message: &str) -> String {
    let state = message_lines::status_word(status);
    let facts =
        format!("{at:.0} {state} {RESERVED} state_type=- attempt=- duration_ms=- fuel=- memory=- denials=- failure=-");
    said(&facts, &format!("{state}: {message}"))
}

/// Returns the same in format `json`: the keys of a run that a fault has.
#[must_use]
pub fn fault_json<'h>(at: Timestamp, status: Status, message: &str, host: impl Into<HostNames<'h>>) -> String {
    let host = host.into();
    let object = json!({
        "schema": 1, "host": host.name, "labels": host.labels, "check": RESERVED, "status": message_lines::status_word(status).to_lowercase(),
        "started": format!("{at:.3}"), "summary": escape::clip(message, LONGEST_TEXT),
    });
    escape::json(&object.to_string()) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;
    use crate::judge::{State, StateType};
    use roundsman_contract::Denial;
    use roundsman_contract::report::{Failure, FailureKind};

    #[test]
    fn lines() {
        assert_eq!(
            encode(&sample::verdict()),
            "2026-11-22T19:14:03Z OK disk state_type=hard attempt=1 duration_ms=12 fuel=2104332 memory=1572864 \
             denials=0 failure=- \"OK: 2 of 2 mounted\"\n"
        );
        let denial = Denial::new("files", "/x", "");
        let verdict = Verdict {
            status: Some(Status::Unknown),
            state: State::Failed,
            attempt: 2,
            state_type: StateType::Soft,
            failure: Some(Failure::new(FailureKind::Trap, "panicked at \"x\"\n\u{1b}[2J\u{202e}").with_hint("h")),
            denials: vec![denial],
            started: None,
            ..sample::verdict()
        };
        assert_eq!(
            encode(&verdict),
            "- UNKNOWN disk state_type=soft attempt=2 duration_ms=12 fuel=2104332 memory=1572864 denials=1 \
             failure=trap \"UNKNOWN: trap: panicked at \\\"x\\\"\\n\\u001b[2J\\u202e\"\n"
        );
    }

    #[test]
    fn a_fault_of_the_runtime_is_a_line_of_its_reserved_check() {
        let at: Timestamp = "2026-11-22T19:14:03Z".parse().unwrap();
        assert_eq!(
            fault(at, Status::Warning, "a\nb"),
            "2026-11-22T19:14:03Z WARNING roundsman state_type=- attempt=- duration_ms=- fuel=- memory=- denials=- \
             failure=- \"WARNING: a\\nb\"\n"
        );
        let line = fault_json(at, Status::Critical, "a\nb", "web1");
        let object: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&object["check"], &object["status"]), (&"roundsman".into(), &"critical".into()));
        assert_eq!(line.matches('\n').count(), 1);
    }

    #[test]
    fn no_text_makes_a_line_longer_than_it_may_be() {
        for text in ["a", "\u{1}", "\u{202e}", "\"", "é", "😀"] {
            let verdict = Verdict { summary: text.repeat(65_000), ..sample::verdict() };
            let line = encode(&verdict);
            assert!(line.len() <= LONGEST_TEXT && line.len() > LONGEST_TEXT - 8, "{} bytes of {text:?}", line.len());
            assert!(line.ends_with("…\"\n"), "{text:?}");
            assert!(fault(Timestamp::UNIX_EPOCH, Status::Warning, &text.repeat(65_000)).len() <= LONGEST_TEXT);
            assert!(
                fault_json(Timestamp::UNIX_EPOCH, Status::Warning, &text.repeat(65_000), "web1").len() <= LONGEST_JSON
            );
            assert!(encode_json(&verdict, "web1").len() <= LONGEST_JSON);
        }
    }

    #[test]
    fn json_is_the_object_of_run_in_one_line() {
        let line = encode_json(&sample::verdict(), "web1");
        assert_eq!(line.trim_end_matches('\n'), json::encode(&sample::verdict(), "web1"));
        assert_eq!(line.matches('\n').count(), 1);
    }
}
