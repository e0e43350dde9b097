//! Lints: configuration that is allowed and seldom meant, as far as the files alone show it.

mod argv;
mod programs;

pub use programs::lint as lint_program;

use std::ffi::OsStr;

use super::{Check, ComponentPath, Config, IdleOverride, Origin};
use roundsman_grants::CommandGrant;
use roundsman_grants::nearest::nearest;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_verdict::judge::thresholds::ThresholdEntry;

/// Something to look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    pub origin: Origin,
    /// The check that it is about.
    pub check: String,
    pub message: String,
    pub help: String,
}

/// Lints of all checks, by name.
#[must_use]
pub fn lint(config: &Config) -> Vec<Lint> {
    let known: Vec<&str> = config.checks.keys().map(String::as_str).collect();
    let idle = config.idle_overrides.iter().map(|idle| lint_idle(idle, &known));
    let secrets = config.checks.values().flat_map(|check| lint_secrets(check, config));
    config.checks.values().flat_map(lint_check).chain(secrets).chain(idle).collect()
}

/// Returns files that a check may read by what is granted, of those that a grant names as a secret.
fn lint_secrets(check: &Check, config: &Config) -> Vec<Lint> {
    let lint = |message: String, help: &str| Lint {
        origin: check.origin.clone(),
        check: check.name.clone(),
        message,
        help: help.to_owned(),
    };
    let matching = |secret: &String| {
        let path = RequestedPath::parse(secret).ok()?;
        if check.grants.unsafe_files.contains(secret) {
            return Some(lint(
                format!("`unsafe_files` shows the component `{secret}`, which a grant names as a secret"),
                "take it out, unless the component is meant to see it",
            ));
        }
        let pattern = check.grants.files.iter().find(|pattern| pattern.matches(&path))?;
        Some(lint(
            format!(
                "`{}` in `files` matches `{secret}`, which a grant names as a secret: it is denied",
                pattern.as_str()
            ),
            "narrow the pattern, or keep secrets in a directory of their own, such as /etc/roundsman/secrets",
        ))
    };
    config.secrets.iter().filter_map(matching).collect()
}

fn lint_idle(idle: &IdleOverride, known: &[&str]) -> Lint {
    let near = nearest(&idle.name, known).map_or(String::new(), |near| format!("; the nearest is `{near}`"));
    Lint {
        origin: idle.origin.clone(),
        check: idle.name.clone(),
        message: format!("this override changes nothing: there is no check of this name{near}"),
        help: "take it out, or mend the name".to_owned(),
    }
}

fn lint_check(check: &Check) -> Vec<Lint> {
    let commands = check.grants.commands.iter().flat_map(|grant| lint_command(check, grant));
    let entries = check.thresholds.iter().filter_map(|(metric, entries)| lint_entries(check, metric, entries));
    commands.chain(entries).chain(lint_hold(check)).collect()
}

/// Lints a check of a log without `hold`: a line that is logged once is a trouble of one run, which is never believed with more
/// attempts than one.
fn lint_hold(check: &Check) -> Option<Lint> {
    let file = match &check.component {
        ComponentPath::Named(name) => Some(OsStr::new(name)),
        ComponentPath::At(path) => path.file_name(),
    };
    let forgets = file == Some(OsStr::new("log.wasm")) && check.hold.is_none() && check.retry.attempts > 1;
    forgets.then(|| Lint {
        origin: check.origin.clone(),
        check: check.name.clone(),
        message: format!(
            "a line that is logged once alerts nobody: it is gone in the next run, and `retry.attempts` is {}",
            check.retry.attempts
        ),
        help: "hold = \"1h\", or retry = { attempts = 1 }".to_owned(),
    })
}

fn lint_command(check: &Check, grant: &CommandGrant) -> Vec<Lint> {
    let found = argv::lint(&grant.argv).into_iter().chain(programs::lint(grant));
    let lint = |(message, help)| Lint { origin: check.origin.clone(), check: check.name.clone(), message, help };
    found.map(lint).collect()
}

fn lint_entries(check: &Check, metric: &str, entries: &[ThresholdEntry]) -> Option<Lint> {
    let judges =
        |entry: &&ThresholdEntry| entry.absent.is_none() || entry.warning.is_some() || entry.critical.is_some();
    let all = entries.iter().position(|entry| judges(&entry) && entry.selector.is_empty())?;
    let never = entries.iter().skip(all + 1).find(judges)?;
    Some(Lint {
        origin: never.origin.clone(),
        check: check.name.clone(),
        message: format!("this entry of `{metric}` has no effect: an entry before it matches every series"),
        help: "put the entry without `where` last".to_owned(),
    })
}
