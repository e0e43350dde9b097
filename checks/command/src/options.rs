//! What an operator sets below `[check.NAME.config]`.

use roundsman_sdk::expect::{Number, problems_with};
use roundsman_sdk::{Pattern, Problem, Status};
use serde::Deserialize;

/// See README.md.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which granted command, by its id.
    pub id: Option<String>,
    /// Which granted command, by its program and arguments.
    pub argv: Option<Vec<String>>,
    /// Exit codes that are in order.
    pub expected_exits: Vec<i32>,
    /// Status of any other code but 126 and 127, and of a signal.
    pub unexpected_exit: Status,
    /// Status of a command that prints nothing.
    pub empty_output: Status,
    /// Patterns that a line of its output must match.
    pub must_contain: Vec<Pattern>,
    /// Status where no line matches one of them.
    pub missing_text: Status,
    /// Patterns that no line of its output may match.
    pub must_not_contain: Vec<Pattern>,
    /// Status where a line matches one of them.
    pub forbidden_text: Status,
    /// Metrics to pick out of its output.
    pub numbers: Vec<Number>,
    /// Lines of output and of errors shown in details, of each.
    pub lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            id: None,
            argv: None,
            expected_exits: vec![0],
            unexpected_exit: Status::Critical,
            empty_output: Status::Ok,
            must_contain: Vec::new(),
            missing_text: Status::Critical,
            must_not_contain: Vec::new(),
            forbidden_text: Status::Critical,
            numbers: Vec::new(),
            lines: 100,
        }
    }
}

impl Options {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = problems_with("numbers", &self.numbers, &crate::OWN_METRICS);
        let mut say = |key: &str, message: &str| problems.push(Problem::new(key, message));
        if self.id.is_some() && self.argv.is_some() {
            say("id", "names a command, and so does argv: leave one out");
        }
        if self.argv.as_ref().is_some_and(Vec::is_empty) {
            say("argv", "needs a program");
        }
        if self.expected_exits.is_empty() {
            say("expected_exits", "needs a code; to accept any, set unexpected_exit = \"ok\"");
        }
        if let Some(code) = self.expected_exits.iter().find(|code| !(0..=255).contains(*code)) {
            say("expected_exits", &format!("{code} is not from 0 to 255"));
        }
        problems
    }
}
