//! The format of monitoring plugins: a first line, performance data behind its `|`, further lines.
//! Readers differ, so this is what all of them read alike: one `|` at most, base units, plain numbers, short ranges.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::judge::{JudgedMetric, Verdict};
use crate::judge::{MessageLines, message_lines::label_values};
use roundsman_contract::quantity::number;
use roundsman_contract::{MetricKind, Range, Unit};
use roundsman_grants::escape;

/// Bytes that Nagios core reads of a plugin (`MAX_PLUGIN_OUTPUT_LENGTH`).
pub const DEFAULT_MAX_OUTPUT: usize = 8_192;

/// Encodes one verdict in at most `max_output` bytes, the newline at the end included. What does not fit is dropped
/// from the end in whole items, and its number said: the first line, then performance data, breached first, then
/// further lines.
#[must_use]
pub fn encode(verdict: &Verdict, max_output: usize) -> String {
    let lines = MessageLines::of(verdict);
    let first = cut(safe(&lines.first()), max_output.saturating_sub(1));
    let items = items(&verdict.metrics);
    let further: Vec<String> = lines.further.iter().map(|line| safe(line)).collect();
    let whole = join(&first, &items, &further);
    if whole.len() <= max_output {
        return whole;
    }
    let longest_note = dropped_note(items.len(), further.len(), max_output);
    let room = max_output.saturating_sub(first.len() + 1 + longest_note.len() + 1);
    // Behind the first line comes ` | `, behind an item one blank.
    let (kept_items, left) = fitting(&items, room.saturating_sub(2));
    let kept_further = if kept_items < items.len() { 0 } else { fitting(&further, left).0 };
    let mut kept = further[..kept_further].to_vec();
    kept.push(dropped_note(items.len() - kept_items, further.len() - kept_further, max_output));
    let with_note = join(&first, &items[..kept_items], &kept);
    if with_note.len() <= max_output { with_note } else { join(&first, &[], &[]) }
}

/// Encodes the same in parts, for who wants performance data apart: the lines, in at most `max_output` bytes, and the items.
#[must_use]
pub fn parts(verdict: &Verdict, max_output: usize) -> (String, Vec<String>) {
    let lines = MessageLines::of(verdict);
    let further = lines.further.iter().map(|line| safe(line));
    let text: Vec<String> = std::iter::once(safe(&lines.first())).chain(further).collect();
    (cut(text.join("\n"), max_output), items(&verdict.metrics))
}

fn dropped_note(items: usize, lines: usize, max_output: usize) -> String {
    format!("(left out above {max_output} bytes: metrics: {items}, lines: {lines})")
}

/// Tells how many fit, each with one byte between, and what room is left.
fn fitting(items: &[String], mut room: usize) -> (usize, usize) {
    for (count, item) in items.iter().enumerate() {
        match room.checked_sub(item.len() + 1) {
            Some(left) => room = left,
            None => return (count, room),
        }
    }
    (items.len(), room)
}

fn join(first: &str, items: &[String], further: &[String]) -> String {
    let mut text = first.to_owned();
    if !items.is_empty() {
        text.push_str(" | ");
        text.push_str(&items.join(" "));
    }
    for line in further {
        text.push('\n');
        text.push_str(line);
    }
    text.push('\n');
    text
}

/// Returns a line without control characters and without `|`, which would begin performance data.
fn safe(line: &str) -> String {
    escape::line(line).replace('|', "¦")
}

fn cut(line: String, bytes: usize) -> String {
    const MARK: &str = "…";
    if line.len() <= bytes {
        return line;
    }
    let end = (0..=bytes.saturating_sub(MARK.len())).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
    if bytes < MARK.len() { String::new() } else { format!("{}{MARK}", &line[..end]) }
}

/// Returns performance data, the breached series first, each behind a label that no other has. A value that is not finite has
/// no spelling that every reader takes, so its series is left out. Of a plugin it is what the plugin printed.
fn items(metrics: &[JudgedMetric]) -> Vec<String> {
    let mut finite: Vec<&JudgedMetric> = metrics.iter().filter(|metric| metric.value.is_finite()).collect();
    if finite.iter().any(|metric| metric.printed.item.is_some()) {
        return as_printed(&finite);
    }
    let breached = |metric: &&JudgedMetric| {
        let alerts = |range: &Option<Range>| range.is_some_and(|range| range.alerts(metric.value));
        (!alerts(&metric.critical), !alerts(&metric.warning))
    };
    finite.sort_by_key(breached);
    let labels = labels(&finite);
    finite.iter().zip(&labels).map(|(metric, label)| item(label, metric)).collect()
}

/// Returns the items of a plugin in its own order, and nothing else: readers that know series by their place or number lose
/// none.
fn as_printed(metrics: &[&JudgedMetric]) -> Vec<String> {
    let is_plugins = |metric: &&JudgedMetric| metric.labels.iter().any(|(name, _)| name == "label");
    let of_plugin: Vec<&JudgedMetric> = metrics.iter().copied().filter(is_plugins).collect();
    let labels = labels(&of_plugin);
    let printed = of_plugin.iter().zip(&labels);
    printed.map(|(metric, label)| metric.printed.item.clone().unwrap_or_else(|| item(label, metric))).collect()
}

/// Returns `label=value[UOM];[warn];[crit];[min];[max]`, without the semicolons at the end.
fn item(label: &str, metric: &JudgedMetric) -> String {
    let range = |range: &Option<Range>| range.map_or(String::new(), |range| range.to_string());
    let bound = |bound: Option<f64>| bound.filter(|bound| bound.is_finite()).map_or(String::new(), number);
    let value = format!("{label}={}{}", number(short(metric)), unit_of_measurement(metric));
    let all = [value, range(&metric.warning), range(&metric.critical), bound(metric.min), bound(metric.max)].join(";");
    all.trim_end_matches(';').to_owned()
}

/// Returns the value with no more digits than a person reads and a graph shows, unless these would lie on the other side of a
/// level.
fn short(metric: &JudgedMetric) -> f64 {
    /// Of a value that is no whole number: a part in a million.
    const DIGITS: usize = 7;
    let value = metric.value;
    if value.fract() == 0.0 {
        return value;
    }
    let rounded = format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value);
    let sides =
        |value: f64| [metric.warning, metric.critical].map(|range| range.is_some_and(|range| range.alerts(value)));
    if sides(rounded) == sides(value) { rounded } else { value }
}

/// Base units only: what more there is, readers scale differently. A counter says so, whatever it counts.
fn unit_of_measurement(metric: &JudgedMetric) -> &'static str {
    match (metric.kind, &metric.unit) {
        (MetricKind::Counter, _) => "c",
        (MetricKind::Gauge, Unit::Bytes) => "B",
        (MetricKind::Gauge, Unit::Seconds) => "s",
        (MetricKind::Gauge, Unit::Percent) => "%",
        (MetricKind::Gauge, Unit::Number | Unit::Celsius | Unit::Other(_)) => "",
    }
}

/// Returns a label for each series, that no other has. It is made of the series alone, so that a graph goes on whatever the
/// others do: `/data:used_percent`, and with a mark of its own where that could be said of another series too.
fn labels(metrics: &[&JudgedMetric]) -> Vec<String> {
    let plain: Vec<String> = metrics.iter().map(|metric| plain(metric)).collect();
    let mut count: HashMap<&str, u32> = HashMap::new();
    plain.iter().for_each(|label| *count.entry(label).or_default() += 1);
    let mut taken = Labels::default();
    let labels = metrics.iter().zip(&plain).map(|(metric, label)| {
        // Series with the same values of different label names cannot be told apart by either of them alone.
        let is_shared = || !is_marked(metric) && count[label.as_str()] > 1;
        let label = if is_shared() { format!("{label}_{}", mark(metric)) } else { label.clone() };
        taken.unused(label)
    });
    labels.collect()
}

/// Returns `/data:used_percent`: no character that a reader would quote, split at, or strip.
fn plain(metric: &JudgedMetric) -> String {
    let said = said(metric);
    let clean: String = said.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    if is_marked(metric) { format!("{clean}_{}", mark(metric)) } else { clean }
}

fn said(metric: &JudgedMetric) -> String {
    match label_values(&metric.labels) {
        values if values.is_empty() => metric.name.clone(),
        values => format!("{values}:{}", metric.name),
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_.,/:-".contains(character)
}

/// Tells whether another series could get the same label: one of its values is empty, holds a comma (the separator), or has a
/// character that is replaced.
fn is_marked(metric: &JudgedMetric) -> bool {
    metric.labels.iter().any(|(_, value)| value.is_empty() || value.contains(',') || !value.chars().all(is_plain))
}

/// Six bytes of the checksum of the series, as hexadecimal digits.
fn mark(metric: &JudgedMetric) -> String {
    let mut labels: Vec<&(String, String)> = metric.labels.iter().collect();
    labels.sort_unstable();
    let mut sum = Sha256::new();
    let texts = labels.into_iter().flat_map(|(name, value)| [name, value]);
    for text in std::iter::once(&metric.name).chain(texts) {
        sum.update(text.len().to_le_bytes());
        sum.update(text);
    }
    sum.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The labels given so far. The same one twice is met only where two checksums are the same.
#[derive(Default)]
struct Labels {
    taken: HashSet<String>,
    /// The last number put behind a label, so that a thousand alike are numbered in one pass.
    last: HashMap<String, u32>,
}

impl Labels {
    /// Returns the label, or it with `_2`, `_3` and so on where it was met before.
    fn unused(&mut self, label: String) -> String {
        let last = self.last.entry(label.clone()).or_insert(0);
        loop {
            *last += 1;
            let candidate = if *last == 1 { label.clone() } else { format!("{label}_{last}") };
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}

#[cfg(test)]
#[path = "nagios_tests.rs"]
mod tests;
