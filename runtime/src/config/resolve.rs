//! One check as written, to one that can run: defaults applied, rules across fields judged.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use super::fields::{Problems, literal_path, noted, plain, status, word};
use super::file::{CheckTable, DefaultsTable, SeverityTable, Text};
use super::grant::grants;
use super::limits::{limits, within_deadline};
use super::schedule::{self, DefaultSchedule, Rules, Written};
use super::settings::Settings;
use super::spans::{Problem, line_of};
use super::thresholds::thresholds;
use super::{Check, ComponentPath, Limits, Origin, Severity, name};
use crate::contract::Status;

/// A file that is being resolved.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub file: &'a Path,
    pub text: &'a str,
}

impl Source<'_> {
    pub fn origin(&self, span: &Range<usize>) -> Origin {
        Origin { file: self.file.to_owned(), line: line_of(self.text, span.start) }
    }

    /// Where relative paths of this file start.
    pub fn directory(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }
}

/// What `[defaults]` and `[limits]` say of every check.
#[derive(Debug)]
pub struct CheckDefaults {
    schedule: DefaultSchedule,
    enabled: bool,
    only_if: Vec<String>,
    sha256: Option<String>,
    on_failure: Status,
    severity: BTreeMap<Severity, Status>,
    limits: Limits,
}

pub fn check_defaults(
    table: &DefaultsTable,
    base: &Limits,
    deadline: Option<Duration>,
    rules: &Rules<'_>,
    problems: &mut Problems,
) -> CheckDefaults {
    let written = Written { every: table.every.as_ref(), cron: table.cron.as_ref(), timezone: table.timezone.as_ref() };
    if let Some(timeout) = &table.limits.timeout {
        within_deadline(timeout, deadline, problems);
    }
    CheckDefaults {
        schedule: schedule::defaults(&written, rules, problems),
        enabled: table.enabled.unwrap_or(true),
        only_if: table.only_if.iter().flatten().filter_map(|path| literal_path(path, problems)).collect(),
        sha256: table.sha256.as_ref().and_then(|pin| sha256(pin, problems)),
        on_failure: table.on_failure.as_ref().and_then(|s| on_failure(s, problems)).unwrap_or(Status::Unknown),
        severity: table.severity.as_ref().map(|table| severity(table, problems)).unwrap_or_default(),
        limits: limits(&table.limits, base, problems),
    }
}

/// Resolves one check. With a problem noted, what it returns is to be thrown away.
pub fn check(
    name: &Text,
    table: CheckTable,
    source: &Source<'_>,
    settings: &Settings,
    knows_zone: &dyn Fn(&str) -> bool,
    problems: &mut Problems,
) -> Option<Check> {
    judge_name(name, problems);
    let defaults = &settings.defaults;
    let written = Written { every: table.every.as_ref(), cron: table.cron.as_ref(), timezone: table.timezone.as_ref() };
    let rules = Rules { tick: settings.run.tick, knows_zone };
    let schedule = schedule::of_check(&written, name.span(), &defaults.schedule, &rules, problems);
    let component = component(name, table.wasm.as_ref(), source, problems);
    if let Some(timeout) = &table.limits.timeout {
        within_deadline(timeout, settings.run.deadline, problems);
    }
    let only_if = table.only_if.map(|list| list.iter().filter_map(|path| literal_path(path, problems)).collect());
    let check = Check {
        name: name.get_ref().clone(),
        origin: source.origin(&name.span()),
        enabled: table.enabled.unwrap_or(defaults.enabled),
        retry: super::Retry::default(),
        group: None,
        only_if: only_if.unwrap_or_else(|| defaults.only_if.clone()),
        sha256: table.sha256.and_then(|pin| sha256(&pin, problems)).or_else(|| defaults.sha256.clone()),
        on_failure: table.on_failure.and_then(|s| on_failure(&s, problems)).unwrap_or(defaults.on_failure),
        severity: table.severity.map_or_else(|| defaults.severity.clone(), |table| severity(&table, problems)),
        options: table.config.0,
        thresholds: thresholds(&table.thresholds, source, problems),
        limits: limits(&table.limits, &defaults.limits, problems),
        grants: grants(&table.grant, problems),
        // Last, so that the faults of the other keys are noted too.
        component: component?,
        schedule: schedule?,
    };
    Some(check)
}

fn judge_name(name: &Text, problems: &mut Problems) {
    let text = name.get_ref();
    if !name::is_valid(text) {
        problems.push(Problem::new(name.span(), format!("`{text}` is no name for a check")).with_help(name::RULE));
    } else if text == name::RESERVED {
        let reason = format!("`{text}` is reserved: under this name the runtime reports itself");
        problems.push(Problem::new(name.span(), reason).with_help("give this check another name"));
    }
}

fn component(name: &Text, wasm: Option<&Text>, source: &Source<'_>, problems: &mut Problems) -> Option<ComponentPath> {
    let Some(wasm) = wasm else {
        let help = format!("wasm = \"{}.wasm\"", name.get_ref());
        problems.push(Problem::new(name.span(), "this check has no component").with_help(help));
        return None;
    };
    let text = plain(wasm, problems)?;
    if text == "." || text == ".." || text.ends_with('/') {
        problems.push(Problem::new(wasm.span(), format!("`{text}` is a directory, not a component")));
        return None;
    }
    Some(if text.contains('/') { ComponentPath::At(source.directory().join(text)) } else { ComponentPath::Named(text) })
}

fn sha256(pin: &Text, problems: &mut Problems) -> Option<String> {
    const DIGITS: usize = 64;
    let text = pin.get_ref();
    let judged = if text.len() == DIGITS && text.chars().all(|c| c.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        let reason = format!("`{text}` is no SHA-256: that is {DIGITS} hexadecimal digits");
        Err(Problem::new(pin.span(), reason).with_help("what `sha256sum FILE.wasm` prints first"))
    };
    noted(judged, problems)
}

fn on_failure(written: &Text, problems: &mut Problems) -> Option<Status> {
    if written.get_ref() == "ok" {
        let reason = "a failure is never OK: nobody would see that nothing is watched";
        problems.push(Problem::new(written.span(), reason).with_help("one of \"unknown\", \"warning\", \"critical\""));
        return None;
    }
    let words = [("unknown", Status::Unknown), ("warning", Status::Warning), ("critical", Status::Critical)];
    word(written, &words, problems)
}

/// A cap may keep a status or lower it, in the order in which statuses are merged.
fn severity(table: &SeverityTable, problems: &mut Problems) -> BTreeMap<Severity, Status> {
    let rows = [
        (Severity::Warning, "warning", &table.warning, &[Status::Critical][..]),
        (Severity::Critical, "critical", &table.critical, &[]),
        (Severity::Unknown, "unknown", &table.unknown, &[Status::Warning, Status::Critical]),
    ];
    let mut caps = BTreeMap::new();
    for (severity, key, written, above) in rows {
        let Some(written) = written else { continue };
        let Some(cap) = status(written, problems) else { continue };
        if above.contains(&cap) {
            let reason = format!("`{}` is above {key}, and `severity` only caps", written.get_ref());
            let help = "OK < UNKNOWN < WARNING < CRITICAL; to raise, set a threshold, or `on_failure` for failures";
            problems.push(Problem::new(written.span(), reason).with_help(help));
        }
        caps.insert(severity, cap);
    }
    caps
}
