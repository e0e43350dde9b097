//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::expect::{JsonValue, Number, Rows, Series, Summary, TextFormat, Wanted};
use roundsman_sdk::{MetricInfo, Pattern, Problem, Status};
use serde::Deserialize;

use crate::each::Each;
use crate::exits::Exits;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which granted command, by its id.
    pub id: Option<String>,
    /// Which granted command, by its program and arguments.
    pub argv: Option<Vec<String>>,
    /// The things for each of which the granted command runs.
    pub each: Option<Each>,
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
    /// The table that its output is, whose rows are subchecks.
    pub rows: Option<Rows>,
    /// Whose format its output is in, where `series` of it are picked out.
    pub format: Option<TextFormat>,
    /// Metrics to pick out of a text of this format.
    pub series: Vec<Series>,
    /// A prefix for the names of all other series of such a text, which are left out without it.
    pub other_series: Option<String>,
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
            each: None,
            exits: Exits::default(),
            empty_output: Status::Ok,
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

    /// The metrics that these options bring.
    pub fn declared(&self) -> Vec<MetricInfo> {
        let mut all = self.wanted().declared();
        if let Some(each) = &self.each {
            all.iter_mut().for_each(|metric| metric.add_label(&each.label));
        }
        all
    }

    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.wanted().problems(&crate::OWN_METRICS);
        let mut say = |key: &str, message: &str| problems.push(Problem::new(key, message));
        if self.id.is_some() && self.argv.is_some() {
            say("id", "names a command as argv does: leave one out");
        }
        if self.argv.as_ref().is_some_and(Vec::is_empty) {
            say("argv", "needs a program");
        }
        if self.argv.is_some() && self.each.is_some() {
            say("argv", "names one command, and each makes many: leave argv out");
        }
        problems.extend(self.exits.problems());
        self.wanted().judge(self.summary.as_ref(), &mut problems);
        problems.extend(self.each.iter().flat_map(Each::problems));
        problems
    }
}
