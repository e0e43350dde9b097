//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::{Pattern, Problem, Status};
use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Patterns whose entries are CRITICAL.
    pub critical: Vec<Pattern>,
    /// Patterns whose entries are WARNING.
    pub warning: Vec<Pattern>,
    /// Patterns whose entries are not judged, whatever else they match.
    pub ignore: Vec<Pattern>,
    /// Status where entries were not looked at.
    pub lost: Status,
    /// Entries shown in details.
    pub lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { critical: Vec::new(), warning: Vec::new(), ignore: Vec::new(), lost: Status::Unknown, lines: 20 }
    }
}

impl Options {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.critical.is_empty() && self.warning.is_empty() {
            problems.push(Problem::new("critical", "has no pattern, and warning has none: nothing would be judged"));
        }
        let texts: Vec<&str> = self.critical.iter().chain(&self.warning).map(Pattern::text).collect();
        if let Some((_, twice)) = texts.iter().enumerate().find(|(i, text)| texts[..*i].contains(text)) {
            problems.push(Problem::new("warning", format!("{twice:?} is there twice")));
        }
        problems
    }
}
