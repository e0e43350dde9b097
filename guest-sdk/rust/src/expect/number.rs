//! Numbers that an operator's pattern picks out of a text.

use serde::Deserialize;

use super::shape::Shape;
use crate::{MetricKind, Pattern, Problem, Zone};

/// A number to pick out of a text wherever a pattern matches, as an operator describes it.
#[derive(Clone, Debug, Deserialize, crate::Options)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// The metric's name, in `snake_case`.
    pub name: String,
    /// The group `value`, or the only group, is the number; each other group must have a name, and is a label.
    pub pattern: Pattern,
    /// `number`, `bytes`, `seconds`, `percent`, `celsius`, or another unit by its symbol.
    #[serde(default)]
    pub unit: Option<String>,
    /// Whether the number goes up and down, or only rises.
    #[serde(default)]
    pub kind: NumberKind,
    /// What the number is multiplied with to be in the base unit: 1024 where the text has KiB.
    #[serde(default)]
    pub factor: Option<f64>,
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
    /// How a moment is written, as strptime(3) has it; by default RFC 3339, or seconds since 1970.
    #[serde(default)]
    pub format: Option<String>,
    /// Where a moment that does not say its zone is from: `UTC` (the default), an offset such as `+02:00`, or a name such as
    /// `Europe/Berlin`.
    #[serde(default)]
    pub timezone: Option<Zone>,
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
    /// The text is a moment: how many seconds are left until it, negative where it is past.
    Until,
    /// The text is a moment: how many seconds it is past.
    Since,
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
    /// Tells whether it takes the run before to tell.
    pub(super) fn is_risen(self) -> bool {
        matches!(self, Self::Rate | Self::Delta)
    }

    /// Tells whether the text is a moment.
    pub(super) fn is_moment(self) -> bool {
        matches!(self, Self::Until | Self::Since)
    }

    /// Returns the kind of the metric that comes of a number of this kind.
    pub(super) fn kind(self, kind: NumberKind) -> MetricKind {
        match self {
            Self::Value => kind.into(),
            _ => MetricKind::Gauge,
        }
    }
}

fn yes() -> bool {
    true
}

impl Number {
    pub(super) fn shape(&self) -> Shape<'_> {
        Shape {
            name: &self.name,
            unit: self.unit.as_deref(),
            kind: self.kind,
            factor: self.factor,
            told_as: self.told_as,
            thousands: self.thousands,
            format: self.format.as_deref(),
            timezone: self.timezone.as_ref(),
        }
    }
}

/// Returns what is wrong with the numbers that the option `key` describes; `taken` are names of the check's own metrics.
pub(super) fn problems(key: &str, numbers: &[Number], taken: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, number) in numbers.iter().enumerate() {
        let mut say =
            |field: &str, message: String| problems.push(Problem::new(format!("{key}[{i}].{field}"), message));
        let name = number.name.as_str();
        number.shape().problems(taken, &mut say);
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
