//! What an operator sets below `[check.NAME.config]`.

use roundsman_sdk::expect::{JsonValue, Number, Summary, Wanted};
use roundsman_sdk::{Pattern, Problem, Status};
use serde::Deserialize;

use crate::exits::Exits;

/// See README.md.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which granted command, by its id.
    pub id: Option<String>,
    /// Which granted command, by its program and arguments.
    pub argv: Option<Vec<String>>,
    /// Statuses by exit code, `signal` for any, and `*` for any other code but 126 and 127.
    pub exits: Exits,
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
    /// Metrics and words to pick out of its output where it is JSON.
    pub json: Vec<JsonValue>,
    /// `first-line`, a pattern whose line it is, or a text with `{names}` of numbers.
    pub summary: Option<Summary>,
    /// Lines of output and of errors shown in details, of each.
    pub lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            id: None,
            argv: None,
            exits: Exits::default(),
            empty_output: Status::Ok,
            must_contain: Vec::new(),
            missing_text: Status::Critical,
            must_not_contain: Vec::new(),
            forbidden_text: Status::Critical,
            numbers: Vec::new(),
            json: Vec::new(),
            summary: None,
            lines: 100,
        }
    }
}

impl Options {
    /// What is picked out of the text.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted { numbers: &self.numbers, json: &self.json }
    }

    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.wanted().problems(&crate::OWN_METRICS);
        let mut say = |key: &str, message: &str| problems.push(Problem::new(key, message));
        if self.id.is_some() && self.argv.is_some() {
            say("id", "names a command, and so does argv: leave one out");
        }
        if self.argv.as_ref().is_some_and(Vec::is_empty) {
            say("argv", "needs a program");
        }
        problems.extend(self.exits.problems());
        problems
    }
}
