//! What an operator sets below `[check.NAME.config]`.

use roundsman_sdk::expect::{JsonValue, Number, Wanted};
use roundsman_sdk::{Pattern, Problem, Status};
use serde::Deserialize;

/// See README.md.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which file; needed where more or less than one path is granted.
    pub path: Option<String>,
    /// Status where there is no such file.
    pub missing: Status,
    /// Status of a file without content.
    pub empty: Status,
    /// Status of a file that must not be there; one that is not there is in order then.
    pub forbidden: Status,
    /// Patterns that a line must match.
    pub must_contain: Vec<Pattern>,
    /// Status where no line matches one of them.
    pub missing_text: Status,
    /// Patterns that no line may match.
    pub must_not_contain: Vec<Pattern>,
    /// Status where a line matches one of them.
    pub forbidden_text: Status,
    /// Metrics to pick out of the text.
    pub numbers: Vec<Number>,
    /// Metrics and words to pick out of the text where it is JSON.
    pub json: Vec<JsonValue>,
    /// Lines shown in details; 0 and nothing to look for: it is not read.
    pub lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: None,
            missing: Status::Critical,
            empty: Status::Ok,
            forbidden: Status::Ok,
            must_contain: Vec::new(),
            missing_text: Status::Critical,
            must_not_contain: Vec::new(),
            forbidden_text: Status::Critical,
            numbers: Vec::new(),
            json: Vec::new(),
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
        self.wanted().problems(&crate::OWN_METRICS)
    }

    /// The status of a file that is not there.
    pub fn of_missing(&self) -> Status {
        if self.forbidden == Status::Ok { self.missing } else { Status::Ok }
    }

    pub fn reads_content(&self) -> bool {
        let texts = self.must_contain.len() + self.must_not_contain.len();
        texts > 0 || !self.wanted().is_empty() || self.lines > 0
    }
}
