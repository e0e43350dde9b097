//! Keys that a check, an override and `[defaults]` may all have: each table laid over those before it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::fields::{Problems, literal_path, noted, status, word};
use super::file::{RetryTable, SeverityTable, Shared, Text};
use super::host::labels;
use super::limits::{limits, within_deadline};
use super::schedule;
use super::spans::FileProblem;
use super::{Hold, Limits, Retry, Severity};
use roundsman_contract::Status;
use roundsman_contract::quantity::parse_duration;
use roundsman_grants::denial::toml_key;
use roundsman_grants::nearest::nearest;

/// Runs until a state is believed: of a check a minute, more than half a day.
const MOST_ATTEMPTS: u32 = 1_000;

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
    pub(super) schedule: schedule::LayeredSchedule,
    pub(super) retry: Retry,
    pub(super) hold: Option<Hold>,
    pub(super) group: Option<String>,
    pub(super) enabled: bool,
    pub(super) only_if: Vec<String>,
    pub(super) sha256: Option<String>,
    pub(super) on_failure: Status,
    pub(super) severity: BTreeMap<Severity, Status>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) limits: Rc<Limits>,
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
