//! A spool file of the Checkmk agent: a local check for each of ours. The agent prints the file as it is, as root: no text may
//! begin a line, or look like the head of a section.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::scene::{OutputKeys, OutputScene};
use crate::check_status::CheckStatus;
use crate::judge::naming::full_name;
use crate::judge::{JudgedMetric, MessageLines, State, Verdict};
use roundsman_contract::{Range, Status};
use roundsman_grants::escape;

/// Of the texts of a check, in bytes: they go through the agent every minute.
const TEXT: usize = 8 << 10;

/// Encodes all checks that have run; those that do not apply to this host have no service.
#[must_use]
pub fn encode(scene: &OutputScene<'_>, keys: &OutputKeys) -> String {
    let mut file = "<<<local:sep(0)>>>\n".to_owned();
    for (name, check_status) in scene.checks {
        let verdict = check_status.without_alert(scene.now.clone());
        if matches!(verdict.state, State::Pending | State::NotApplicable) {
            continue;
        }
        let service = quoted(&keys.service(name, &scene.host.name));
        let (state, metrics, text) = (state(verdict.status), metrics(&verdict), text(&verdict));
        // Writing to a String cannot fail.
        let _ = writeln!(file, "{}{state} \"{service}\" {metrics} {text}", cached(check_status, &verdict));
    }
    // The section ends here, whatever file the agent prints next.
    file + "<<<>>>\n"
}

/// Tells when the value was taken, and how long it holds: afterwards Checkmk itself calls the service stale. What is stale
/// already is said as of now.
fn cached(check_status: &CheckStatus, verdict: &Verdict) -> String {
    let (Some(started), Some(overdue)) = (verdict.started, check_status.overdue) else { return String::new() };
    if verdict.state == State::Stale || verdict.state == State::Paused {
        return String::new();
    }
    let age = overdue.duration_since(started).as_secs().max(1);
    format!("cached({},{age}) ", started.as_second())
}

/// Returns Checkmk's number of a status. What is paused has none, and alerts nobody.
fn state(status: Option<Status>) -> u8 {
    status.map_or(0, Status::number)
}

/// Returns the first line, and the further ones behind the two characters that stand for a new line.
fn text(verdict: &Verdict) -> String {
    let lines = MessageLines::of(verdict);
    // What is paused says so by its word; Checkmk writes the others itself.
    let first = if verdict.status.is_none() { lines.first() } else { lines.facts.clone() };
    let all: Vec<String> = std::iter::once(&first).chain(&lines.further).map(|line| harmless(line)).collect();
    escape::clip(&all.join("\\n"), TEXT)
}

/// A text in which no line and no section begins.
fn harmless(text: &str) -> String {
    let mut line = escape::line(text);
    while line.contains("<<<") {
        line = line.replace("<<<", "<< <");
    }
    line
}

/// Returns a name between quotes, which cannot hold one.
fn quoted(name: &str) -> String {
    harmless(name).replace('"', "'")
}

/// Returns `used_percent_data=97.2;80;90;0;100|…`, or `-` where there are none.
fn metrics(verdict: &Verdict) -> String {
    let mut seen = BTreeSet::new();
    let items = verdict.metrics.iter().filter(|metric| metric.value.is_finite()).filter_map(|metric| {
        let name = name(metric);
        seen.insert(name.clone()).then(|| format!("{name}={}", values(metric)))
    });
    let items: Vec<String> = items.collect();
    if items.is_empty() { "-".to_owned() } else { items.join("|") }
}

/// Returns the metric with the values of its labels, in letters, digits and `_`: Checkmk refuses a line with others.
fn name(metric: &JudgedMetric) -> String {
    let labels = metric.labels.iter().map(|(_, value)| value.as_str());
    let name =
        std::iter::once(full_name(&metric.name, &metric.unit).as_str()).chain(labels).collect::<Vec<_>>().join("_");
    name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '_' }).collect()
}

fn values(metric: &JudgedMetric) -> String {
    let bound = |bound: Option<f64>| bound.filter(|bound| bound.is_finite()).map(|bound| bound.to_string());
    let (warning, critical) = (levels(metric.warning), levels(metric.critical));
    let values = [Some(metric.value.to_string()), warning, critical, bound(metric.min), bound(metric.max)];
    values.map(Option::unwrap_or_default).join(";").trim_end_matches(';').to_owned()
}

/// Returns `90`, or `10:90`: a range as Checkmk writes it, if it is one of those.
fn levels(range: Option<Range>) -> Option<String> {
    let range = range.filter(|range| !range.inside && range.high.is_finite())?;
    let upper = range.high.to_string();
    Some(if range.low.is_finite() && range.low != 0.0 { format!("{}:{upper}", range.low) } else { upper })
}

#[cfg(test)]
#[path = "checkmk_tests.rs"]
mod tests;
