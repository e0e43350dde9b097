//! One line of the log for each run, made for `grep` and `awk`.

use serde_json::Value;

use crate::judge::Verdict;
use crate::judge::compose;
use crate::outputs::escape;
use crate::outputs::json::{self, state_type_word};

/// The line of format `text`, with its newline:
/// `TIME STATUS CHECK state_type=… attempt=… duration_ms=… fuel=… memory=… denials=… failure=… "first line"`.
/// The time is that of the start; the text is quoted as JSON quotes.
#[must_use]
pub fn encode(verdict: &Verdict) -> String {
    let lines = compose::lines(verdict);
    let started = verdict.started.map_or_else(|| "-".to_owned(), |started| format!("{started:.0}"));
    let failure = verdict.failure.as_ref().map_or("-", |failure| failure.kind.word());
    format!(
        "{started} {} {} state_type={} attempt={} duration_ms={} fuel={} memory={} denials={} failure={failure} {}\n",
        lines.state,
        escape::line(&verdict.check),
        state_type_word(verdict.state_type),
        verdict.attempt,
        verdict.duration.as_millis(),
        verdict.usage.fuel,
        verdict.usage.memory_peak,
        verdict.denials.len(),
        escape::json(&Value::from(lines.first()).to_string()),
    )
}

/// The line of format `json`, with its newline: the object of `run`.
#[must_use]
pub fn encode_json(verdict: &Verdict, host: &str) -> String {
    format!("{}\n", json::encode(verdict, host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Denial, Status};
    use crate::judge::sample;
    use crate::judge::{State, StateType};
    use crate::report::{Failure, FailureKind};

    #[test]
    fn lines() {
        assert_eq!(
            encode(&sample::verdict()),
            "2026-11-22T19:14:03Z OK disk state_type=hard attempt=1 duration_ms=12 fuel=2104332 memory=1572864 \
             denials=0 failure=- \"OK: 2 of 2 mounted\"\n"
        );
        let denial = Denial { capability: "files".to_owned(), target: "/x".to_owned(), hint: String::new() };
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
    fn json_is_the_object_of_run_in_one_line() {
        let line = encode_json(&sample::verdict(), "web1");
        assert_eq!(line.trim_end_matches('\n'), json::encode(&sample::verdict(), "web1"));
        assert_eq!(line.matches('\n').count(), 1);
    }
}
