//! One JSON object for each verdict; readers ignore keys that they do not know.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::contract::{Level, Range, Status};
use crate::escape;
use crate::judge::compose::status_word;
use crate::judge::outcome::kind_word;
use crate::judge::thresholds::unit_word;
use crate::judge::{Breach, JudgedMetric, State, StateType, Verdict};
use crate::standing::Standing;

/// Raised when a key changes its meaning or goes; new keys do not raise it.
const SCHEMA: u32 = 1;

/// Encodes one verdict as one line without a newline at its end.
#[must_use]
pub fn encode(verdict: &Verdict, host: &str) -> String {
    // Strings, numbers and maps with string keys: there is nothing that could fail to serialize.
    let text = serde_json::to_string(&Object::of(verdict, host)).expect("plain data serializes");
    escape::json(&text)
}

/// As [`encode`], of a check as it is at `now`, with where it stands over the rounds.
#[must_use]
pub fn encode_standing(standing: &Standing, now: Timestamp, host: &str) -> String {
    let verdict = standing.as_of(now);
    let object = StandingObject {
        verdict: Object::of(&verdict, host),
        hard_status: standing.hard.map(lower),
        since: standing.since.map(time),
        overdue: standing.overdue.map(time),
        runs: &standing.runs,
        skipped: standing.skipped,
        pause: standing.paused(now).map(|pause| PauseObject { until: time(pause.until), reason: &pause.reason }),
    };
    escape::json(&serde_json::to_string(&object).expect("plain data serializes"))
}

#[derive(serde::Serialize)]
struct StandingObject<'a> {
    #[serde(flatten)]
    verdict: Object<'a>,
    hard_status: Option<String>,
    /// When the status became what it is.
    since: Option<String>,
    /// From then on the outcome is stale.
    overdue: Option<String>,
    /// By a status, or the kind of a failure.
    runs: &'a BTreeMap<String, u64>,
    skipped: u64,
    pause: Option<PauseObject<'a>>,
}

#[derive(serde::Serialize)]
struct PauseObject<'a> {
    until: String,
    reason: &'a str,
}

#[derive(serde::Serialize)]
struct Object<'a> {
    schema: u32,
    host: &'a str,
    check: &'a str,
    component: Option<Component<'a>>,
    status: Option<String>,
    state: &'static str,
    summary: &'a str,
    breaches: Vec<BreachObject<'a>>,
    details: &'a [String],
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
}

impl<'a> Object<'a> {
    fn of(verdict: &'a Verdict, host: &'a str) -> Self {
        Self {
            schema: SCHEMA,
            host,
            check: &verdict.check,
            component: verdict.component.as_ref().map(|component| Component {
                name: &component.name,
                version: &component.version,
                sha256: &component.sha256,
            }),
            status: verdict.status.map(lower),
            state: state_word(verdict.state),
            summary: &verdict.summary,
            breaches: verdict.breaches.iter().map(BreachObject::of).collect(),
            details: &verdict.details,
            subchecks: verdict
                .subchecks
                .iter()
                .map(|subcheck| SubcheckObject {
                    labels: Labels(&subcheck.labels),
                    status: lower(subcheck.status),
                    text: &subcheck.text,
                })
                .collect(),
            metrics: verdict.metrics.iter().map(MetricObject::of).collect(),
            failure: verdict.failure.as_ref().map(|failure| FailureObject {
                kind: failure.kind.word(),
                message: &failure.message,
                hint: failure.hint.as_deref(),
            }),
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
        }
    }
}

#[derive(serde::Serialize)]
struct Component<'a> {
    name: &'a str,
    version: &'a str,
    sha256: &'a str,
}

#[derive(serde::Serialize)]
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

#[derive(serde::Serialize)]
struct SubcheckObject<'a> {
    labels: Labels<'a>,
    status: String,
    text: &'a str,
}

#[derive(serde::Serialize)]
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
        }
    }
}

#[derive(serde::Serialize)]
struct FailureObject<'a> {
    kind: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct DenialObject<'a> {
    capability: &'a str,
    target: &'a str,
    hint: &'a str,
}

#[derive(serde::Serialize)]
struct LogObject<'a> {
    level: &'static str,
    message: std::borrow::Cow<'a, str>,
}

/// The lines, and one that counts those for which there was no room.
fn log(verdict: &Verdict) -> Vec<LogObject<'_>> {
    let kept = verdict
        .log
        .iter()
        .map(|line| LogObject { level: level_word(line.level), message: line.message.as_str().into() });
    let dropped = (verdict.log_dropped > 0).then(|| LogObject {
        level: level_word(Level::Warning),
        message: format!("{} more lines dropped: limits.log is reached", verdict.log_dropped).into(),
    });
    kept.chain(dropped).collect()
}

/// Pairs as an object, in their order; the outcome was refused if a name was there twice.
struct Labels<'a>(&'a [(String, String)]);

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// A Nagios range in base units: JSON has no infinity for an open end.
fn written(range: Option<Range>) -> Option<String> {
    range.map(|range| range.to_string())
}

/// RFC 3339 in UTC, to the millisecond.
fn time(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}

fn lower(status: Status) -> String {
    status_word(status).to_lowercase()
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Done => "done",
        State::Pending => "pending",
        State::NotApplicable => "not_applicable",
        State::Paused => "paused",
        State::Stale => "stale",
        State::Failed => "failed",
    }
}

/// A state type by its word in outputs.
#[must_use]
pub fn state_type_word(state_type: StateType) -> &'static str {
    match state_type {
        StateType::Soft => "soft",
        StateType::Hard => "hard",
    }
}

/// A level of a log line by its word in outputs.
#[must_use]
pub fn level_word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
