//! What an operator sets below `[check.NAME.config]`.

use roundsman_sdk::expect::{Number, problems_with};
use roundsman_sdk::{Pattern, Problem, Status};
use serde::Deserialize;

/// See README.md.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    pub path: Option<String>,
    pub missing: Status,
    pub empty: Status,
    pub must_contain: Vec<Pattern>,
    pub missing_text: Status,
    pub must_not_contain: Vec<Pattern>,
    pub forbidden_text: Status,
    pub numbers: Vec<Number>,
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
