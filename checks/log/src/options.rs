//! What an operator sets below `[check.NAME.config]`.

use roundsman_sdk::{Pattern, Problem, Status};
use serde::Deserialize;

/// What eight patterns that ignore case take of this is less than the default `limits.fuel`, which ends a run; a run
/// that it ended would meet the same lines again.
pub const MAX_BYTES: u64 = 256 * 1024;

/// See README.md.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    pub paths: Vec<String>,
    pub critical: Vec<Pattern>,
    pub warning: Vec<Pattern>,
    pub ignore: Vec<Pattern>,
    pub missing: Status,
    pub unreadable: Status,
    pub skipped: Status,
    pub lost: Status,
    pub max_bytes: u64,
    pub lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            critical: Vec::new(),
            warning: Vec::new(),
            ignore: Vec::new(),
            missing: Status::Warning,
            unreadable: Status::Unknown,
            skipped: Status::Warning,
            lost: Status::Unknown,
            max_bytes: MAX_BYTES,
            lines: 20,
        }
    }
}

impl Options {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.critical.is_empty() && self.warning.is_empty() {
            problems.push(Problem::new("critical", "has no pattern, and warning has none: nothing would be judged"));
        }
        if self.max_bytes == 0 {
            problems.push(Problem::new("max_bytes", "must be above 0"));
        }
        problems
    }
}
