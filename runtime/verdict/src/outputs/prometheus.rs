//! The text format of Prometheus, for the textfile collector of node_exporter: the status of each check, and the values of
//! those that are up to date. Series have no timestamps, as the collector drops files that have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;

use super::receiver_series;
use super::scene::{OF_OTHERS, OutputKeys, OutputScene, Series, SeriesNames};
use crate::check_status::CheckStatus;
use crate::check_status::RESERVED;
use crate::judge::naming::full_name;
use crate::judge::{JudgedMetric, State};
use roundsman_contract::{MetricKind, Status, Unit};
use roundsman_grants::escape;

/// The label that every series carries.
const CHECK: &str = "check";

/// Encodes the checks of a host, with the series that are wanted.
#[must_use]
pub(crate) fn textfile(scene: &OutputScene<'_>, keys: &OutputKeys) -> String {
    let mut text = encode_series(scene.checks, &scene.series, scene.now.at, keys.series);
    let mut config = Family::new(MetricKind::Gauge, "1, for the files of the configuration that hold.".to_owned());
    if let Some(sha256) = scene.config {
        config.add(RESERVED, [("sha256", sha256)].into_iter(), 1.0);
    }
    config.write(CONFIG, &mut text);
    receiver_series::write(scene.receivers, &mut text);
    text
}

/// Encodes all checks, by name, as they are at `now`. A check that does not apply to this host has no series.
#[must_use]
pub fn encode(checks: &BTreeMap<String, CheckStatus>, now: Timestamp) -> String {
    encode_series(checks, &BTreeMap::new(), now, Series::All)
}

fn encode_series(
    checks: &BTreeMap<String, CheckStatus>,
    names: &BTreeMap<&str, &SeriesNames>,
    now: Timestamp,
    series: Series,
) -> String {
    let all: Vec<Seen<'_>> = checks
        .iter()
        .filter(|(_, check_status)| check_status.verdict.state != State::NotApplicable)
        .map(|(name, check_status)| Seen { name, check_status, now, names: names.get(name.as_str()).copied() })
        .collect();
    let mut text = String::new();
    let mut own = BTreeSet::new();
    for Own { name, kind, help, samples } in OWN {
        let mut family = Family::new(kind, help.to_owned());
        for seen in &all {
            for (label, value) in samples(seen) {
                family.add(seen.name, label.iter().map(|(name, value)| (*name, value.as_str())), value);
            }
        }
        let name = format!("roundsman_check_{name}");
        family.write(&name, &mut text);
        own.insert(name);
    }
    components(&all).write(COMPONENT, &mut text);
    own.extend([COMPONENT.to_owned(), CONFIG.to_owned()]);
    own.extend(receiver_series::FAMILIES.map(|family| receiver_series::name_of(family.name)));
    let reported = if series == Series::All { reported(&all) } else { BTreeMap::new() };
    for (name, family) in reported {
        // A component's metric must not pass for one of the runtime.
        if !own.contains(&name) {
            family.write(&name, &mut text);
        }
    }
    text
}

/// The family that says which component each check ran.
const COMPONENT: &str = "roundsman_component_info";

/// The family that tells hosts of one configuration from others.
const CONFIG: &str = "roundsman_config_digest";

/// Names the component of each check; a file that was exchanged shows as another digest.
fn components(all: &[Seen<'_>]) -> Family {
    let mut family = Family::new(MetricKind::Gauge, "1, for the component that the check ran last.".to_owned());
    for seen in all {
        let Some(component) = &seen.check_status.verdict.component else { continue };
        let labels = [("name", &component.name), ("version", &component.version), ("sha256", &component.sha256)];
        family.add(seen.name, labels.into_iter().map(|(name, value)| (name, value.as_str())), 1.0);
    }
    family
}

/// A check as it is shown now.
struct Seen<'a> {
    name: &'a str,
    check_status: &'a CheckStatus,
    now: Timestamp,
    /// Names of series that the operator gives.
    names: Option<&'a SeriesNames>,
}

impl Seen<'_> {
    fn is_stale(&self) -> bool {
        self.check_status.is_stale(self.now)
    }

    fn is_paused(&self) -> bool {
        self.check_status.paused(self.now).is_some()
    }

    /// Tells whether a run was measured: the runtime's own check has none.
    fn has_run(&self) -> bool {
        self.check_status.verdict.started.is_some() && !self.check_status.outcome_lost && self.name != RESERVED
    }

    /// A status by its number as a monitoring plugin; of a check that is stale nothing is known.
    fn state(&self, status: Option<Status>) -> Option<f64> {
        let status = if self.is_stale() { Some(Status::Unknown) } else { status };
        status.map(|status| f64::from(status.number()))
    }
}

/// A sample of a family of our own: a label besides `check`, if it has one, and the value.
type Sample = (Option<(&'static str, String)>, f64);

/// A family that says how checks are doing.
struct Own {
    /// Behind `roundsman_check_`.
    name: &'static str,
    kind: MetricKind,
    help: &'static str,
    samples: fn(&Seen<'_>) -> Vec<Sample>,
}

const OWN: [Own; 15] = [
    Own {
        name: "state",
        kind: MetricKind::Gauge,
        help: "Status of the last run: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; also 3 if the check is stale.",
        samples: |seen| {
            let check_status = seen.check_status;
            one(seen.state(if check_status.outcome_lost { Some(Status::Unknown) } else { check_status.verdict.status }))
        },
    },
    Own {
        name: "hard_state",
        kind: MetricKind::Gauge,
        help: "Last hard status, that is, one confirmed by as many runs as `retry` asks for; numbers as for the state.",
        samples: |seen| one(seen.state(seen.check_status.hard)),
    },
    Own {
        name: "pending",
        kind: MetricKind::Gauge,
        help: "1 if the check has not run yet.",
        samples: |seen| flag(seen.check_status.verdict.state == State::Pending && !seen.check_status.outcome_lost),
    },
    Own {
        name: "paused",
        kind: MetricKind::Gauge,
        help: "1 while an operator has paused the check.",
        samples: |seen| flag(seen.is_paused()),
    },
    Own {
        name: "acknowledged",
        kind: MetricKind::Gauge,
        help: "1 while an operator has acknowledged the problem of the check.",
        samples: |seen| flag(seen.check_status.acknowledged(seen.now).is_some()),
    },
    Own {
        name: "stale",
        kind: MetricKind::Gauge,
        help: "1 if the check has not run for too long; its last values are then left out.",
        samples: |seen| flag(seen.is_stale()),
    },
    Own {
        name: "interval_seconds",
        kind: MetricKind::Gauge,
        help: "Time between two runs, for checks that run at an interval.",
        samples: |seen| one(seen.check_status.verdict.interval.map(|interval| interval.as_secs_f64())),
    },
    Own {
        name: "last_run_timestamp_seconds",
        kind: MetricKind::Gauge,
        help: "When the last run started.",
        samples: |seen| one(seen.check_status.verdict.started.map(seconds)),
    },
    Own {
        name: "last_success_timestamp_seconds",
        kind: MetricKind::Gauge,
        help: "When the last run started that did not fail, whatever its status.",
        samples: |seen| one(seen.check_status.verdict.last_success.map(seconds)),
    },
    Own {
        name: "overdue_timestamp_seconds",
        kind: MetricKind::Gauge,
        help: "When the check becomes stale, unless it runs again before.",
        samples: |seen| one(seen.check_status.overdue.map(seconds)),
    },
    Own {
        name: "duration_seconds",
        kind: MetricKind::Gauge,
        help: "Duration of the last run; for the check roundsman, of the round.",
        samples: |seen| {
            let verdict = &seen.check_status.verdict;
            one(verdict.started.filter(|_| !seen.check_status.outcome_lost).map(|_| verdict.duration.as_secs_f64()))
        },
    },
    Own {
        name: "fuel_used",
        kind: MetricKind::Gauge,
        help: "Fuel used by the last run: its instructions, and the bytes that the host handled for it.",
        samples: |seen| one(seen.has_run().then_some(seen.check_status.verdict.usage.fuel as f64)),
    },
    Own {
        name: "memory_peak_bytes",
        kind: MetricKind::Gauge,
        help: "Peak memory of the component in the last run.",
        samples: |seen| one(seen.has_run().then_some(seen.check_status.verdict.usage.memory_peak as f64)),
    },
    Own {
        name: "runs_total",
        kind: MetricKind::Counter,
        help: "Runs by result: a status, or the kind of a failure.",
        samples: |seen| {
            let runs = seen.check_status.runs.iter();
            runs.map(|(result, count)| (Some(("result", result.clone())), *count as f64)).collect()
        },
    },
    Own {
        name: "skipped_runs_total",
        kind: MetricKind::Counter,
        help: "Times that a due check was skipped, as its last run still went on or the round had no time left.",
        samples: |seen| one(Some(seen.check_status.skipped as f64)),
    },
];

fn one(value: Option<f64>) -> Vec<Sample> {
    value.map(|value| (None, value)).into_iter().collect()
}

fn flag(is_set: bool) -> Vec<Sample> {
    one(Some(if is_set { 1.0 } else { 0.0 }))
}

pub(super) fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1_000.0
}

/// Collects the reported metrics by family. Old values are left out: with the time of the scrape they would pass for new
/// ones.
fn reported(all: &[Seen<'_>]) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for seen in all.iter().filter(|seen| !seen.is_stale() && !seen.is_paused()) {
        let Some(component) = &seen.check_status.verdict.component else { continue };
        // NaN is "no value".
        for metric in seen.check_status.verdict.metrics.iter().filter(|metric| !metric.value.is_nan()) {
            let own_help = seen.names.and_then(|names| names.help.get(&metric.name));
            let help = own_help.or_else(|| component.help.get(&metric.name)).map_or("", |help| help.as_str());
            // Where two versions of a component differ, the first check of it decides: one family has one text.
            let prefix = seen.names.and_then(|names| names.prefix.as_deref());
            let family = families
                .entry(family_name(&component.name, prefix, metric))
                .or_insert_with(|| Family::new(metric.kind, help_of(metric, help, &component.name)));
            let labels = metric.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            family.add(seen.name, labels, metric.value);
        }
    }
    families
}

/// Names a family: `roundsman_disk_used_percent`, `roundsman_network_received_bytes_total`, or with the prefix of the operator
/// `app_jobs`. A name that is of another program is none of these.
fn family_name(component: &str, prefix: Option<&str>, metric: &JudgedMetric) -> String {
    let total = if metric.kind == MetricKind::Counter { "_total" } else { "" };
    let name = format!("{}{total}", full_name(&metric.name, &metric.unit));
    let own = prefix.map(|prefix| plain(&format!("{prefix}{name}")));
    let own = own.filter(|own| !OF_OTHERS.iter().any(|taken| own.starts_with(taken)));
    own.unwrap_or_else(|| plain(&format!("roundsman_{component}_{name}")))
}

/// Returns the component's own words, and the unit where the name does not say it.
fn help_of(metric: &JudgedMetric, help: &str, component: &str) -> String {
    let help = match help.trim() {
        "" => format!("{} of the component {component}", metric.name),
        help => help.to_owned(),
    };
    match &metric.unit {
        Unit::Other(symbol) => format!("{help} ({symbol})"),
        _ => help,
    }
}

/// The series of one metric.
pub(super) struct Family {
    kind: MetricKind,
    help: String,
    lines: Vec<String>,
    series: BTreeSet<Vec<(String, String)>>,
}

impl Family {
    pub(super) fn new(kind: MetricKind, help: String) -> Self {
        Self { kind, help, lines: Vec::new(), series: BTreeSet::new() }
    }

    /// Adds a series, but for one that is there: a file with a series twice is refused as a whole.
    pub(super) fn add<'l>(&mut self, check: &str, labels: impl Iterator<Item = (&'l str, &'l str)>, value: f64) {
        let mut all = BTreeMap::from([(CHECK.to_owned(), escape::line(check))]);
        // To Prometheus an empty value is no label.
        for (name, value) in labels.filter(|(_, value)| !value.is_empty()) {
            all.entry(label_name(name)).or_insert_with(|| escape::line(value));
        }
        let all: Vec<(String, String)> = all.into_iter().collect();
        if self.series.contains(&all) {
            return;
        }
        let labels: Vec<String> = all.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
        self.lines.push(format!("{{{}}} {}", labels.join(","), number(value)));
        self.series.insert(all);
    }

    /// Writes the family, unless it has no series.
    pub(super) fn write(&self, name: &str, text: &mut String) {
        if self.lines.is_empty() {
            return;
        }
        let kind = match self.kind {
            MetricKind::Gauge => "gauge",
            MetricKind::Counter => "counter",
        };
        let help = escape::line(&self.help).replace('\\', "\\\\");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for line in &self.lines {
            let _ = writeln!(text, "{name}{line}");
        }
    }
}

/// Returns a name of letters, digits and `_`. The contract allows no other; what is stored may be older than its rules.
fn plain(name: &str) -> String {
    name.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).collect()
}

/// Returns a label's name: none that Prometheus or this format gives a meaning.
fn label_name(name: &str) -> String {
    let plain = plain(name);
    match plain.trim_start_matches('_') {
        CHECK => format!("exported_{CHECK}"),
        name if name.starts_with(|first: char| first.is_ascii_alphabetic()) => name.to_owned(),
        name => format!("_{name}"),
    }
}

/// Returns a label's value, which holds no control character by now, as it stands between quotes.
fn quoted(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

/// As Go's `ParseFloat` reads it.
fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
#[path = "prometheus_tests.rs"]
mod tests;
