//! What an operator sets below `[check.NAME.config]`.

use roundsman_sdk::expect::{Number, problems_with};
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
    /// Lines shown in details; 0 and nothing to look for: it is not read.
    pub lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: None,
            missing: Status::Critical,
            empty: Status::Ok,
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
        problems_with("numbers", &self.numbers, &crate::OWN_METRICS)
    }

    pub fn reads_content(&self) -> bool {
        let texts = self.must_contain.len() + self.must_not_contain.len() + self.numbers.len();
        texts > 0 || self.lines > 0
    }
}
