//! Result of a run: an outcome or a failure, and what was seen meanwhile.

pub mod cause;
mod command_run;
pub mod denials;
mod hanging;
pub mod limit;
mod trace;

pub use command_run::{CommandEnd, CommandRun, LONGEST_RECORD};
pub use hanging::{Hanging, HangingKind};
pub use trace::Trace;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Level, Outcome};
use roundsman_grants::escape::{self, clip, json_length};

/// Longest message of a failure, in bytes as JSON: twice what a component, or its process on standard error, gets to say.
pub const LONGEST_MESSAGE: usize = 8 << 10;
/// Longest hint, in bytes as JSON: the grants of a denial, or some hundred lines.
pub const LONGEST_HINT: usize = 16 << 10;
/// Longest list of functions in a failure, in bytes as JSON.
pub const LONGEST_STACK: usize = 8 << 10;

/// Bytes of JSON around one function of a list.
const AROUND_FUNCTION: usize = 3;

/// Kind of reason why a run has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The configuration or the options are wrong.
    Config,
    /// A request that no grant matches, passed on by the component.
    Denied,
    /// A limit was reached.
    Limit,
    /// The run, or a call passed on, took too long.
    Timeout,
    /// The component trapped or panicked.
    Trap,
    /// The file is no check, or what it reported breaks the contract.
    Invalid,
    /// The host's system refused something.
    Io,
    /// The component itself says why it could not.
    Check,
    /// A fault of the runtime.
    Internal,
}

impl FailureKind {
    /// Returns the word of the interface: `config`, `denied`, and so on.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Denied => "denied",
            Self::Limit => "limit",
            Self::Timeout => "timeout",
            Self::Trap => "trap",
            Self::Invalid => "invalid",
            Self::Io => "io",
            Self::Check => "check",
            Self::Internal => "internal",
        }
    }
}

/// A run that did not get to report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", escape::line(message))]
pub struct Failure {
    pub kind: FailureKind,
    /// Says what failed, on which object, and why; may hold text of the component, so outputs escape it.
    pub message: String,
    /// Says what to write or do to mend it; TOML where a key is meant. May have several lines.
    pub hint: Option<String>,
    /// The functions of the component that were under way, innermost first, each in a line; empty where it carries no names.
    #[serde(default)]
    pub stack: Vec<String>,
}

impl Failure {
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, stack: Vec::new() }
    }

    /// Cuts message, hint and functions to what is kept of them, as long as they take in JSON.
    #[must_use]
    pub fn clipped(mut self) -> Self {
        let mut room = LONGEST_STACK;
        let mut fits = |line: &String| {
            let taken = json_length(line) + AROUND_FUNCTION;
            let has_room = taken <= room;
            room = room.saturating_sub(taken);
            has_room
        };
        let kept = self.stack.iter().take_while(|line| fits(line)).count();
        self.stack.truncate(kept);
        let hint = self.hint.map(|hint| clip(&hint, LONGEST_HINT));
        Self { message: clip(&self.message, LONGEST_MESSAGE), hint, ..self }
    }

    /// Leaves out where in the component it was: another build of it has other places.
    #[must_use]
    pub fn without_stack(self) -> Self {
        Self { stack: Vec::new(), ..self }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A line that the component logged, or that the host noted about the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    pub level: Level,
    pub message: String,
}

/// Resources that a run used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub fuel: u64,
    /// Largest sum of linear memories and tables, in bytes.
    pub memory_peak: u64,
}

/// One run, ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub result: Result<Outcome, Failure>,
    pub trace: Trace,
    pub usage: Usage,
    /// When the run started.
    pub started: jiff::Timestamp,
    pub duration: Duration,
}

/// Longest text of a component in a failure, in bytes; a panic's message and place fit many times.
pub const LONGEST_TEXT: usize = 4 << 10;

/// A complaint of the standard library or the engine without the hints that are for their developers: which variable shows
/// a backtrace.
#[must_use]
pub fn without_hints(text: &str) -> String {
    let is_hint = |line: &&str| line.trim_start().starts_with("note: ") && line.contains("BACKTRACE");
    text.lines().filter(|line| !is_hint(line)).collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_functions_is_cut_whole_lines_at_a_time() {
        let stack = vec!["in \u{1b}".repeat(100); 100];
        let failure = Failure { stack, ..Failure::new(FailureKind::Trap, "x") }.clipped();
        let length = serde_json::to_string(&failure.stack).unwrap().len();
        assert!(length <= LONGEST_STACK && length > LONGEST_STACK / 2, "{length}");
        assert!(failure.stack.iter().all(|line| line.len() == 400));
        assert_eq!(failure.without_stack().stack, [""; 0]);
    }

    #[test]
    fn hints_for_developers_are_left_out() {
        let aborted = "memory allocation of 96 bytes failed\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
        assert_eq!(without_hints(aborted), "memory allocation of 96 bytes failed");
        assert_eq!(without_hints("a\nnote: b\n  note: using the `WASMTIME_BACKTRACE_DETAILS=1` c\nd"), "a\nnote: b\nd");
    }
}
