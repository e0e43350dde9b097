//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::{Pattern, Problem, Status};
use serde::Deserialize;

/// What eight patterns that ignore case take of this is less than the default `limits.fuel`, which ends a run; a run
/// that it ended would meet the same lines again.
pub const MAX_BYTES: u64 = 256 * 1024;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Paths or globs of the files; all that is granted where there are none.
    pub paths: Vec<String>,
    /// Patterns whose lines are CRITICAL.
    pub critical: Vec<Pattern>,
    /// Patterns whose lines are WARNING.
    pub warning: Vec<Pattern>,
    /// Patterns whose lines are not judged, whatever else they match.
    pub ignore: Vec<Pattern>,
    /// Patterns whose lines end what a `hold` of the check keeps.
    pub recovered: Vec<Pattern>,
    /// Status where a path is not there, or matches no file.
    pub missing: Status,
    /// Status where a file cannot be read.
    pub unreadable: Status,
    /// Status where lines were not looked at.
    pub skipped: Status,
    /// Status where it is not proven that all of a file was read.
    pub lost: Status,
    /// What one run reads of all files together.
    pub max_bytes: u64,
    /// Matching lines shown in details, of each file.
    pub lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            critical: Vec::new(),
            warning: Vec::new(),
            ignore: Vec::new(),
            recovered: Vec::new(),
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
