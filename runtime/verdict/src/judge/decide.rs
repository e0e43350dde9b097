//! One run judged: thresholds over metrics, breaches over subchecks, the worst of all as the status.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use crate::judge::thresholds::{self, ThresholdEntry, ThresholdProblem, Thresholds};
use crate::judge::{
    Breach, ComponentId, JudgedMetric, JudgedSubcheck, Printed, State, StateType, Verdict, outcome, printed, worst,
};
use roundsman_contract::limits::Limits;
use roundsman_contract::range::RangeSpec;
use roundsman_contract::report::{Failure, FailureKind, LogLine, Report, Trace, cause};
use roundsman_contract::{Denial, Descriptor, Metric, Outcome, Range, Status, Subcheck, Unit};

/// A status that `severity` may cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Critical,
    Unknown,
}

/// The key of an outcome's `extra` that ends a hold.
const RECOVERED: &str = "recovered";
/// The key of a metric's `extra` that says that there is no value yet.
const NO_VALUE: &str = "no_value";

/// Rules of the operator by which one check is judged.
#[derive(Debug, Clone, Copy)]
pub struct JudgeRules<'a> {
    /// The check's name.
    pub check: &'a str,
    pub thresholds: &'a Thresholds,
    /// The status of a run that failed; OK is taken as UNKNOWN.
    pub on_failure: Status,
    /// Status caps: maps a computed status to the worst one that may be reported. A cap that is worse has no effect.
    pub severity: &'a BTreeMap<Severity, Status>,
    pub limits: &'a Limits,
    /// The operator's own, of the check.
    pub labels: &'a BTreeMap<String, String>,
    /// Between two runs, where the schedule is an interval.
    pub interval: Option<Duration>,
}

/// The component that ran.
#[derive(Debug, Clone, Copy)]
pub struct Described<'a> {
    pub descriptor: &'a Descriptor,
    pub id: &'a Rc<ComponentId>,
}

/// Judges one run. An outcome that breaks a limit or the contract, thresholds that do not fit the component, and an
/// outcome of no known component are failures, whatever was reported.
#[must_use]
pub fn judge(rules: &JudgeRules<'_>, component: Option<Described<'_>>, report: Report) -> Verdict {
    let Report { result, trace, usage, started, duration } = report;
    let Trace { denials, mut log, log_dropped, .. } = trace;
    let judged = result.and_then(|outcome| judge_outcome(rules, component, outcome, &denials));
    log.extend(judged.iter().filter_map(|judged| judged.refused.clone()));
    let verdict = match judged {
        Ok(judged) => Verdict { last_success: Some(started), ..done(rules, component, judged) },
        Err(failure) => failed(rules, component, failure),
    };
    Verdict { denials, log, log_dropped, usage, started: Some(started), duration, ..verdict }
}

/// Returns the verdict on a check that did not come to run.
#[must_use]
pub fn failed(rules: &JudgeRules<'_>, component: Option<Described<'_>>, failure: Failure) -> Verdict {
    let status = if rules.on_failure == Status::Ok { Status::Unknown } else { rules.on_failure };
    let failure = failure.clipped();
    Verdict {
        status: Some(status),
        summary: failure.message.clone(),
        failure: Some(failure),
        ..blank(rules, component, State::Failed)
    }
}

/// Returns the verdict on a check that a path of its `only_if` keeps from this host.
#[must_use]
pub fn not_applicable(rules: &JudgeRules<'_>, component: Option<Described<'_>>) -> Verdict {
    Verdict { summary: "a path of `only_if` is absent".to_owned(), ..blank(rules, component, State::NotApplicable) }
}

/// Returns the verdict on a check that has not run yet.
#[must_use]
pub fn pending(rules: &JudgeRules<'_>) -> Verdict {
    Verdict { summary: "not run yet".to_owned(), ..blank(rules, None, State::Pending) }
}

fn blank(rules: &JudgeRules<'_>, component: Option<Described<'_>>, state: State) -> Verdict {
    Verdict {
        check: rules.check.to_owned(),
        component: component.map(|component| Rc::clone(component.id)),
        state,
        status: None,
        summary: String::new(),
        breaches: Vec::new(),
        details: Vec::new(),
        subchecks: Vec::new(),
        metrics: Vec::new(),
        failure: None,
        attempt: 1,
        state_type: StateType::Hard,
        started: None,
        duration: Duration::ZERO,
        interval: rules.interval,
        last_success: None,
        next_due: None,
        usage: Default::default(),
        denials: Vec::new(),
        log: Vec::new(),
        log_dropped: 0,
        recovered: false,
        labels: rules.labels.clone(),
    }
}

/// An outcome with the thresholds applied.
struct Judged {
    /// What it says besides the two lists below.
    outcome: Outcome,
    subchecks: Vec<JudgedSubcheck>,
    metrics: Vec<JudgedMetric>,
    /// Worst first.
    breaches: Vec<Breach>,
    /// What of the component's is not printed, as it is not true.
    refused: Option<LogLine>,
}

fn judge_outcome(
    rules: &JudgeRules<'_>,
    component: Option<Described<'_>>,
    mut outcome: Outcome,
    denials: &[Denial],
) -> Result<Judged, Failure> {
    let Described { descriptor, .. } = component
        .ok_or_else(|| Failure::new(FailureKind::Internal, "an outcome came from a component that is not known"))?;
    unfit(&thresholds::problems(rules.thresholds, descriptor))?;
    outcome::check(rules.check, &outcome, descriptor, rules.limits)?;
    let waiting = waiting(&outcome.metrics);
    let mut metrics = Vec::with_capacity(outcome.metrics.len());
    let mut refused = Vec::new();
    let mut by_operator = false;
    for metric in std::mem::take(&mut outcome.metrics) {
        let ranged = with_ranges(rules.thresholds, metric)?;
        by_operator |= ranged.by_operator;
        refused.extend(ranged.refused);
        metrics.push(ranged.metric);
    }
    if by_operator && yields(&outcome) {
        outcome.status = Status::Ok;
    }
    let mut breaches: Vec<Breach> = metrics.iter().filter_map(breach).collect();
    breaches.extend(absences(rules.thresholds, &metrics, &waiting));
    breaches.sort_by_key(|breach| std::cmp::Reverse(super::rank(breach.status)));
    let subchecks = std::mem::take(&mut outcome.subchecks).into_iter();
    let mut subchecks = subchecks.map(|subcheck| part(rules.check, subcheck, denials)).collect::<Vec<_>>();
    raise(&mut subchecks, &breaches);
    Ok(Judged { outcome, subchecks, metrics, breaches, refused: printed::refused_line(&refused) })
}

fn done(rules: &JudgeRules<'_>, component: Option<Described<'_>>, judged: Judged) -> Verdict {
    let Judged { outcome, subchecks, metrics, breaches, refused: _ } = judged;
    let Outcome { status, summary, details, subchecks: _, metrics: _, extra } = outcome;
    let merged = subchecks
        .iter()
        .map(|subcheck| subcheck.status)
        .chain(breaches.iter().map(|breach| breach.status))
        .fold(status, worst);
    Verdict {
        status: Some(capped(merged, rules.severity)),
        recovered: has(&extra, RECOVERED),
        summary,
        breaches,
        details,
        subchecks,
        metrics,
        ..blank(rules, component, State::Done)
    }
}

/// Judges one of the things that the component looked at. One that could not be judged is never OK, whatever it says.
fn part(check: &str, subcheck: Subcheck, denials: &[Denial]) -> JudgedSubcheck {
    let Subcheck { labels, status, text, failure, extra: _ } = subcheck;
    let failure = failure.map(|failure| cause::own_hint(cause::of_component(check, failure), denials));
    let Some(failure) = failure else { return JudgedSubcheck { labels, status, text, failure: None } };
    let text = if text.is_empty() { failure.message.clone() } else { text };
    let status = if status == Status::Ok { Status::Unknown } else { status };
    JudgedSubcheck { labels, status, text, failure: Some(failure) }
}

/// The failure of thresholds that do not fit: all of the problems, one a line, in the hint where there are several.
fn unfit(problems: &[ThresholdProblem]) -> Result<(), Failure> {
    let Some(first) = problems.first() else { return Ok(()) };
    let failure = Failure::new(FailureKind::Config, first.to_string());
    let others: Vec<String> = problems.iter().skip(1).map(ToString::to_string).collect();
    Err(if others.is_empty() { failure } else { failure.with_hint(others.join("\n")) })
}

/// Tells whether the component leaves WARNING and CRITICAL to the operator's thresholds, where one of them judged a series.
fn yields(outcome: &Outcome) -> bool {
    let says = outcome.extra.iter().any(|(key, value)| key == "yields" && value == "thresholds");
    says && matches!(outcome.status, Status::Warning | Status::Critical)
}

/// A metric with the ranges that hold.
struct Ranged {
    metric: JudgedMetric,
    /// Whether levels of the operator's judged its value.
    by_operator: bool,
    /// Why it is not printed as the component says.
    refused: Option<String>,
}

/// Gives a metric the ranges that decide on it.
///
/// # Errors
/// A range whose unit is not the metric's; before the run that is known of declared metrics only.
fn with_ranges(thresholds: &Thresholds, metric: Metric) -> Result<Ranged, Failure> {
    let (printed, refused) = match Printed::of(&metric) {
        Ok(printed) => (printed, None),
        Err((printed, why)) => (printed, Some(why)),
    };
    let Metric { name, value, unit, kind, labels, warning, critical, min, max, extra: _ } = metric;
    let metric = JudgedMetric { name, value, unit, kind, labels, warning, critical, min, max, printed };
    let Some(entry) = thresholds::deciding(thresholds, &metric.name, &metric.labels) else {
        return Ok(Ranged { metric, by_operator: false, refused });
    };
    fitting(entry, &metric.name, &metric.unit)?;
    let range = |spec: &Option<RangeSpec>| spec.as_ref().map(|spec| spec.range);
    let (warning, critical) = (range(&entry.warning), range(&entry.critical));
    let printed = metric.printed.with_ranges(metric.value, warning, critical);
    let by_operator = (warning.is_some() || critical.is_some()) && !metric.value.is_nan();
    Ok(Ranged { metric: JudgedMetric { warning, critical, printed, ..metric }, by_operator, refused })
}

fn fitting(entry: &ThresholdEntry, metric: &str, unit: &Unit) -> Result<(), Failure> {
    let message = thresholds::unit_misfit(entry, metric, unit);
    unfit(
        &message
            .map(|message| ThresholdProblem { origin: entry.origin.clone(), message })
            .into_iter()
            .collect::<Vec<_>>(),
    )
}

/// Critical is asked first.
fn breach(metric: &JudgedMetric) -> Option<Breach> {
    let broken =
        |status, range: Option<Range>| range.filter(|range| range.alerts(metric.value)).map(|range| (status, range));
    let (status, range) = broken(Status::Critical, metric.critical).or(broken(Status::Warning, metric.warning))?;
    Some(Breach {
        metric: metric.name.clone(),
        labels: metric.labels.clone(),
        value: Some(metric.value),
        unit: metric.unit.clone(),
        status,
        range: Some(range),
    })
}

/// Returns the series that have no value yet.
fn waiting(metrics: &[Metric]) -> Vec<(String, Vec<(String, String)>)> {
    let waiting = metrics.iter().filter(|metric| metric.value.is_nan() && has(&metric.extra, NO_VALUE));
    waiting.map(|metric| (metric.name.clone(), metric.labels.clone())).collect()
}

/// Returns what an entry wants to be there and is not; the labels are then its globs. NaN is "no value" and so no series, but
/// for those that wait for their first value, such as the rate of a counter that was read once.
fn absences(
    thresholds: &Thresholds,
    metrics: &[JudgedMetric],
    waiting: &[(String, Vec<(String, String)>)],
) -> Vec<Breach> {
    let missing = |metric: &str, entry: &ThresholdEntry| {
        let is_there = metrics
            .iter()
            .any(|series| series.name == metric && !series.value.is_nan() && entry.selects(&series.labels));
        !is_there && !waiting.iter().any(|(name, labels)| name == metric && entry.selects(labels))
    };
    thresholds
        .iter()
        .flat_map(|(metric, entries)| entries.iter().map(move |entry| (metric, entry)))
        .filter_map(|(metric, entry)| {
            let status = entry.absent.filter(|status| *status != Status::Ok && missing(metric, entry))?;
            let labels = entry.selector.iter().map(|(label, glob)| (label.clone(), glob.to_string())).collect();
            Some(Breach { metric: metric.clone(), labels, value: None, unit: Unit::Number, status, range: None })
        })
        .collect()
}

/// Each breach raises the subchecks whose labels are all among its own.
fn raise(subchecks: &mut [JudgedSubcheck], breaches: &[Breach]) {
    // Found by their first label: a breach is not compared with every subcheck.
    let mut by_first: HashMap<Option<(String, String)>, Vec<usize>> = HashMap::new();
    for (index, subcheck) in subchecks.iter().enumerate() {
        by_first.entry(subcheck.labels.first().cloned()).or_default().push(index);
    }
    for breach in breaches {
        for first in breach.labels.iter().cloned().map(Some).chain([None]) {
            for index in by_first.get(&first).into_iter().flatten() {
                let subcheck = &mut subchecks[*index];
                if subcheck.labels.iter().all(|label| breach.labels.contains(label)) {
                    subcheck.status = worst(subcheck.status, breach.status);
                }
            }
        }
    }
}

fn has(extra: &[(String, String)], key: &str) -> bool {
    extra.iter().any(|(known, _)| known == key)
}

fn capped(status: Status, severity: &BTreeMap<Severity, Status>) -> Status {
    let key = match status {
        Status::Ok => return Status::Ok,
        Status::Warning => Severity::Warning,
        Status::Critical => Severity::Critical,
        Status::Unknown => Severity::Unknown,
    };
    let cap = severity.get(&key).copied().unwrap_or(status);
    if super::rank(cap) < super::rank(status) { cap } else { status }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
