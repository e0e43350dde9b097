//! Numbers and words that an operator picks out of a JSON text by their places.

use serde::Deserialize;

use super::number::{NumberKind, ToldAs};
use super::pick::{Errors, Found, unfit};
use super::pointer::{Bound, Pointer};
use super::shape::Shape;
use crate::json::Json;
use crate::parse::{Field, ParseError};
use crate::text::cut;
use crate::{Map, Metric, Problem, Status, Subcheck, Zone};

/// Whole numbers up to this one are told as they are; above, a metric would round them.
const EXACT: u64 = 1 << 53;

/// A value to pick out of a JSON text, as an operator describes it.
#[derive(Clone, Debug, Deserialize, crate::Options)]
#[serde(deny_unknown_fields)]
pub struct JsonValue {
    /// The metric's name, in `snake_case`.
    pub name: String,
    /// Where it is (RFC 6901); `{x}` is each member or element, and a label.
    pub path: Pointer,
    /// Places of texts that are labels; those of names in braces replace them.
    #[serde(default)]
    pub labels: Map<Pointer>,
    /// `number`, `bytes`, `seconds`, `percent`, `celsius`, or another unit by its symbol.
    #[serde(default)]
    pub unit: Option<String>,
    /// Whether the number goes up and down, or only rises.
    #[serde(default)]
    pub kind: NumberKind,
    /// What the number is multiplied with to be in the base unit.
    #[serde(default)]
    pub factor: Option<f64>,
    /// What the metric tells of the values that are found; `count` is how many there are.
    #[serde(default, rename = "as")]
    pub told_as: ToldAs,
    /// Whether a text may be a number, as in `"12"`.
    #[serde(default)]
    pub text: bool,
    /// Whether there may be nothing.
    #[serde(default)]
    pub optional: bool,
    /// Statuses by the word that stands there, `"*"` for any other: it is judged then, and no number.
    #[serde(default)]
    pub status: Map<Status>,
    /// How a moment is written, as strptime(3) has it; by default RFC 3339, or seconds since 1970.
    #[serde(default)]
    pub format: Option<String>,
    /// Where a moment that does not say its zone is from: `UTC` (the default), an offset such as `+02:00`, or a name such as
    /// `Europe/Berlin`.
    #[serde(default)]
    pub timezone: Option<Zone>,
}

/// What came of a place: a metric or a subcheck, or why neither.
pub(super) struct Picked {
    pub(super) found: Vec<Found>,
    pub(super) judged: Vec<Subcheck>,
    pub(super) errors: Errors,
}

impl JsonValue {
    /// Picks the values out of a text that was read.
    pub(super) fn pick(&self, json: &Json) -> Picked {
        let mut picked = Picked { found: Vec::new(), judged: Vec::new(), errors: Errors::default() };
        let all = self.path.all(json);
        if self.told_as == ToldAs::Count {
            picked.found.push(Found { metric: self.metric(all.len() as f64), place: self.path.written(&Bound::new()) });
            return picked;
        }
        if all.is_empty() && !self.optional {
            picked
                .errors
                .add(|| ParseError::whole(format!("there is nothing at {}", self.path.written(&Bound::new()))));
        }
        for (bound, value) in &all {
            let place = || self.path.written(bound);
            let labels = match self.labels(json, bound) {
                Ok(labels) => labels,
                Err(why) => {
                    picked.errors.add(|| ParseError::whole(format!("{}: {why}", place())));
                    continue;
                }
            };
            let said = if self.status.is_empty() {
                self.number(value).map(|number| {
                    picked.found.extend(number.map(|number| {
                        let metric = Metric { labels, ..self.metric(number) };
                        Found { metric, place: place() }
                    }));
                })
            } else {
                self.judge(value, labels).map(|judged| picked.judged.extend(judged))
            };
            if let Err(why) = said {
                picked.errors.add(|| ParseError::whole(format!("{}: {why}", place())));
            }
        }
        picked
    }

    /// Returns a metric as it will be, but for its value and those of its labels; `None` for words, which are none.
    pub(super) fn example(&self) -> Option<Metric> {
        let counts = self.told_as == ToldAs::Count;
        let names = self.path.names().filter(|it| self.labels.get(it).is_none());
        let labels = names.chain(self.labels.keys()).filter(|_| !counts);
        let metric = labels.fold(self.metric(0.0), |metric, label| metric.label(label, ""));
        self.status.is_empty().then_some(metric)
    }

    fn metric(&self, value: f64) -> Metric {
        self.shape().metric(value)
    }

    fn shape(&self) -> Shape<'_> {
        Shape {
            name: &self.name,
            unit: self.unit.as_deref(),
            kind: self.kind,
            factor: self.factor,
            told_as: self.told_as,
            thousands: None,
            format: self.format.as_deref(),
            timezone: self.timezone.as_ref(),
        }
    }

    /// Returns the names in braces, and the texts at the places of `labels`.
    fn labels<'a>(&self, json: &'a Json, bound: &Bound<'a>) -> Result<Vec<(String, String)>, String> {
        let replaced = |name: &str| self.labels.get(name).is_some();
        let held = bound.iter().filter(|it| !replaced(&it.name)).map(|it| (it.name.clone(), it.key.clone()));
        let mut labels: Vec<(String, String)> = held.collect();
        for (name, path) in self.labels.iter() {
            let value = path.beside(&self.path, json, bound).and_then(word);
            let value = value.ok_or_else(|| format!("label {name}: no text at {}", path.written(bound)))?;
            labels.push((name.to_owned(), value));
        }
        if let Some(why) = unfit(&labels) {
            return Err(why);
        }
        Ok(labels)
    }

    /// Returns `None` for null, which is no value.
    fn number(&self, value: &Json) -> Result<Option<f64>, String> {
        let number = match value {
            Json::Null => return Ok(None),
            Json::Boolean(it) => f64::from(u8::from(*it)),
            Json::Natural(it) if *it <= EXACT => *it as f64,
            Json::Integer(it) if it.unsigned_abs() <= EXACT => *it as f64,
            Json::Natural(_) | Json::Integer(_) => return Err("is beyond 2^53, and would be rounded".into()),
            Json::Number(it) => *it,
            Json::Text(text) if self.text || self.told_as.is_moment() => {
                return self.shape().read(&Field::new(text.as_str())).map(Some).map_err(|it| it.message);
            }
            Json::Text(text) => return Err(format!("{:?} is a text; text = true reads it as a number", cut(text, 80))),
            Json::Items(_) | Json::Table(_) => return Err("is a list or a table, and no number".into()),
        };
        self.shape().scaled(number).map(Some).ok_or_else(|| "is out of range for a number".into())
    }

    /// Returns `None` for null.
    fn judge(&self, value: &Json, mut labels: Vec<(String, String)>) -> Result<Option<Subcheck>, String> {
        if *value == Json::Null {
            return Ok(None);
        }
        let word = word(value).ok_or("is a list or a table, and no word")?;
        let status = self.status.get(&word).or_else(|| self.status.get("*"));
        let status = status.ok_or_else(|| format!("{:?} is none of the words of status", cut(&word, 80)))?;
        labels.push(("value".into(), self.name.clone()));
        let text = format!("{} {}", self.name, cut(&word, 200));
        Ok(Some(Subcheck { labels, ..Subcheck::new("value", &self.name, text) }.judged(*status)))
    }
}

/// Returns a value as a label or a word of `status`.
fn word(value: &Json) -> Option<String> {
    match value {
        Json::Text(it) => Some(it.clone()),
        Json::Boolean(it) => Some(it.to_string()),
        Json::Natural(it) => Some(it.to_string()),
        Json::Integer(it) => Some(it.to_string()),
        Json::Null | Json::Number(_) | Json::Items(_) | Json::Table(_) => None,
    }
}

/// Returns what is wrong with the values that the option `key` describes; `taken` are names of the check's own metrics.
pub(super) fn problems(key: &str, values: &[JsonValue], taken: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, value) in values.iter().enumerate() {
        let mut say =
            |field: &str, message: String| problems.push(Problem::new(format!("{key}[{i}].{field}"), message));
        value.shape().problems(taken, &mut say);
        let names: Vec<&str> = value.path.names().collect();
        if (1..names.len()).any(|at| names[..at].contains(&names[at])) {
            say("path", "has a name in braces twice".into());
        }
        for (label, path) in value.labels.iter() {
            if let Some(unknown) = path.names().find(|it| !names.contains(it)) {
                say(&format!("labels.{label}"), format!("{{{unknown}}} is not in path"));
            }
        }
        let numeric = value.unit.is_some() || value.factor.is_some() || value.text || value.told_as != ToldAs::Value;
        if !value.status.is_empty() && numeric {
            say("status", "judges a word; unit, factor, text and as are of a number".into());
        }
    }
    problems
}
