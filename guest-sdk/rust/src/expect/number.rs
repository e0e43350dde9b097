//! Numbers that an operator's pattern picks out of a text.

use serde::Deserialize;

use super::summary::is_name;
use crate::{MetricKind, Pattern, Problem};

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
    /// What the metric tells of the numbers that are found.
    #[serde(default, rename = "as")]
    pub told_as: ToldAs,
    /// What stands between groups of three digits, such as `,` in `1,234,567`; by default nothing may.
    #[serde(default)]
    pub thousands: Option<char>,
    /// A line that begins a section: its groups are labels of the numbers in all lines up to the next one.
    #[serde(default)]
    pub section: Option<Pattern>,
}

/// What a metric tells of the numbers that a pattern finds.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, crate::Options)]
#[serde(rename_all = "snake_case")]
pub enum ToldAs {
    /// The number as it is.
    #[default]
    Value,
    /// By how much it rose a second since the run before; no value in a first run, and where it fell.
    Rate,
    /// By how much it rose since the run before; no value in a first run, and where it fell.
    Delta,
    /// How often the pattern matches, for each set of labels; no group need be a number.
    Count,
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

impl ToldAs {
    /// Whether it takes the run before to tell.
    pub(super) fn is_risen(self) -> bool {
        matches!(self, Self::Rate | Self::Delta)
    }

    /// The kind of the metric that comes of a number of this kind.
    pub(super) fn kind(self, kind: NumberKind) -> MetricKind {
        match self {
            Self::Value => kind.into(),
            Self::Rate | Self::Delta | Self::Count => MetricKind::Gauge,
        }
    }
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

/// What is wrong with the name of a metric.
pub(super) fn name_problem(name: &str, taken: &[&str]) -> Option<String> {
    if !is_name(name) {
        return Some(format!("{name:?} is not snake_case"));
    }
    taken.contains(&name).then(|| format!("{name:?} is a metric of the check itself"))
}

/// What is wrong with the numbers that the option `key` describes; `taken` are names of the check's own metrics.
pub(super) fn problems(key: &str, numbers: &[Number], taken: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, number) in numbers.iter().enumerate() {
        let mut say =
            |field: &str, message: String| problems.push(Problem::new(format!("{key}[{i}].{field}"), message));
        let name = number.name.as_str();
        if let Some(message) = name_problem(name, taken) {
            say("name", message);
        }
        if numbers[..i].iter().any(|other| other.name == name && other.pattern.text() == number.pattern.text()) {
            say("name", format!("{name:?} is there twice with one pattern"));
        }
        let (groups, names): (usize, Vec<&str>) = (number.pattern.groups(), number.pattern.group_names().collect());
        let value = names.contains(&"value");
        if number.told_as == ToldAs::Count {
            if groups > names.len() || value {
                say(
                    "pattern",
                    "counts matches: needs a name for each group, and none that is \"value\"; (?:…) is none".into(),
                );
            }
        } else if !(value && names.len() == groups || groups == 1 && names.is_empty()) {
            let needs = "needs one group, or a group (?<value>…) and a name for each other group; (?:…) is none";
            say("pattern", needs.into());
        }
        if let Some(section) = &number.section {
            let all: Vec<&str> = section.group_names().collect();
            if all.is_empty() || all.len() < section.groups() {
                say("section", "needs a name for each group, and at least one: they are labels".into());
            }
            if let Some(twice) = all.iter().find(|it| names.contains(it) || **it == "value") {
                say("section", format!("has a group {twice:?}, and so has pattern"));
            }
        }
        if number.thousands.is_some_and(|it| it.is_ascii_digit() || matches!(it, '.' | '-' | '+' | 'e' | 'E')) {
            say("thousands", "is part of numbers themselves".into());
        }
        if !(number.factor.is_finite() && number.factor != 0.0) {
            say("factor", "must be a number other than 0".into());
        }
    }
    problems
}

impl From<NumberKind> for MetricKind {
    fn from(kind: NumberKind) -> Self {
        match kind {
            NumberKind::Gauge => Self::Gauge,
            NumberKind::Counter => Self::Counter,
        }
    }
}
