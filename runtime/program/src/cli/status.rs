//! `status`: what every check said last, without running any.

use std::io;

use anyhow::bail;
use clap::ValueEnum;
use jiff::Timestamp;

use super::check::{code, not_there};
use super::run::look;
use super::{exit, print};
use crate::round::host::named;
use crate::round::plan::zone;
use crate::round::verdict;
use roundsman_config::{Config, Paused, Places, StatusSettings, TextSettings, load, status_settings};
use roundsman_grants::escape;
use roundsman_store::error::StoreError;
use roundsman_store::results::{self, Results};
use roundsman_verdict::check_status::CheckStatus;
use roundsman_verdict::judge::humanize::Now;
use roundsman_verdict::judge::pending;
use roundsman_verdict::outputs::table::{self, Columns, TableRows};
use roundsman_verdict::outputs::text::Look;
use roundsman_verdict::outputs::{json, nagios};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A check, or `roundsman` for the runtime itself: its last outcome, with exit code 0, 1, 2 or 3
    name: Option<String>,
    /// Show the last run and the next of each check too, and cut no line
    #[arg(long, conflicts_with = "name")]
    wide: bool,
    /// Show what is due next, soonest first
    #[arg(long, conflicts_with_all = ["name", "wide"])]
    next: bool,
    /// Show only checks that are not OK and that nobody has paused or acknowledged, then who did that to which check
    #[arg(long, conflicts_with_all = ["name", "next"])]
    problems: bool,
    /// How to print it: text, but nagios with NAME
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Nagios,
    Text,
    Json,
}

/// Runs the command: exit 0 for all checks, whatever they said; for one, as a plugin.
pub(crate) fn status(args: &Args, places: &Places) -> u8 {
    let now = Timestamp::now();
    match &args.name {
        Some(name) => one(name, args.format.unwrap_or(Format::Nagios), places, now)
            .unwrap_or_else(|error| super::unknown(&format!("{error:#}"))),
        None => all(args, places, now),
    }
}

fn all(args: &Args, places: &Places, now: Timestamp) -> u8 {
    let format = args.format.unwrap_or(Format::Text);
    if format == Format::Nagios {
        print::complain("roundsman status --format nagios: a plugin speaks of one check: add its NAME");
        return exit::USAGE;
    }
    let StatusSettings { paths, host, texts, .. } = match status_settings(places, rustix::process::geteuid().as_raw()) {
        Ok(settings) => settings,
        Err(error) => {
            print::complain_page(&error.to_string());
            return exit::CONFIG;
        }
    };
    let results = match results::read(&paths.state) {
        Ok(Some(results)) => results,
        Ok(None) => {
            let state = escape::path(&paths.state);
            print::complain(&format!(
                "no round has ended yet: {state} has no results (`roundsman doctor` tells who starts rounds, `roundsman run` does one)"
            ));
            Results::default()
        }
        Err(error) => {
            print::complain(&format!("roundsman status: {}", unreadable(&error)));
            return exit::NOT_STORED;
        }
    };
    let (columns, look) = match (args.wide, args.next) {
        (true, _) => (Columns::Many, Look { columns: None, ..look() }),
        (false, true) => (Columns::Next, look()),
        (false, false) => (Columns::Few, look()),
    };
    match format {
        Format::Json => {
            let host = named(&host);
            // One at a time, as one may be long.
            let is_shown = |check_status: &&CheckStatus| !args.problems || table::is_problem(check_status, now);
            let shown = results.checks.values().filter(is_shown);
            let mut lines = shown.map(|check_status| json::encode_check_status(check_status, now, &host) + "\n");
            lines.find_map(|line| Some(print::page(&line)).filter(|code| *code != 0)).unwrap_or(0)
        }
        Format::Text | Format::Nagios => {
            let which = if args.problems { TableRows::Problems } else { TableRows::All };
            print::coloured(
                &table::encode(&results.checks, which, results.written, columns, by(&texts, now), look),
                look,
            )
        }
    }
}

fn one(name: &str, format: Format, places: &Places, now: Timestamp) -> anyhow::Result<u8> {
    let StatusSettings { paths, paused, host, texts } = status_settings(places, rustix::process::geteuid().as_raw())?;
    let results = results::read(&paths.state).map_err(|error| anyhow::Error::msg(unreadable(&error)))?;
    let known = results.and_then(|mut results| results.checks.remove(name));
    let check_status = match known {
        Some(check_status) => check_status,
        None => unseen(name, &load(places, rustix::process::geteuid().as_raw())?)?,
    };
    let is_quiet = paused == Paused::Ok && check_status.paused(now).is_some();
    let verdict =
        if is_quiet { check_status.without_alert(by(&texts, now)) } else { check_status.as_of(by(&texts, now)) };
    let look = look();
    let printed = match format {
        Format::Nagios => print::page(&nagios::encode(&verdict, nagios::DEFAULT_MAX_OUTPUT)),
        Format::Text => print::coloured(&table::one(&check_status, by(&texts, now), look), look),
        Format::Json => print::page(&(json::encode_check_status(&check_status, now, named(&host)) + "\n")),
    };
    Ok(match printed {
        0 if is_quiet => 0,
        0 => code(&verdict),
        _ => exit::UNKNOWN,
    })
}

/// Returns a time, shown by the clock that the operator wants.
pub fn by(texts: &TextSettings, at: Timestamp) -> Now {
    texts.timezone.as_deref().map_or_else(|| at.into(), |name| Now { at, zone: zone(name) })
}

/// Returns a check that no round has met yet, or a mistake.
pub(crate) fn unseen(name: &str, config: &Config) -> anyhow::Result<CheckStatus> {
    match config.checks.get(name) {
        Some(check) if check.enabled => Ok(CheckStatus::pending(pending(&verdict::rules(check)))),
        Some(_) => bail!("`{name}` is not run on this host: `enabled = false`"),
        None => {
            let verdict = not_there(name, config)?;
            Ok(CheckStatus { verdict: verdict.clone(), ..CheckStatus::pending(verdict) })
        }
    }
}

/// Tells why the results cannot be read, and who may.
pub(crate) fn unreadable(error: &StoreError) -> String {
    match error {
        StoreError::Io { error: cause, .. } if cause.kind() == io::ErrorKind::PermissionDenied => {
            format!(
                "{error}; only root and members of the group `roundsman` may read it: usermod --append --groups roundsman USER"
            )
        }
        error => error.to_string(),
    }
}
