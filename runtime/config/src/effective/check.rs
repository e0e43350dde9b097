//! The keys of one check.

use super::grant;
use super::page::{Page, PageRow, row, row_below};
use super::values::{list, option, path, time};
use crate::fields::status_word;
use crate::{Check, ComponentPath, Hold, Schedule, Severity};
use roundsman_contract::range::RangeSpec;
use roundsman_grants::denial::{toml_key, toml_text};
use roundsman_verdict::judge::thresholds::ThresholdEntry;

pub fn write(page: &mut Page<'_>, check: &Check) {
    let table = ["check", check.name.as_str()];
    page.header("[", &table, "]");
    page.rows(&table, keys(check));
    let mut options = Vec::new();
    option_rows(&check.options, &mut Vec::new(), &mut options);
    page.table(&[&table[..], &["config"]].concat(), options);
    thresholds(page, &[&table[..], &["thresholds"]].concat(), check);
    page.table(&[&table[..], &["limits"]].concat(), super::limits(&check.limits));
    grant::write(page, &[&table[..], &["grant"]].concat(), &check.grants);
}

fn thresholds(page: &mut Page<'_>, table: &[&str], check: &Check) {
    if check.thresholds.is_empty() {
        return;
    }
    page.header("[", table, "]");
    for (metric, entries) in &check.thresholds {
        page.line(&format!("{} = [", toml_key(metric)));
        let lines: Vec<_> = entries.iter().map(|one| (format!("  {},", entry(one)), Some(&one.origin))).collect();
        page.placed(&lines);
        page.line("]");
    }
}

/// Returns a check's keys but its tables.
fn keys(check: &Check) -> Vec<PageRow> {
    let component = match &check.component {
        ComponentPath::Named(name) => toml_text(name),
        ComponentPath::At(at) => path(at),
    };
    let mut rows = vec![row("wasm", component)];
    match &check.schedule {
        Schedule::Every(interval) => rows.push(row("every", time(*interval))),
        Schedule::Cron { expression, timezone } => {
            rows.extend([row("cron", toml_text(expression)), row("timezone", toml_text(timezone))]);
        }
    }
    rows.push(row_below("retry", "attempts", check.retry.attempts.to_string()));
    rows.extend(check.retry.every.map(|every| row_below("retry", "every", time(every))));
    rows.extend(check.hold.map(|hold| {
        row(
            "hold",
            match hold {
                Hold::For(length) => time(length),
                Hold::Cleared => toml_text("cleared"),
            },
        )
    }));
    rows.extend(check.group.as_deref().map(|group| row("group", toml_text(group))));
    rows.push(row("enabled", check.enabled.to_string()));
    rows.push(row("only_if", list(check.only_if.iter().map(|path| toml_text(path)))));
    rows.extend(check.sha256.as_deref().map(|pin| row("sha256", toml_text(pin))));
    rows.push(row("on_failure", toml_text(status_word(check.on_failure))));
    rows.extend(check.severity.iter().map(|(severity, cap)| {
        let key = match severity {
            Severity::Warning => "warning",
            Severity::Critical => "critical",
            Severity::Unknown => "unknown",
        };
        row_below("severity", key, toml_text(status_word(*cap)))
    }));
    rows.extend(check.labels.iter().map(|(name, value)| row_below("labels", name, toml_text(value))));
    rows.extend(check.series.prefix.as_deref().map(|prefix| row("series_prefix", toml_text(prefix))));
    rows.extend(check.series.help.iter().map(|(name, text)| row_below("help", name, toml_text(text))));
    rows
}

/// Returns one entry of the thresholds of a metric, as an inline table.
fn entry(entry: &ThresholdEntry) -> String {
    let range = |spec: &RangeSpec| {
        let text = spec.to_string();
        // A plain number where TOML has it as one.
        let is_number = text.len() < 16 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { text } else { toml_text(&text) }
    };
    let selector: Vec<String> = entry
        .selector
        .iter()
        .map(|(label, glob)| format!("{} = {}", toml_key(label), toml_text(glob.as_str())))
        .collect();
    let keys = [
        (!selector.is_empty()).then(|| format!("where = {{ {} }}", selector.join(", "))),
        entry.warning.as_ref().map(|spec| format!("warning = {}", range(spec))),
        entry.critical.as_ref().map(|spec| format!("critical = {}", range(spec))),
        entry.absent.map(|status| format!("absent = {}", toml_text(status_word(status)))),
    ];
    let keys: Vec<String> = keys.into_iter().flatten().collect();
    if keys.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", keys.join(", ")) }
}

/// Options, each with the path of its key, so that one that another file changed has its own place.
fn option_rows(options: &serde_json::Map<String, serde_json::Value>, path: &mut Vec<String>, rows: &mut Vec<PageRow>) {
    for (key, value) in options {
        path.push(key.clone());
        match value {
            serde_json::Value::Object(inner) if !inner.is_empty() => option_rows(inner, path, rows),
            value => rows.push(PageRow { key: path.clone(), value: option(value) }),
        }
        path.pop();
    }
}
