//! One JSON object for each verdict; readers ignore keys that they do not know.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::check_status::trouble::{self, Trouble};
use crate::check_status::{CheckStatus, RunCounts};
use crate::judge::message_lines::status_word;
use crate::judge::outcome::kind_word;
use crate::judge::thresholds::unit_word;
use crate::judge::{Breach, JudgedMetric, Printed, State, StateType, Verdict};
use crate::outputs::host::HostNames;
use roundsman_contract::report::Failure;
use roundsman_contract::{Level, Range, Status};
use roundsman_grants::escape;

/// Raised when a key changes its meaning or goes; new keys do not raise it.
const SCHEMA: u32 = 1;

/// Encodes one verdict as one line without a newline at its end.
#[must_use]
pub fn encode<'h>(verdict: &Verdict, host: impl Into<HostNames<'h>>) -> String {
    let host = host.into();
    // Strings, numbers and maps with string keys: there is nothing that could fail to serialize.
    let text = serde_json::to_string(&Object::of(verdict, &host)).expect("plain data serializes");
    escape::json(&text)
}

/// Does as [`encode`] in about `longest` bytes at most. What does not fit is left out from the end of each list, in whole items,
/// and its number said in `left_out`; texts are cut.
#[must_use]
pub(crate) fn encode_within<'h>(verdict: &Verdict, host: impl Into<HostNames<'h>>, longest: usize) -> String {
    let host = host.into();
    let mut object = Object::of(verdict, &host);
    if length(&object) > longest {
        object.shorten(longest);
    }
    escape::json(&serde_json::to_string(&object).expect("plain data serializes"))
}

/// Works as [`encode`], of a check as it is at `now`, with where it stands over the rounds.
#[must_use]
pub fn encode_check_status<'h>(check_status: &CheckStatus, now: Timestamp, host: impl Into<HostNames<'h>>) -> String {
    let host = host.into();
    let verdict = check_status.as_of(now);
    let object = CheckStatusObject {
        verdict: Object::of(&verdict, &host),
        hard_status: check_status.hard.map(lower),
        since: check_status.since.map(time),
        overdue: check_status.overdue.map(time),
        runs: &check_status.runs,
        skipped: check_status.skipped,
        pause: check_status.paused(now).map(|pause| PauseObject {
            until: time(pause.until),
            reason: &pause.reason,
            by: pause.by.as_deref(),
            at: pause.at.map(time),
        }),
        acknowledged: check_status.acknowledged(now).map(|ack| AckObject {
            until: ack.until.map(time),
            reason: &ack.reason,
            by: &ack.by,
            at: time(ack.at),
            sticky: ack.sticky,
        }),
        held: check_status.held.as_ref().map(|held| HeldObject { last: time(held.last), until: held.until.map(time) }),
        subcheck_states: (!trouble::are_too_many(&check_status.verdict))
            .then(|| check_status.troubles.iter().map(TroubleObject::of).collect()),
    };
    escape::json(&serde_json::to_string(&object).expect("plain data serializes"))
}

#[derive(serde::Serialize)]
struct CheckStatusObject<'a> {
    #[serde(flatten)]
    verdict: Object<'a>,
    hard_status: Option<String>,
    /// When the status became what it is.
    since: Option<String>,
    /// From then on the outcome is stale.
    overdue: Option<String>,
    /// By a status, or the kind of a failure.
    runs: &'a RunCounts,
    skipped: u64,
    pause: Option<PauseObject<'a>>,
    acknowledged: Option<AckObject<'a>>,
    /// What stays though the last run did not find it.
    held: Option<HeldObject>,
    /// Of subchecks that are not OK; null where they are too many to be counted.
    subcheck_states: Option<Vec<TroubleObject<'a>>>,
}

#[derive(serde::Serialize)]
struct HeldObject {
    /// The last run that found it.
    last: String,
    /// Null until an operator clears it.
    until: Option<String>,
}

#[derive(serde::Serialize)]
struct AckObject<'a> {
    until: Option<String>,
    reason: &'a str,
    by: &'a str,
    at: String,
    sticky: bool,
}

#[derive(serde::Serialize)]
struct TroubleObject<'a> {
    labels: Labels<'a>,
    status: String,
    state_type: &'static str,
    attempt: u32,
    hard_status: Option<String>,
    since: Option<String>,
}

impl<'a> TroubleObject<'a> {
    fn of(trouble: &'a Trouble) -> Self {
        Self {
            labels: Labels(&trouble.labels),
            status: lower(trouble.status),
            state_type: state_type_word(trouble.state_type),
            attempt: trouble.attempt,
            hard_status: trouble.hard.map(lower),
            since: trouble.since.map(time),
        }
    }
}

#[derive(serde::Serialize)]
struct PauseObject<'a> {
    until: String,
    reason: &'a str,
    by: Option<&'a str>,
    at: Option<String>,
}

#[derive(serde::Serialize)]
struct Object<'a> {
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
    fn shorten(&mut self, longest: usize) {
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
        let mut keeps = Keeps { room: &mut room, left_out: &mut self.left_out };
        self.breaches = keeps.of("breaches", breaches);
        self.subchecks = keeps.of("subchecks", subchecks);
        self.denials = keeps.of("denials", denials);
        self.details = keeps.of("details", details);
        self.log = keeps.of("log", log);
        self.metrics = keeps.of("metrics", metrics);
    }

    fn of(verdict: &'a Verdict, host: &'a HostNames<'_>) -> Self {
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

/// Takes what has room of one list after the other.
struct Keeps<'r> {
    /// Bytes that are left.
    room: &'r mut usize,
    left_out: &'r mut BTreeMap<&'static str, usize>,
}

impl Keeps<'_> {
    /// Returns the first of the items, as many as have room; counts the rest.
    fn of<T: Serialize>(&mut self, list: &'static str, mut items: Vec<T>) -> Vec<T> {
        let all = items.len();
        let fits = |item: &&T| match self.room.checked_sub(length(*item) + ",".len()) {
            Some(left) => {
                *self.room = left;
                true
            }
            None => false,
        };
        items.truncate(items.iter().take_while(fits).count());
        if items.len() < all {
            self.left_out.insert(list, all - items.len());
        }
        items
    }
}

/// Counts the bytes of a value as it is printed, without making it.
fn length<T: Serialize>(value: &T) -> usize {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, value).expect("plain data serializes");
    length.0
}

/// Counts what [`escape::json`] would leave of what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let escaped =
            |text: &str| text.chars().map(|one| if escape::is_dangerous(one) { 6 } else { one.len_utf8() }).sum();
        // Pieces are cut where something is escaped, and that is never within a character.
        self.0 += std::str::from_utf8(piece).map_or(6 * piece.len(), escaped);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(serde::Serialize)]
struct Component<'a> {
    name: &'a str,
    version: Cow<'a, str>,
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
    /// Only where it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureObject<'a>>,
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

#[derive(serde::Serialize)]
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

#[derive(serde::Serialize)]
struct DenialObject<'a> {
    capability: &'a str,
    target: &'a str,
    hint: &'a str,
}

#[derive(serde::Serialize)]
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

/// Returns a Nagios range in base units: JSON has no infinity for an open end.
fn written(range: Option<Range>) -> Option<String> {
    range.map(|range| range.to_string())
}

/// Returns RFC 3339 in UTC, to the millisecond.
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

/// Returns the word of a state type in outputs.
#[must_use]
pub(crate) fn state_type_word(state_type: StateType) -> &'static str {
    match state_type {
        StateType::Soft => "soft",
        StateType::Hard => "hard",
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
