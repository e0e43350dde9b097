//! A family of series, as the format writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use roundsman_contract::MetricKind;
use roundsman_grants::escape;

/// The label that every series carries.
const CHECK: &str = "check";

/// The series of one metric.
pub(in crate::outputs) struct Family {
    kind: MetricKind,
    help: String,
    lines: Vec<String>,
    series: BTreeSet<Vec<(String, String)>>,
}

impl Family {
    pub(in crate::outputs) fn new(kind: MetricKind, help: String) -> Self {
        Self { kind, help, lines: Vec::new(), series: BTreeSet::new() }
    }

    /// Adds a series, but for one that is there: a file with a series twice is refused as a whole.
    pub(in crate::outputs) fn add<'l>(
        &mut self,
        check: &str,
        labels: impl Iterator<Item = (&'l str, &'l str)>,
        value: f64,
    ) {
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
    pub(in crate::outputs) fn write(&self, name: &str, text: &mut String) {
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

/// Returns a name of letters, digits and `_`. The contract allows no other; what is stored may be older than its rules.
pub(super) fn plain(name: &str) -> String {
    name.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).collect()
}
