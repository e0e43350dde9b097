//! The object of a verdict, and of each thing in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::room::{Keeps, length};
use super::{Labels, SCHEMA, lower, state_type_word, state_word, time, written};
use crate::judge::outcome::kind_word;
use crate::judge::thresholds::unit_word;
use crate::judge::{Breach, JudgedMetric, Printed, Verdict};
use crate::outputs::host::HostNames;
use roundsman_contract::Level;
use roundsman_contract::report::Failure;
use roundsman_grants::escape;

#[derive(Serialize)]
pub(super) struct Object<'a> {
    schema: u32,
    host: &'a str,
    /// Of the host, and of the check, which come before those.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'a String, &'a String>,
    check: &'a str,
    component: Option<Component<'a>>,
    status: Option<String>,
    state: &'static str,
    summary: Cow<'a, str>,
    breaches: Vec<BreachObject<'a>>,
    details: Vec<&'a str>,
    subchecks: Vec<SubcheckObject<'a>>,
    metrics: Vec<MetricObject<'a>>,
    failure: Option<FailureObject<'a>>,
    attempt: u32,
    state_type: &'static str,
    started: Option<String>,
    duration_ms: u64,
    interval_s: Option<u64>,
    last_success: Option<String>,
    next_due: Option<String>,
    fuel_used: u64,
    memory_peak_bytes: u64,
    denials: Vec<DenialObject<'a>>,
    log: Vec<LogObject<'a>>,
    /// By list, how many of its items had no room.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    left_out: BTreeMap<&'static str, usize>,
}

impl<'a> Object<'a> {
    /// Leaves out what has no room in `longest` bytes: what is needed least goes first.
    pub(super) fn shorten(&mut self, longest: usize) {
        /// The largest of the texts that are no list, in bytes as JSON.
        const TEXT: usize = 2 << 10;
        /// What `left_out` takes with all lists in it.
        const LEFT_OUT: usize = 256;
        self.summary = escape::clip(&self.summary, TEXT).into();
        if let Some(component) = &mut self.component {
            component.version = escape::clip(&component.version, TEXT).into();
        }
        if let Some(failure) = &mut self.failure {
            failure.message = escape::clip(&failure.message, TEXT).into();
            failure.hint = failure.hint.take().map(|hint| escape::clip(&hint, TEXT).into());
            // It helps who wrote the component, and is in the state and in `check` by hand.
            failure.stack = &[];
        }
        let (breaches, subchecks) = (std::mem::take(&mut self.breaches), std::mem::take(&mut self.subchecks));
        let (denials, details) = (std::mem::take(&mut self.denials), std::mem::take(&mut self.details));
        let (log, metrics) = (std::mem::take(&mut self.log), std::mem::take(&mut self.metrics));
        let mut room = longest.saturating_sub(length(self) + LEFT_OUT);
        let mut keeps = Keeps::new(&mut room, &mut self.left_out);
        self.breaches = keeps.of("breaches", breaches);
        self.subchecks = keeps.of("subchecks", subchecks);
        self.denials = keeps.of("denials", denials);
        self.details = keeps.of("details", details);
        self.log = keeps.of("log", log);
        self.metrics = keeps.of("metrics", metrics);
    }

    pub(super) fn of(verdict: &'a Verdict, host: &'a HostNames<'_>) -> Self {
        Self {
            schema: SCHEMA,
            host: &host.name,
            labels: host.labels.iter().chain(&verdict.labels).collect(),
            check: &verdict.check,
            component: verdict.component.as_ref().map(|component| Component {
                name: &component.name,
                version: component.version.as_str().into(),
                sha256: &component.sha256,
            }),
            status: verdict.status.map(lower),
            state: state_word(verdict.state),
            summary: verdict.summary.as_str().into(),
            breaches: verdict.breaches.iter().map(BreachObject::of).collect(),
            details: verdict.details.iter().map(String::as_str).collect(),
            subchecks: verdict
                .subchecks
                .iter()
                .map(|subcheck| SubcheckObject {
                    labels: Labels(&subcheck.labels),
                    status: lower(subcheck.status),
                    text: &subcheck.text,
                    failure: subcheck.failure.as_ref().map(FailureObject::of),
                })
                .collect(),
            metrics: verdict.metrics.iter().map(MetricObject::of).collect(),
            failure: verdict.failure.as_ref().map(FailureObject::of),
            attempt: verdict.attempt,
            state_type: state_type_word(verdict.state_type),
            started: verdict.started.map(time),
            duration_ms: u64::try_from(verdict.duration.as_millis()).unwrap_or(u64::MAX),
            interval_s: verdict.interval.map(|interval| interval.as_secs()),
            last_success: verdict.last_success.map(time),
            next_due: verdict.next_due.map(time),
            fuel_used: verdict.usage.fuel,
            memory_peak_bytes: verdict.usage.memory_peak,
            denials: verdict
                .denials
                .iter()
                .map(|denial| DenialObject {
                    capability: &denial.capability,
                    target: &denial.target,
                    hint: &denial.hint,
                })
                .collect(),
            log: log(verdict),
            left_out: BTreeMap::new(),
        }
    }
}

#[derive(Serialize)]
struct Component<'a> {
    name: &'a str,
    version: Cow<'a, str>,
    sha256: &'a str,
}

#[derive(Serialize)]
struct BreachObject<'a> {
    metric: &'a str,
    labels: Labels<'a>,
    /// Null where the metric is absent.
    value: Option<f64>,
    level: String,
    range: Option<String>,
}

impl<'a> BreachObject<'a> {
    fn of(breach: &'a Breach) -> Self {
        Self {
            metric: &breach.metric,
            labels: Labels(&breach.labels),
            value: breach.value.filter(|value| value.is_finite()),
            level: lower(breach.status),
            range: written(breach.range),
        }
    }
}

#[derive(Serialize)]
struct SubcheckObject<'a> {
    labels: Labels<'a>,
    status: String,
    text: &'a str,
    /// Only where it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureObject<'a>>,
}

#[derive(Serialize)]
struct MetricObject<'a> {
    name: &'a str,
    /// JSON has no NaN and no infinity: null.
    value: Option<f64>,
    unit: &'a str,
    kind: &'static str,
    labels: Labels<'a>,
    warning: Option<String>,
    critical: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    /// How a plugin printed it: `item`, `unit`, `warning`, `critical`.
    #[serde(skip_serializing_if = "of_no_plugin")]
    printed: &'a Printed,
}

impl<'a> MetricObject<'a> {
    fn of(metric: &'a JudgedMetric) -> Self {
        let finite = |number: f64| Some(number).filter(|number| number.is_finite());
        Self {
            name: &metric.name,
            value: finite(metric.value),
            unit: unit_word(&metric.unit),
            kind: kind_word(metric.kind),
            labels: Labels(&metric.labels),
            warning: written(metric.warning),
            critical: written(metric.critical),
            min: metric.min.and_then(finite),
            max: metric.max.and_then(finite),
            printed: &metric.printed,
        }
    }
}

fn of_no_plugin(printed: &&Printed) -> bool {
    printed.is_empty()
}

#[derive(Serialize)]
struct FailureObject<'a> {
    kind: &'static str,
    message: Cow<'a, str>,
    hint: Option<Cow<'a, str>>,
    /// The functions that were under way, innermost first, where the component carries their names.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stack: &'a [String],
}

impl<'a> FailureObject<'a> {
    fn of(failure: &'a Failure) -> Self {
        Self {
            kind: failure.kind.word(),
            message: failure.message.as_str().into(),
            hint: failure.hint.as_deref().map(Cow::from),
            stack: &failure.stack,
        }
    }
}

#[derive(Serialize)]
struct DenialObject<'a> {
    capability: &'a str,
    target: &'a str,
    hint: &'a str,
}

#[derive(Serialize)]
struct LogObject<'a> {
    level: &'static str,
    message: Cow<'a, str>,
}

/// Returns the lines, and one that counts those for which there was no room.
fn log(verdict: &Verdict) -> Vec<LogObject<'_>> {
    let kept =
        verdict.log.iter().map(|line| LogObject { level: line.level.word(), message: line.message.as_str().into() });
    let dropped = (verdict.log_dropped > 0).then(|| LogObject {
        level: Level::Warning.word(),
        message: format!("{} more lines dropped: limits.log is reached", verdict.log_dropped).into(),
    });
    kept.chain(dropped).collect()
}
