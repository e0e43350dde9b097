//! Numbers that an operator's pattern picks out of a text.

use std::fmt::Write;

use serde::Deserialize;

use crate::parse::{Field, ParseError, lines};
use crate::{Metric, MetricKind, Pattern, Problem, Unit};

/// A number to pick out of each line that a pattern matches, as an operator describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// The metric's name.
    pub name: String,
    /// The group `value`, or the only group, is the number; each other group must have a name, and is a label.
    pub pattern: Pattern,
    /// `number` (the default), `bytes`, `seconds`, `percent`, `celsius`, or another unit by its symbol.
    #[serde(default = "number")]
    pub unit: String,
    /// `gauge` (the default) or `counter`.
    #[serde(default)]
    pub kind: NumberKind,
    /// What the number is multiplied with to be in the base unit: 1024 where the text has KiB.
    #[serde(default = "one")]
    pub factor: f64,
    /// Whether a text in which no line matches keeps the check from judging; it does by default.
    #[serde(default = "yes")]
    pub required: bool,
}

/// As [`MetricKind`], in an operator's words.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
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

/// The numbers in a text, one for each line that a pattern matches.
///
/// # Errors
/// A number that does not parse; one that is required and not there; one that two lines give with the same labels.
pub fn numbers(text: &str, wanted: &[Number]) -> Result<Vec<Metric>, ParseError> {
    let mut metrics: Vec<(Metric, usize)> = Vec::new();
    for number in wanted {
        let mut missing = number.required;
        for line in lines(text) {
            let Some(metric) = number.pick(&line)? else { continue };
            missing = false;
            let same = |it: &&(Metric, usize)| it.0.name == metric.name && it.0.labels == metric.labels;
            if let Some((_, first)) = metrics.iter().find(same) {
                let series = series(&metric);
                return Err(line.error(&format!("gives {series}, as line {first} does: a narrower pattern or a label")));
            }
            metrics.push((metric, line.line()));
        }
        if missing {
            return Err(ParseError::whole(format!("no line gives {}: none matches {}", number.name, number.pattern)));
        }
    }
    Ok(metrics.into_iter().map(|(metric, _)| metric).collect())
}

impl Number {
    fn pick(&self, line: &Field) -> Result<Option<Metric>, ParseError> {
        let Some(captures) = self.pattern.captures(line.text()) else { return Ok(None) };
        let by_name = self.pattern.group_names().any(|it| it == "value");
        let group = if by_name { captures.name("value") } else { captures.get(1) };
        let Some(group) = group else { return Ok(None) };
        let field = line.part(group.start(), group.end());
        let value = field.decimal()? * self.factor;
        if !value.is_finite() {
            return Err(field.error("is out of range for a number"));
        }
        let kind = match self.kind {
            NumberKind::Gauge => MetricKind::Gauge,
            NumberKind::Counter => MetricKind::Counter,
        };
        let mut metric = Metric::new(&self.name, value, Unit::named(&self.unit), kind);
        for label in self.pattern.group_names().filter(|it| *it != "value") {
            metric = metric.label(label, captures.name(label).map_or("", |it| it.as_str()));
        }
        Ok(Some(metric))
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
