//! One check as written, to one that can run: defaults applied, rules across fields judged.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::fields::{Problems, literal_path, noted, plain, status, word};
use super::file::{CheckTable, OverrideTable, RetryTable, SeverityTable, Shared, Text};
use super::grant::grants;
use super::host::labels;
use super::limits::{limits, within_deadline};
use super::schedule;
use super::series::series;
use super::spans::{FileProblem, LineIndex};
use super::thresholds::thresholds;
use super::{Check, ComponentPath, Hold, Limits, Origin, Retry, SLOW, Severity, name};
use roundsman_contract::Status;
use roundsman_contract::quantity::parse_duration;
use roundsman_grants::Grants;
use roundsman_grants::denial::toml_key;
use roundsman_grants::nearest::nearest;
use roundsman_verdict::judge::thresholds::{Thresholds, tried_first};
use roundsman_verdict::outputs::scene::SeriesNames;

/// Runs until a state is believed: of a check a minute, more than half a day.
const MOST_ATTEMPTS: u32 = 1_000;

/// A file that is being resolved.
#[derive(Debug, Clone)]
pub struct ResolvedFile<'a> {
    pub file: &'a Path,
    pub lines: LineIndex,
}

impl<'a> ResolvedFile<'a> {
    pub(crate) fn new(file: &'a Path, text: &str) -> Self {
        Self { file, lines: LineIndex::of(text) }
    }

    pub(crate) fn origin(&self, span: &Range<usize>) -> Origin {
        Origin { file: self.file.to_owned(), line: self.lines.line(span.start) }
    }

    /// Returns the directory that relative paths of this file start from.
    pub fn directory(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }
}

/// Settings of the main file that single keys are judged against.
pub struct KeyRules<'a> {
    /// Between two starts by cron.
    pub tick: Duration,
    /// Of a round, where one is written.
    pub deadline: Option<Duration>,
    pub groups: &'a BTreeMap<String, usize>,
    /// The time zones of the host.
    pub knows_zone: &'a dyn Fn(&str) -> bool,
}

/// Keys of a check so far, each table laid over those before: `[limits]`, `[defaults]`, its own, its overrides.
#[derive(Debug, Clone)]
pub struct LayeredCheck {
    schedule: schedule::LayeredSchedule,
    retry: Retry,
    hold: Option<Hold>,
    group: Option<String>,
    enabled: bool,
    only_if: Vec<String>,
    sha256: Option<String>,
    on_failure: Status,
    severity: BTreeMap<Severity, Status>,
    labels: BTreeMap<String, String>,
    limits: Rc<Limits>,
}

impl LayeredCheck {
    /// Returns what holds where no table says more.
    pub(crate) fn standard(limits: Rc<Limits>) -> Self {
        Self {
            schedule: schedule::LayeredSchedule::default(),
            retry: Retry::default(),
            hold: None,
            group: None,
            enabled: true,
            only_if: Vec::new(),
            sha256: None,
            on_failure: Status::Unknown,
            severity: BTreeMap::new(),
            labels: BTreeMap::new(),
            limits,
        }
    }

    /// The same with what one more table says: tables within it are merged key by key, all else is replaced.
    #[must_use]
    pub fn with(&self, table: &Shared<'_>, rules: &KeyRules<'_>, problems: &mut Problems) -> Self {
        if let Some(timeout) = &table.limits.timeout {
            within_deadline(timeout, rules.deadline, problems);
        }
        let below = self.clone();
        let only_if = table.only_if.map(|list| list.iter().filter_map(|path| literal_path(path, problems)).collect());
        let mut caps = below.severity;
        caps.extend(severity(table.severity, problems));
        let mut named = below.labels;
        named.extend(labels(table.labels, problems));
        Self {
            schedule: schedule::layered(table, &below.schedule, rules, problems),
            retry: retry(table.retry, below.retry, rules.tick, problems),
            hold: table.hold.map_or(below.hold, |written| hold(written, problems)),
            group: table.group.and_then(|name| group(name, rules.groups, problems)).or(below.group),
            enabled: table.enabled.unwrap_or(below.enabled),
            only_if: only_if.unwrap_or(below.only_if),
            sha256: table.sha256.and_then(|pin| sha256(pin, problems)).or(below.sha256),
            on_failure: table.on_failure.and_then(|s| on_failure(s, problems)).unwrap_or(below.on_failure),
            severity: caps,
            labels: named,
            limits: limits(table.limits, &below.limits, problems),
        }
    }
}

/// A check that overrides may still change.
#[derive(Debug)]
pub struct Draft {
    /// Where its name stands in its file.
    pub span: Range<usize>,
    pub name: String,
    pub origin: Origin,
    changed_by: Vec<PathBuf>,
    component: ComponentPath,
    layered: LayeredCheck,
    options: serde_json::Map<String, serde_json::Value>,
    series: SeriesNames,
    thresholds: Thresholds,
    grants: Grants,
}

impl Draft {
    /// A check as its own table has it. With a problem noted, what this returns is to be thrown away.
    pub fn of(
        name: &Text,
        table: CheckTable,
        source: &ResolvedFile<'_>,
        defaults: &LayeredCheck,
        rules: &KeyRules<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        judge_name(name, problems);
        let layered = defaults.with(&table.shared(), rules, problems);
        schedule::judge_zone(&table.shared(), &layered.schedule, problems);
        schedule::judge_needed(&layered.schedule, name.span(), problems);
        let component = match &table.wasm {
            Some(wasm) => component(wasm, source, problems),
            None => {
                let help = format!("wasm = \"{}.wasm\"", name.get_ref());
                problems.push(FileProblem::new(name.span(), "this check has no component").with_help(help));
                None
            }
        };
        Some(Self {
            span: name.span(),
            name: name.get_ref().clone(),
            origin: source.origin(&name.span()),
            changed_by: Vec::new(),
            layered,
            series: series(table.series_prefix.as_ref(), &table.help, SeriesNames::default(), problems),
            options: table.config.0,
            thresholds: thresholds(&table.thresholds, source, problems),
            grants: grants(&table.grant, problems),
            // Last, so that the faults of the other keys are noted too.
            component: component?,
        })
    }

    /// The check with what another file says of it. With a problem noted, it is to be thrown away.
    pub fn change(
        &mut self,
        table: &OverrideTable,
        source: &ResolvedFile<'_>,
        rules: &KeyRules<'_>,
        problems: &mut Problems,
    ) {
        self.layered = self.layered.with(&table.shared(), rules, problems);
        schedule::judge_zone(&table.shared(), &self.layered.schedule, problems);
        if let Some(component) = table.wasm.as_ref().and_then(|wasm| component(wasm, source, problems)) {
            self.component = component;
        }
        self.changed_by.push(source.file.to_owned());
        let below = std::mem::take(&mut self.series);
        self.series = series(table.series_prefix.as_ref(), &table.help, below, problems);
        merge_options(&mut self.options, &table.config.0);
        let below = std::mem::take(&mut self.thresholds);
        self.thresholds = tried_first(thresholds(&table.thresholds, source, problems), below);
    }

    /// Returns the files whose content its programs get.
    pub fn secrets(&self) -> impl Iterator<Item = &Path> {
        self.grants.secrets()
    }

    /// Returns the check itself; `None` where it has no schedule, which was noted.
    pub(crate) fn resolve(self, rules: &KeyRules<'_>) -> Option<Check> {
        let LayeredCheck {
            schedule,
            retry,
            hold,
            group,
            enabled,
            only_if,
            sha256,
            on_failure,
            severity,
            labels,
            limits,
        } = self.layered;
        Some(Check {
            name: self.name,
            origin: self.origin,
            changed_by: self.changed_by,
            component: self.component,
            schedule: schedule.schedule?,
            retry,
            hold,
            group: group.or_else(|| (limits.timeout > rules.tick).then(|| SLOW.to_owned())),
            enabled,
            only_if,
            sha256,
            on_failure,
            severity,
            labels,
            series: self.series,
            options: self.options,
            thresholds: self.thresholds,
            limits,
            grants: Rc::new(self.grants),
        })
    }
}

/// Judges an override without the check that it is of, which may stand in a file that does not hold.
pub(crate) fn judge_override(
    name: &Text,
    table: &OverrideTable,
    source: &ResolvedFile<'_>,
    rules: &KeyRules<'_>,
    problems: &mut Problems,
) {
    judge_name(name, problems);
    let mut any = Draft {
        span: name.span(),
        name: name.get_ref().clone(),
        origin: source.origin(&name.span()),
        changed_by: Vec::new(),
        component: ComponentPath::Named(String::new()),
        layered: LayeredCheck::standard(Rc::default()),
        series: SeriesNames::default(),
        options: serde_json::Map::new(),
        thresholds: Thresholds::new(),
        grants: Grants::default(),
    };
    any.change(table, source, rules, problems);
}

/// Tables of options are merged key by key, all else is replaced.
fn merge_options(
    below: &mut serde_json::Map<String, serde_json::Value>,
    above: &serde_json::Map<String, serde_json::Value>,
) {
    use serde_json::Value::Object;
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(Object(below)), Object(above)) => merge_options(below, above),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

fn judge_name(name: &Text, problems: &mut Problems) {
    let text = name.get_ref();
    if !name::is_valid(text) {
        problems.push(FileProblem::new(name.span(), format!("`{text}` is no name for a check")).with_help(name::RULE));
    } else if text == super::RESERVED {
        let reason = format!("`{text}` is reserved: under this name the runtime reports itself");
        problems.push(FileProblem::new(name.span(), reason).with_help("give this check another name"));
    }
}

fn component(wasm: &Text, source: &ResolvedFile<'_>, problems: &mut Problems) -> Option<ComponentPath> {
    let text = plain(wasm, problems)?;
    if text == "." || text == ".." || text.ends_with('/') {
        problems.push(FileProblem::new(wasm.span(), format!("`{text}` is a directory, not a component")));
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
        Err(FileProblem::new(pin.span(), reason).with_help("what `sha256sum FILE.wasm` prints first"))
    };
    noted(judged, problems)
}

fn retry(table: &RetryTable, below: Retry, tick: Duration, problems: &mut Problems) -> Retry {
    let attempts = table.attempts.as_ref().and_then(|written| {
        let number = u32::try_from(written.get_ref().0).ok().filter(|number| (1..=MOST_ATTEMPTS).contains(number));
        let reason = || format!("{} is not between 1 and {MOST_ATTEMPTS}", written.get_ref().0);
        let help = "how many runs in a row make an alert, the first included: 1 is at once";
        noted(number.ok_or_else(|| FileProblem::new(written.span(), reason()).with_help(help)), problems)
    });
    let every = table.every.as_ref().and_then(|written| schedule::interval(written, tick, problems));
    Retry { attempts: attempts.unwrap_or(below.attempts), every: every.or(below.every) }
}

/// Reads `hold`; `None` where a table takes back what one below it says.
fn hold(written: &Text, problems: &mut Problems) -> Option<Hold> {
    let text = written.get_ref();
    let help = "a time, such as \"1h\", \"cleared\" for until `roundsman clear`, or \"none\"";
    let judged = match text.as_str() {
        "cleared" => return Some(Hold::Cleared),
        "none" => return None,
        text => parse_duration(text).map_err(|error| error.to_string()),
    };
    let above_zero =
        judged.and_then(|time| if time.is_zero() { Err(format!("`{text}` is no time")) } else { Ok(time) });
    let judged = above_zero.map_err(|reason| FileProblem::new(written.span(), reason).with_help(help));
    noted(judged, problems).map(Hold::For)
}

fn group(written: &Text, groups: &BTreeMap<String, usize>, problems: &mut Problems) -> Option<String> {
    let name = written.get_ref();
    let known: Vec<&str> = groups.keys().map(String::as_str).collect();
    let judged = if known.contains(&name.as_str()) {
        Ok(name.clone())
    } else {
        let near = nearest(name, &known).map_or(String::new(), |near| format!(", nearest is `{near}`"));
        let help = format!("the main file says how many of a group run at a time:\n[groups]\n{} = 1", toml_key(name));
        Err(FileProblem::new(written.span(), format!("`{name}` is no group{near}")).with_help(help))
    };
    noted(judged, problems)
}

fn on_failure(written: &Text, problems: &mut Problems) -> Option<Status> {
    if written.get_ref() == "ok" {
        let reason = "a failure is never OK: nobody would see that nothing is watched";
        problems
            .push(FileProblem::new(written.span(), reason).with_help("one of \"unknown\", \"warning\", \"critical\""));
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
            problems.push(FileProblem::new(written.span(), reason).with_help(help));
        }
        caps.insert(severity, cap);
    }
    caps
}
