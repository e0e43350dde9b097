//! The text format of Prometheus, for the textfile collector of node_exporter: the status of each check, and the values of
//! those that are up to date. Series have no timestamps, as the collector drops files that have.

mod family;
mod own;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::receiver_series;
use super::scene::{OF_OTHERS, OutputKeys, OutputScene, Series, SeriesNames};
use crate::check_status::{CheckStatus, RESERVED};
use crate::judge::naming::full_name;
use crate::judge::{JudgedMetric, State};
use family::plain;
use own::{OWN, Own, Seen};
use roundsman_contract::{MetricKind, Unit};

pub(super) use family::Family;

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

#[cfg(test)]
mod tests;
