//! Series of another agent's text, by their names.

use serde::Deserialize;

use super::exposition::{Sample, influx, prometheus};
use super::number::{NumberKind, ToldAs};
use super::pick::{Errors, Found, Picked, Wanted, unfit};
use super::shape::Shape;
use super::summary::is_name;
use crate::json::Json;
use crate::parse::{Field, ParseError, lines};
use crate::{Metric, Problem};

/// Whose format a text is in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, crate::Options)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Prometheus' text format.
    Prometheus,
    /// The line protocol of InfluxDB.
    Influx,
}

/// A series of such a text, as an operator describes it.
#[derive(Clone, Debug, Deserialize, crate::Options)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Its name in the text; of the line protocol, `MEASUREMENT/FIELD`.
    pub from: String,
    /// The metric's name, in `snake_case`.
    pub name: String,
    /// The labels to keep, all by default; each is written in `snake_case`.
    #[serde(default)]
    pub labels: Option<Vec<String>>,
    /// `number`, `bytes`, `seconds`, `percent`, `celsius`, or another unit by its symbol.
    #[serde(default)]
    pub unit: Option<String>,
    /// Whether the number goes up and down, or only rises.
    #[serde(default)]
    pub kind: NumberKind,
    /// What the number is multiplied with to be in the base unit.
    #[serde(default)]
    pub factor: Option<f64>,
    /// What the metric tells of the numbers; `count` is none of these.
    #[serde(default, rename = "as")]
    pub told_as: ToldAs,
    /// Whether it may be missing.
    #[serde(default)]
    pub optional: bool,
}

impl Series {
    pub(super) fn shape(&self) -> Shape<'_> {
        Shape {
            name: &self.name,
            unit: self.unit.as_deref(),
            kind: self.kind,
            factor: self.factor,
            told_as: self.told_as,
            ..Shape::default()
        }
    }

    pub(super) fn example(&self) -> Metric {
        self.labels.iter().flatten().fold(self.shape().metric(0.0), |metric, label| metric.label(label, ""))
    }

    /// Returns the labels of a sample that are kept.
    fn labels(&self, labels: &[(String, String)]) -> Vec<(String, String)> {
        match &self.labels {
            Some(kept) => labels.iter().filter(|(name, _)| kept.contains(name)).cloned().collect(),
            None => possible(labels),
        }
    }
}

/// Returns the labels that a metric can have. Names that only outputs may use are left out.
fn possible(labels: &[(String, String)]) -> Vec<(String, String)> {
    let is_free = |name: &str| is_name(name) && !matches!(name, "check" | "le" | "quantile");
    labels.iter().filter(|(name, _)| is_free(name)).cloned().collect()
}

/// Tells whether an agent says by this that there is no value.
fn has_no_value(sample: &Sample) -> bool {
    matches!(sample.value.as_str(), "NaN" | "+Inf" | "-Inf" | "Inf")
}

/// Returns the name of a counter, of a line `# TYPE NAME counter`.
fn counter(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let is_type = words.next() == Some("#") && words.next() == Some("TYPE");
    let name = words.next().filter(|_| is_type)?;
    words.next().filter(|kind| *kind == "counter").map(|_| name)
}

/// A sample as a metric of its own name behind the prefix; what cannot stand in a name is `_`, and several of it are one.
fn taken(prefix: &str, sample: &Sample, is_counter: bool) -> Result<Metric, String> {
    let mut name = prefix.to_owned();
    for letter in sample.name.bytes() {
        match letter.is_ascii_alphanumeric() {
            true => name.push(letter.to_ascii_lowercase().into()),
            false if name.len() == prefix.len() || name.ends_with('_') => {}
            false => name.push('_'),
        }
    }
    name.truncate(name.trim_end_matches('_').len().max(prefix.len()));
    let kind = if is_counter { NumberKind::Counter } else { NumberKind::Gauge };
    let shape = Shape { name: &name, kind, ..Shape::default() };
    let labels = possible(&sample.labels);
    if !is_name(&name) {
        return Err(format!("{name:?} is no name of a metric: other_series = \"x_\" makes one of it"));
    }
    if let Some(why) = unfit(&labels) {
        return Err(why);
    }
    let value = shape.read(&Field::new(sample.value.as_str())).map_err(|error| format!("{name}: {}", error.message))?;
    Ok(Metric { labels, ..shape.metric(value) })
}

/// Adds what a text of this format has of these series, and with a prefix those that none of them names.
pub(super) fn pick(text: &str, format: TextFormat, wanted: &Wanted, found: &mut Vec<Found>, all: &mut Picked) {
    let (wanted, prefix) = (wanted.series, wanted.other_series);
    // Sorted, as each sample is looked up in it; a set would be 6 KB of code in each component.
    let mut counters: Vec<String> = Vec::new();
    let mut odd = Errors::default();
    let mut seen = vec![false; wanted.len()];
    let mut errors: Vec<Errors> = wanted.iter().map(|_| Errors::default()).collect();
    for line in lines(text) {
        if let Some(name) = counter(line.text()).filter(|_| format == TextFormat::Prometheus && prefix.is_some())
            && let Err(at) = counters.binary_search_by(|it| it.as_str().cmp(name))
        {
            counters.insert(at, name.to_owned());
        }
        let samples = match format {
            TextFormat::Prometheus => prometheus(&line),
            TextFormat::Influx => influx(&line),
        };
        let samples = match samples {
            Ok(samples) => samples,
            Err(error) => {
                odd.add(|| error);
                continue;
            }
        };
        for sample in &samples {
            let is_named = wanted.iter().any(|it| it.from == sample.name);
            if let Some(prefix) = prefix.filter(|_| !is_named && !has_no_value(sample)) {
                match taken(prefix, sample, counters.binary_search(&sample.name).is_ok()) {
                    Ok(metric) => found.push(Found { metric, place: format!("line {}", line.line()) }),
                    Err(why) => odd.add(|| ParseError { line: line.line(), column: 0, message: why }),
                }
            }
            for (at, series) in wanted.iter().enumerate().filter(|(_, it)| it.from == sample.name) {
                seen[at] = true;
                if has_no_value(sample) {
                    continue;
                }
                let labels = series.labels(&sample.labels);
                let long = unfit(&labels).map(|why| ParseError { line: line.line(), column: 0, message: why });
                let read = long.map_or_else(|| series.shape().read(&Field::new(sample.value.as_str())), Err);
                match read {
                    Ok(value) => {
                        let metric = Metric { labels, ..series.shape().metric(value) };
                        found.push(Found { metric, place: format!("line {}", line.line()) });
                    }
                    Err(error) => {
                        errors[at].add(|| ParseError { line: line.line(), column: 0, message: error.message })
                    }
                }
            }
        }
    }
    for ((series, seen), mut errors) in wanted.iter().zip(seen).zip(errors) {
        if !seen && !series.optional {
            errors.add(|| ParseError::whole(format!("there is no series {:?}", series.from)));
        }
        all.broken.extend(errors.said(&series.name));
    }
    all.broken.extend(odd.said("series"));
}

/// Returns the option to write in place of `series_prefix`, which was the name of `other_series`; `None` for any other key.
pub fn replaced(key: &str, config: &str) -> Option<String> {
    if key != "series_prefix" {
        return None;
    }
    let before = match serde_json::from_str(config) {
        Ok(Json::Table(table)) => table.into_iter().find(|(name, _)| name == key),
        _ => None,
    };
    let prefix = before.and_then(|(_, value)| if let Json::Text(text) = value { Some(text) } else { None });
    Some(format!("other_series = {:?}", prefix.as_deref().unwrap_or("app_")))
}

/// Finds faults of the series that the option `key` describes.
pub(super) fn problems(key: &str, wanted: &Wanted, taken: &[&str]) -> Vec<Problem> {
    let (format, prefix, wanted) = (wanted.format, wanted.other_series, wanted.series);
    let mut problems = Vec::new();
    if prefix.is_some_and(|it| !it.is_empty() && !is_name(it.strip_suffix('_').unwrap_or(it))) {
        problems.push(Problem::new("other_series", "is not snake_case, as in \"app_\""));
    }
    // node_exporter and this program give such names: a metric of another's name would be taken for that.
    if prefix.is_some_and(|it| it.starts_with("node_") || it.starts_with("roundsman_")) {
        problems.push(Problem::new("other_series", "is one of other programs: choose another, such as \"app_\""));
    }
    let is_none = wanted.is_empty() && prefix.is_none();
    for (at, series) in wanted.iter().enumerate() {
        let mut say = |field: &str, message| problems.push(Problem::new(format!("{key}[{at}].{field}"), message));
        series.shape().problems(taken, &mut say);
        if let Some(odd) = series.labels.iter().flatten().find(|it| !is_name(it)) {
            say("labels", format!("{odd:?} is not snake_case"));
        }
        if series.told_as == ToldAs::Count {
            say("as", "counts matches of a pattern".into());
        }
    }
    match format {
        None if !is_none => {
            problems.push(Problem::new("format", "is needed by series and other_series: \"prometheus\" or \"influx\""));
        }
        Some(_) if is_none => {
            let message = "names no series: series = [{ from = \"NAME_IN_THE_TEXT\", name = \"a_name\" }], or other_series = \"app_\" for all of them";
            problems.push(Problem::new("format", message));
        }
        _ => {}
    }
    problems
}
