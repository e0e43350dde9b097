//! Numbers that an operator's pattern picks out of a text.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Deserialize;

use crate::parse::{Field, ParseError, lines};
use crate::{Metric, MetricInfo, MetricKind, Pattern, Problem, Unit};

/// A number to pick out of a text wherever a pattern matches, as an operator describes it.
#[derive(Clone, Debug, Deserialize, crate::Options)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// The metric's name, in `snake_case`.
    pub name: String,
    /// The group `value`, or the only group, is the number; each other group must have a name, and is a label.
    pub pattern: Pattern,
    /// `number`, `bytes`, `seconds`, `percent`, `celsius`, or another unit by its symbol.
    #[serde(default = "number")]
    pub unit: String,
    /// Whether the number goes up and down, or only rises.
    #[serde(default)]
    pub kind: NumberKind,
    /// What the number is multiplied with to be in the base unit: 1024 where the text has KiB.
    #[serde(default = "one")]
    pub factor: f64,
    /// Whether the number is broken where no line matches.
    #[serde(default = "yes")]
    pub required: bool,
}

/// As [`MetricKind`], in an operator's words.
#[derive(Clone, Copy, Debug, Default, Deserialize, crate::Options)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// May go up and down.
    #[default]
    Gauge,
    /// Only rises.
    Counter,
}

fn number() -> String {
    "number".into()
}

fn one() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

/// What is wrong with the numbers that the option `key` describes; `taken` are names of the check's own metrics.
pub fn problems_with(key: &str, numbers: &[Number], taken: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, number) in numbers.iter().enumerate() {
        let mut say =
            |field: &str, message: String| problems.push(Problem::new(format!("{key}[{i}].{field}"), message));
        let name = number.name.as_str();
        let lower = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
        if !name.starts_with(|it: char| it.is_ascii_lowercase()) || !name.chars().all(lower) {
            say("name", format!("{name:?} is not snake_case"));
        }
        if taken.contains(&name) {
            say("name", format!("{name:?} is a metric of the check itself"));
        }
        if numbers[..i].iter().any(|other| other.name == name && other.pattern.text() == number.pattern.text()) {
            say("name", format!("{name:?} is there twice with one pattern"));
        }
        let (groups, names): (usize, Vec<&str>) = (number.pattern.groups(), number.pattern.group_names().collect());
        let value = names.contains(&"value");
        if !(value && names.len() == groups || groups == 1 && names.is_empty()) {
            say("pattern", "needs one group, or a group (?<value>…) and a name for each other group".into());
        }
        if !(number.factor.is_finite() && number.factor != 0.0) {
            say("factor", "must be a number other than 0".into());
        }
    }
    problems
}

/// What the numbers of an operator came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// A metric for each match, in the text's order.
    pub metrics: Vec<Metric>,
    /// What could not be told, by the name of the number, and why.
    pub broken: Vec<(String, ParseError)>,
}

/// The metrics that these numbers bring, for [`Check::metrics`](crate::Check::metrics). One that several patterns give has the
/// labels of all of them.
pub fn declared(numbers: &[Number]) -> Vec<MetricInfo> {
    let mut all: Vec<MetricInfo> = Vec::new();
    for number in numbers {
        let labels = number.pattern.group_names().filter(|it| *it != "value");
        let metric = Metric::new(&number.name, 0.0, Unit::named(&number.unit), number.kind.into());
        let metric = labels.fold(metric, |metric, label| metric.label(label, ""));
        let info = MetricInfo::like(&metric, "picked out by the operator's pattern");
        match all.iter_mut().find(|it| it.name == info.name) {
            Some(known) => {
                for label in info.labels {
                    if !known.labels.contains(&label) {
                        known.labels.push(label);
                    }
                }
            }
            None => all.push(info),
        }
    }
    all
}

/// Picks the numbers out of a text: one for each match of a pattern, of which a line may have many.
///
/// What is no number, what no line has although it is required, and a series that two matches give is broken; the others
/// are told all the same.
pub fn numbers(text: &str, wanted: &[Number]) -> Numbers {
    let mut all = Numbers::default();
    let mut found: Vec<Found> = Vec::new();
    for number in wanted {
        let before = found.len();
        let mut errors = number.pick(text, &mut found);
        if found.len() == before && errors.count == 0 && number.required {
            errors.add(|| ParseError::whole(format!("no line matches {}", number.pattern)));
        }
        all.broken.extend(errors.said(&number.name));
    }
    let twice = twice(&found);
    for number in names(wanted) {
        let mut errors = Errors::default();
        for (first, second) in twice.iter().filter(|(it, _)| found[*it].metric.name == number) {
            let (series, line) = (series(&found[*first].metric), found[*first].line);
            let message =
                format!("{series} is there again, as in line {line}: a narrower pattern or a label tells them apart");
            errors.add(|| ParseError { line: found[*second].line, column: 0, message });
        }
        all.broken.extend(errors.said(number));
    }
    let mut ambiguous = vec![false; found.len()];
    twice.iter().for_each(|(first, second)| (ambiguous[*first], ambiguous[*second]) = (true, true));
    all.metrics = found.into_iter().zip(ambiguous).filter(|(_, twice)| !twice).map(|(it, _)| it.metric).collect();
    all
}

/// A metric, and the line that gave it.
struct Found {
    metric: Metric,
    line: usize,
}

/// Each name once.
fn names(wanted: &[Number]) -> BTreeSet<&str> {
    wanted.iter().map(|it| it.name.as_str()).collect()
}

type Labels<'a> = Vec<&'a (String, String)>;

/// Of each series that is there more than once: the first place, and each other one.
fn twice(found: &[Found]) -> Vec<(usize, usize)> {
    let labels = |at: usize| {
        let mut labels: Labels = found[at].metric.labels.iter().collect();
        labels.sort_unstable();
        labels
    };
    let mut keys: Vec<(&str, Labels, usize)> =
        (0..found.len()).map(|at| (found[at].metric.name.as_str(), labels(at), at)).collect();
    keys.sort_unstable();
    let mut pairs = Vec::new();
    let mut first = 0;
    for at in 1..keys.len() {
        if (keys[at].0, &keys[at].1) == (keys[first].0, &keys[first].1) {
            pairs.push((keys[first].2, keys[at].2));
        } else {
            first = at;
        }
    }
    pairs.sort_unstable_by_key(|(_, second)| *second);
    pairs
}

/// The first of many errors; a table of ten thousand rows may have as many.
#[derive(Default)]
struct Errors {
    first: Option<ParseError>,
    count: usize,
}

impl Errors {
    fn add(&mut self, error: impl FnOnce() -> ParseError) {
        self.count += 1;
        self.first.get_or_insert_with(error);
    }

    fn said(self, name: &str) -> Option<(String, ParseError)> {
        let mut first = self.first?;
        if self.count > 1 {
            let _ = write!(
                first.message,
                "; so {} more",
                if self.count == 2 { "is 1".into() } else { format!("are {}", self.count - 1) }
            );
        }
        Some((name.to_owned(), first))
    }
}

impl Number {
    /// Adds what the text has of this number.
    fn pick(&self, text: &str, found: &mut Vec<Found>) -> Errors {
        let mut errors = Errors::default();
        let by_name = self.pattern.group_names().any(|it| it == "value");
        let labels: Vec<&str> = self.pattern.group_names().filter(|it| *it != "value").collect();
        for line in lines(text) {
            for captures in self.pattern.all(line.text()) {
                let group = if by_name { captures.name("value") } else { captures.get(1) };
                let Some(group) = group else {
                    errors.add(|| line.error("matches without a number"));
                    continue;
                };
                let Some(value) = self.value(group.as_str()) else {
                    errors.add(|| self.error(line.part(group.start(), group.end())));
                    continue;
                };
                let mut metric = Metric::new(&self.name, value, Unit::named(&self.unit), self.kind.into());
                for label in &labels {
                    metric = metric.label(label, captures.name(label).map_or("", |it| it.as_str()));
                }
                found.push(Found { metric, line: line.line() });
            }
        }
        errors
    }

    /// `None` for what is no number. Where it stands is told by [`Number::error`] only: in a line of a million
    /// characters, counting columns for each match would be most of the work.
    fn value(&self, text: &str) -> Option<f64> {
        let value = Field::new(text).decimal().ok()? * self.factor;
        value.is_finite().then_some(value)
    }

    fn error(&self, field: Field) -> ParseError {
        field.decimal().err().unwrap_or_else(|| field.error("is out of range for a number"))
    }
}

impl From<NumberKind> for MetricKind {
    fn from(kind: NumberKind) -> Self {
        match kind {
            NumberKind::Gauge => Self::Gauge,
            NumberKind::Counter => Self::Counter,
        }
    }
}

fn series(metric: &Metric) -> String {
    let mut text = metric.name.clone();
    for (name, value) in &metric.labels {
        // Writing to a string cannot fail.
        let _ = write!(text, " {name}={value:?}");
    }
    text
}
