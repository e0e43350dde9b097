//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::expect::{JsonValue, Number, Rows, Series, Summary, TextFormat, Wanted};
use roundsman_sdk::files::Metadata;
use roundsman_sdk::{Pattern, Problem, Span, Status};
use serde::Deserialize;

use crate::look::is_pattern;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which file, or a pattern of many; needed where more or less than one path is granted.
    pub path: Option<String>,
    /// Status where there is no such file.
    pub missing: Status,
    /// Status of a file without content.
    pub empty: Status,
    /// Status of a file that must not be there; one that is not there is in order then.
    pub forbidden: Status,
    /// How long ago a file must have been written last: one that is younger may be half, and is taken as not there.
    pub settle: Option<Span>,
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
    /// The table that the text is, whose rows are subchecks.
    pub rows: Option<Rows>,
    /// Whose format the text is in, where `series` of it are picked out.
    pub format: Option<TextFormat>,
    /// Metrics to pick out of a text of this format.
    pub series: Vec<Series>,
    /// A prefix for the names of all other series of such a text, which are left out without it.
    pub other_series: Option<String>,
    /// `first-line`, a pattern whose line it is, or a text with `{names}` of numbers.
    pub summary: Option<Summary>,
    /// Lines shown in details; 0, or a pattern of many files, and nothing to look for: none is read.
    pub lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: None,
            missing: Status::Critical,
            empty: Status::Ok,
            forbidden: Status::Ok,
            settle: None,
            must_contain: Vec::new(),
            missing_text: Status::Critical,
            must_not_contain: Vec::new(),
            forbidden_text: Status::Critical,
            numbers: Vec::new(),
            json: Vec::new(),
            rows: None,
            format: None,
            series: Vec::new(),
            other_series: None,
            summary: None,
            lines: 100,
        }
    }
}

impl Options {
    /// What is picked out of the text.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted {
            numbers: &self.numbers,
            json: &self.json,
            rows: self.rows.as_ref(),
            series: &self.series,
            format: self.format,
            other_series: self.other_series.as_deref(),
        }
    }

    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.wanted().problems(&crate::OWN_METRICS);
        self.wanted().judge(self.summary.as_ref(), &mut problems);
        problems
    }

    /// The status of a file that is not there.
    pub fn of_missing(&self) -> Status {
        if self.forbidden == Status::Ok { self.missing } else { Status::Ok }
    }

    /// Whether the content of a file at this path or pattern is looked at.
    pub fn reads_content(&self, path: &str) -> bool {
        let texts = self.must_contain.len() + self.must_not_contain.len();
        let shows = self.lines > 0 && !is_pattern(path);
        texts > 0 || !self.wanted().is_empty() || self.summary.is_some() || shows
    }

    /// Whether nobody writes it any more.
    pub fn is_settled(&self, metadata: &Metadata, now: i64) -> bool {
        let age = now.saturating_sub(metadata.modified);
        self.settle.is_none_or(|it| age / 1_000_000_000 >= i64::try_from(it.seconds).unwrap_or(i64::MAX))
    }
}
