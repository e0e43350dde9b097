//! The operator's thresholds: which entry decides for a series, and whether they fit the component.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use roundsman_contract::quantity::Dimension;
use roundsman_contract::range::RangeSpec;
use roundsman_contract::{Descriptor, MetricInfo, Status, Unit};
use roundsman_grants::escape;
use roundsman_grants::glob::Glob;
use roundsman_grants::nearest::nearest;

/// Place where a threshold was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
}

/// Entries by metric, in the order in which they are tried.
pub type Thresholds = BTreeMap<String, Vec<ThresholdEntry>>;

/// Label names and globs; `*` crosses `/`. Empty selects every series.
pub type Selector = Vec<(String, Glob)>;

/// One entry: it decides alone for the series that it selects.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdEntry {
    pub selector: Selector,
    pub warning: Option<RangeSpec>,
    pub critical: Option<RangeSpec>,
    /// The status that holds when no series matches.
    pub absent: Option<Status>,
    pub origin: Origin,
}

impl ThresholdEntry {
    /// Tells whether it selects a series with these labels. A label that the series lacks matches no glob.
    #[must_use]
    pub(crate) fn selects(&self, labels: &[(String, String)]) -> bool {
        self.selector
            .iter()
            .all(|(wanted, glob)| labels.iter().any(|(name, value)| name == wanted && glob.matches(value)))
    }

    /// Tells whether it decides about levels; one that names `absent` and no level judges absence only.
    fn decides(&self) -> bool {
        self.absent.is_none() || self.warning.is_some() || self.critical.is_some()
    }
}

/// Returns the entry that decides alone for a series; without one, the component's own ranges hold.
#[must_use]
pub(crate) fn deciding<'a>(
    thresholds: &'a Thresholds,
    metric: &str,
    labels: &[(String, String)],
) -> Option<&'a ThresholdEntry> {
    thresholds.get(metric)?.iter().find(|entry| entry.decides() && entry.selects(labels))
}

/// Both, `first` tried first: the command line before the configuration, an override before what it overrides.
#[must_use]
pub fn tried_first(first: Thresholds, then: Thresholds) -> Thresholds {
    let mut all = first;
    for (metric, entries) in then {
        all.entry(metric).or_default().extend(entries);
    }
    all
}

/// An entry that does not fit the component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdProblem {
    pub origin: Origin,
    /// The problem, and what to write instead.
    pub message: String,
}

impl fmt::Display for ThresholdProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", escape::path(&self.origin.file), self.origin.line, self.message)
    }
}

/// Finds thresholds that do not fit the component: metrics and labels that it does not declare, units that are not
/// those of the metric. A component with free metrics may report metrics that it does not declare, so for those
/// nothing is known beforehand.
#[must_use]
pub fn problems(thresholds: &Thresholds, descriptor: &Descriptor) -> Vec<ThresholdProblem> {
    let mut problems = Vec::new();
    for (name, entries) in thresholds {
        let info = descriptor.metrics.iter().find(|info| info.name == *name);
        for entry in entries {
            let messages = match info {
                Some(info) => misfits(entry, info),
                None if descriptor.free_metrics => Vec::new(),
                None => vec![unknown_metric(name, descriptor)],
            };
            problems
                .extend(messages.into_iter().map(|message| ThresholdProblem { origin: entry.origin.clone(), message }));
        }
    }
    problems
}

fn unknown_metric(name: &str, descriptor: &Descriptor) -> String {
    let known: Vec<&str> = descriptor.metrics.iter().map(|info| info.name.as_str()).collect();
    format!("component `{}` declares no metric `{name}`{}", descriptor.name, instead(name, &known))
}

fn misfits(entry: &ThresholdEntry, info: &MetricInfo) -> Vec<String> {
    let known: Vec<&str> = info.labels.iter().map(String::as_str).collect();
    let labels = entry
        .selector
        .iter()
        .filter(|(label, _)| !known.contains(&label.as_str()))
        .map(|(label, _)| format!("metric `{}` has no label `{label}`{}", info.name, instead(label, &known)));
    labels.chain(unit_misfit(entry, &info.name, &info.unit)).collect()
}

/// Says why the ranges of an entry cannot be compared with a metric of this unit.
#[must_use]
pub(crate) fn unit_misfit(entry: &ThresholdEntry, metric: &str, unit: &Unit) -> Option<String> {
    [("warning", &entry.warning), ("critical", &entry.critical)].into_iter().find_map(|(level, spec)| {
        let written = spec.as_ref().filter(|spec| !spec.fits(unit))?.dimension?;
        let metric_has = match unit {
            Unit::Number => "has none".to_owned(),
            other => format!("is in {}", unit_word(other)),
        };
        let instead = Dimension::of(unit).map_or_else(
            || "write it without a unit".to_owned(),
            |dimension| format!("write it with one of {}, or without", dimension.units()),
        );
        let units = written.units();
        Some(format!(
            "the {level} range of `{metric}` has a unit out of {units}, but the metric {metric_has}; {instead}"
        ))
    })
}

/// Returns a unit by its word, or by its symbol where the contract has no word for it.
#[must_use]
pub fn unit_word(unit: &Unit) -> &str {
    match unit {
        Unit::Number => "number",
        Unit::Bytes => "bytes",
        Unit::Seconds => "seconds",
        Unit::Percent => "percent",
        Unit::Celsius => "celsius",
        Unit::Other(symbol) => symbol,
    }
}

/// Returns what to say after an unknown name: the nearest known one, or a list of the known ones.
fn instead(written: &str, known: &[&str]) -> String {
    const SHOWN: usize = 8;
    if let Some(near) = nearest(written, known) {
        return format!(", nearest is `{near}`");
    }
    let shown: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match known.len() {
        0 => "; it has none".to_owned(),
        count if count > SHOWN => format!("; there are {} and {} more", shown.join(", "), count - SHOWN),
        _ => format!("; there are {}", shown.join(", ")),
    }
}

#[cfg(test)]
#[path = "thresholds_tests.rs"]
mod tests;
