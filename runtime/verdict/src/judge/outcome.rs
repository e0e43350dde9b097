//! The bounds of an outcome: what a component reported, checked against its descriptor.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::descriptor::{MAX_LABELS, label_reason, metric_name_reason, shown, twice};
use crate::judge::naming::full_name;
use crate::judge::thresholds::unit_word;
use roundsman_contract::limits::Limits;
use roundsman_contract::report::{Failure, FailureKind, limit};
use roundsman_contract::{
    Cause, Descriptor, Error, Exceeded, GuestFailure, Metric, MetricKind, Outcome, Subcheck, Unit,
};
use roundsman_grants::escape::json_length;

/// Longest value of a label, in bytes: the longest path (Linux's `PATH_MAX`).
const MAX_LABEL_VALUE: usize = 4_096;

/// Bytes that a label costs besides its name and value: the quotes, brackets and commas that stand around them in JSON.
/// So many labels without a text are bounded too.
pub const PAIR: usize = 8;

/// Checks what a run of `check` reported: its limits, and whether every metric is one that the component declares, or may
/// report undeclared.
///
/// # Errors
/// A failure of kind `limit`, or `invalid` with the first thing that breaks the contract.
pub fn check(check: &str, outcome: &Outcome, descriptor: &Descriptor, limits: &Limits) -> Result<(), Failure> {
    within(check, outcome, limits)?;
    let reason = reason(outcome, descriptor);
    let reason = reason.map(|reason| format!("the outcome breaks the component's contract: {reason}"));
    reason.map_or(Ok(()), |reason| Err(Failure::new(FailureKind::Invalid, reason)))
}

/// Checks an outcome against the limits `metrics`, `text` and `series`.
///
/// # Errors
/// A failure of kind `limit`.
pub fn within(check: &str, outcome: &Outcome, limits: &Limits) -> Result<(), Failure> {
    let reached = |key: &str, value, count: u64, what: &str| {
        let what = format!("the outcome has {count} {what}");
        (count > value).then(|| limit::reached(check, &Exceeded::new(key, value), &what))
    };
    let failure = reached("metrics", limits.metrics, outcome.metrics.len() as u64, "metrics")
        .or_else(|| reached("text", limits.text, text_bytes(outcome), "bytes of text"))
        .or_else(|| reached("series", limits.series, series_bytes(outcome), "bytes of names, labels and units"));
    failure.map_or(Ok(()), Err)
}

/// Counts what `limits.text` bounds, as it takes in JSON. Each line counts one byte more, so that empty ones are bounded too.
fn text_bytes(outcome: &Outcome) -> u64 {
    let lines = outcome.details.iter().chain(outcome.subchecks.iter().map(|subcheck| &subcheck.text));
    let failures = outcome.subchecks.iter().filter_map(|subcheck| subcheck.failure.as_ref()).map(failure_bytes);
    let lines = lines.map(|line| json_length(line) + 1);
    (json_length(&outcome.summary) + lines.chain(failures).sum::<usize>()) as u64
}

/// Counts what `limits.series` bounds, as it takes in JSON: all texts of metrics, and what tells subchecks apart.
fn series_bytes(outcome: &Outcome) -> u64 {
    let metrics = outcome.metrics.iter().map(|metric| {
        let unit = if let Unit::Other(symbol) = &metric.unit { json_length(symbol) } else { 0 };
        json_length(&metric.name) + unit + pairs_bytes(&metric.labels) + pairs_bytes(&metric.extra)
    });
    let subchecks =
        outcome.subchecks.iter().map(|subcheck| pairs_bytes(&subcheck.labels) + pairs_bytes(&subcheck.extra));
    (metrics.chain(subchecks).sum::<usize>() + pairs_bytes(&outcome.extra)) as u64
}

/// Counts the bytes that pairs take in JSON.
pub(crate) fn pairs_bytes(pairs: &[(String, String)]) -> usize {
    pairs.iter().map(|(name, value)| json_length(name) + json_length(value) + PAIR).sum()
}

/// Bytes that the host writes around the failure of a part: its kind, and a remedy of its own.
const AROUND_FAILURE: usize = 256;

/// Counts what the failure of a part takes; its message may stand for the part's text as well.
fn failure_bytes(failure: &GuestFailure) -> usize {
    let cause = match &failure.cause {
        Cause::Options(problems) => {
            problems.iter().map(|problem| json_length(&problem.key) + json_length(&problem.message) + 16).sum()
        }
        Cause::Host(Error::Denied(denial)) => json_length(&denial.hint),
        Cause::Host(_) | Cause::Other(_) => 0,
    };
    2 * json_length(&failure.message) + cause + AROUND_FAILURE
}

fn reason(outcome: &Outcome, descriptor: &Descriptor) -> Option<String> {
    subchecks_reason(&outcome.subchecks).or_else(|| metrics_reason(&outcome.metrics, descriptor))
}

fn subchecks_reason(subchecks: &[Subcheck]) -> Option<String> {
    let mut seen = BTreeSet::new();
    subchecks.iter().find_map(|subcheck| {
        labels_reason("a subcheck", &subcheck.labels)
            .or_else(|| subcheck.labels.iter().find_map(|(name, _)| label_reason(name)))
            .or_else(|| {
                let again = !seen.insert(sorted(&subcheck.labels));
                again.then(|| format!("there are two subchecks of {}", series("", &subcheck.labels)))
            })
    })
}

fn metrics_reason(metrics: &[Metric], descriptor: &Descriptor) -> Option<String> {
    let declared: BTreeMap<&str, Declared<'_>> = descriptor
        .metrics
        .iter()
        .map(|info| {
            let labels = info.labels.iter().map(String::as_str).collect();
            (info.name.as_str(), Declared { unit: &info.unit, kind: info.kind, labels: Some(labels) })
        })
        .collect();
    // An undeclared metric declares unit and kind by its first series.
    let mut free: BTreeMap<&str, Declared<'_>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    metrics.iter().find_map(|metric| {
        let name = metric.name.as_str();
        let shape = match declared.get(name) {
            Some(shape) => shape,
            None if descriptor.free_metrics => {
                if let Some(reason) = metric_name_reason(name, &metric.unit) {
                    return Some(reason);
                }
                &*free.entry(name).or_insert_with(|| Declared::by(metric))
            }
            None => return Some(format!("metric `{}` is not declared in the descriptor", shown(name))),
        };
        shape
            .misfit(metric)
            .or_else(|| values_reason(metric))
            .or_else(|| labels_reason(&format!("metric `{name}`"), &metric.labels))
            .or_else(|| {
                // Also to outputs that have the unit in the name.
                let again = !seen.insert((full_name(name, &metric.unit), sorted(&metric.labels)));
                again.then(|| format!("the series {} is there twice", series(name, &metric.labels)))
            })
    })
}

/// Declaration that all series of one metric have in common.
struct Declared<'a> {
    unit: &'a Unit,
    kind: MetricKind,
    /// Nothing for a free metric, whose labels are the operator's.
    labels: Option<BTreeSet<&'a str>>,
}

impl<'a> Declared<'a> {
    fn by(metric: &'a Metric) -> Self {
        Self { unit: &metric.unit, kind: metric.kind, labels: None }
    }

    fn misfit(&self, metric: &Metric) -> Option<String> {
        let name = &metric.name;
        if *self.unit != metric.unit {
            let (reported, declared) = (unit_word(&metric.unit), unit_word(self.unit));
            return Some(format!("metric `{name}` is in {}, declared as {declared}", shown(reported)));
        }
        if self.kind != metric.kind {
            let (reported, declared) = (kind_word(metric.kind), kind_word(self.kind));
            return Some(format!("metric `{name}` is a {reported}, declared as a {declared}"));
        }
        metric.labels.iter().find_map(|(label, _)| {
            label_reason(label).or_else(|| {
                let undeclared = self.labels.as_ref().is_some_and(|labels| !labels.contains(label.as_str()));
                undeclared.then(|| format!("metric `{name}` carries the label `{label}`, which it does not declare"))
            })
        })
    }
}

/// Returns the word of a kind in outputs.
#[must_use]
pub(crate) fn kind_word(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Gauge => "gauge",
        MetricKind::Counter => "counter",
    }
}

fn values_reason(metric: &Metric) -> Option<String> {
    let unsound = [&metric.warning, &metric.critical].into_iter().flatten().any(|range| !range.is_sound());
    let no_bound = [metric.min, metric.max].into_iter().flatten().any(f64::is_nan);
    unsound
        .then(|| format!("a range of metric `{}` holds no number", metric.name))
        .or_else(|| no_bound.then(|| format!("`min` or `max` of metric `{}` is no number", metric.name)))
}

fn labels_reason(of: &str, labels: &[(String, String)]) -> Option<String> {
    if labels.len() > MAX_LABELS {
        return Some(format!("{of} has {} labels, at most {MAX_LABELS} are allowed", labels.len()));
    }
    let long = labels.iter().find(|(_, value)| value.len() > MAX_LABEL_VALUE);
    long.map(|(name, _)| format!("{of} has a label `{name}` of more than {MAX_LABEL_VALUE} bytes"))
        .or_else(|| twice(&format!("{of}: label"), labels.iter().map(|(name, _)| name.as_str())))
}

fn sorted(labels: &[(String, String)]) -> BTreeSet<(&str, &str)> {
    labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Returns a series as a person writes it: `used_percent{mount="/data"}`.
fn series(name: &str, labels: &[(String, String)]) -> String {
    let labels: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", shown(value))).collect();
    format!("{name}{{{}}}", labels.join(","))
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
