//! `pause` and `resume`: no runs of a check for a while, by an operator who says why.

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;

use super::status::unseen;
use super::{exit, print};
use crate::config::{Places, RESERVED};
use crate::escape;
use crate::judge::quantity::parse_duration;
use crate::standing::Pause;
use crate::store::error::StoreError;
use crate::store::memory::Memory;
use crate::store::state::Store;

#[derive(Debug, clap::Args)]
pub struct PauseArgs {
    /// A check of the configuration
    name: String,
    /// For how long, such as 2h
    #[arg(long = "for", value_name = "TIME")]
    duration: String,
    /// Why, for those who see it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Debug, clap::Args)]
pub struct ResumeArgs {
    /// A check of the configuration
    name: String,
}

/// No runs of a check until the pause ends, by itself or by `resume`.
pub fn pause(args: &PauseArgs, places: &Places) -> u8 {
    let until = match until(&args.duration) {
        Ok(until) => until,
        Err(error) => return wrong(&error),
    };
    let pause = Pause { until, reason: args.reason.clone() };
    let said = format!("`{}` is paused until {until:.0}: {}", args.name, args.reason);
    set(&args.name, places, Some(pause), move |_| said)
}

/// Ends a pause. What is due then runs at the next start.
pub fn resume(args: &ResumeArgs, places: &Places) -> u8 {
    set(&args.name, places, None, |before| match before {
        Some(_) => format!("`{}` is paused no more", args.name),
        None => format!("`{}` was not paused", args.name),
    })
}

fn until(text: &str) -> anyhow::Result<Timestamp> {
    let duration = parse_duration(text).context("--for")?;
    if duration.is_zero() {
        bail!("--for {text}: a pause takes some time");
    }
    Timestamp::now().checked_add(duration).map_err(|_| anyhow!("--for {text}: that is beyond the end of time"))
}

/// Puts the wish beside what the check said last, and says so; `said` is given the pause that held before.
fn set(name: &str, places: &Places, pause: Option<Pause>, said: impl FnOnce(Option<Pause>) -> String) -> u8 {
    let config = match super::loaded(places) {
        Ok(config) => config,
        Err(code) => return code,
    };
    if name == RESERVED {
        return wrong(&anyhow!("`{RESERVED}` is the runtime itself, and not run: there is nothing to pause"));
    }
    let unseen = match unseen(name, &config) {
        Ok(unseen) => unseen,
        Err(error) => return wrong(&error),
    };
    let now = Timestamp::now();
    let change = |memory: &mut Memory| {
        let standing = memory.results.checks.entry(name.to_owned()).or_insert(unseen);
        let before = standing.paused(now).cloned();
        standing.pause = pause;
        before
    };
    let changed = Store::open(&config.paths.state).and_then(|store| store.change(change));
    match changed.and_then(|changed| changed.written.map(|()| changed.value)) {
        Ok(before) => print::text(&(escape::line(&said(before)) + "\n")),
        Err(error) => {
            print::complain(&error.to_string());
            if matches!(error, StoreError::Locked { .. }) { exit::LOCKED } else { exit::NOT_STORED }
        }
    }
}

fn wrong(error: &anyhow::Error) -> u8 {
    print::complain(&format!("{error:#}"));
    exit::USAGE
}
