//! `pause`, `ack`, `clear` and `resume`: what an operator wants of the alerts of checks, with who says so, and why.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;

use super::moment::parse_moment;
use super::status::{by, unseen};
use super::who::who;
use super::{exit, print};
use roundsman_config::{Places, RESERVED};
use roundsman_contract::Status;
use roundsman_contract::quantity::parse_duration;
use roundsman_grants::escape;
use roundsman_store::error::StoreError;
use roundsman_store::memory::Memory;
use roundsman_store::state::Store;
use roundsman_verdict::check_status::{Ack, CheckStatus, Pause};
use roundsman_verdict::history::{Act, Deed, Event};
use roundsman_verdict::judge::humanize::Now;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 1000;

#[derive(Debug, clap::Args)]
pub struct PauseArgs {
    /// Checks of the configuration
    #[arg(required = true)]
    name: Vec<String>,
    #[command(flatten)]
    end: PauseEnd,
    /// Why, for those who see it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

// A pause has an end, so that none is forgotten.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct PauseEnd {
    /// For how long, such as 2h
    #[arg(long = "for", value_name = "TIME")]
    duration: Option<String>,
    /// Until when, such as 18:00, 2026-12-01, "2026-12-01 08:00" or 2026-12-01T08:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct AckArgs {
    /// Checks of the configuration that are not OK
    #[arg(required = true)]
    name: Vec<String>,
    /// For how long, such as 2h; otherwise until all is well, or something else is wrong
    #[arg(long = "for", value_name = "TIME", conflicts_with = "until")]
    duration: Option<String>,
    /// Until when, such as 18:00, 2026-12-01, "2026-12-01 08:00" or 2026-12-01T08:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Why, for those who see it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// End it at OK or at its time only, even if something gets worse
    #[arg(long)]
    sticky: bool,
}

#[derive(Debug, clap::Args)]
pub struct ResumeArgs {
    /// Checks of the configuration
    #[arg(required = true)]
    name: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub struct ClearArgs {
    /// Checks of the configuration that have `hold`
    #[arg(required = true)]
    name: Vec<String>,
}

/// Pauses checks: none is run until the pause ends, by itself or by `resume`.
pub(crate) fn pause(args: &PauseArgs, places: &Places) -> u8 {
    let now = Timestamp::now();
    if let Err(error) = judge_reason(&args.reason) {
        return wrong(&error);
    }
    let until = match end(args.end.duration.as_deref(), args.end.until.as_deref(), now) {
        Ok(until) => until.unwrap_or(Timestamp::MAX),
        Err(error) => return wrong(&error),
    };
    let pause = Pause { until, reason: args.reason.clone(), by: Some(who()), at: Some(now) };
    change(&args.name, places, now, |name, check_status, now| {
        check_status.pause = Some(Box::new(pause.clone()));
        let deed = (Deed::Pause, Some(args.reason.clone()), Some(until));
        Ok((format!("`{name}` is paused until {}: {}", now.show(until), args.reason), Some(deed)))
    })
}

/// Notes that the trouble of checks is known: they go on to run, and alert nobody until something else is wrong.
pub(crate) fn ack(args: &AckArgs, places: &Places) -> u8 {
    let now = Timestamp::now();
    if let Err(error) = judge_reason(&args.reason) {
        return wrong(&error);
    }
    let until = match end(args.duration.as_deref(), args.until.as_deref(), now) {
        Ok(until) => until,
        Err(error) => return wrong(&error),
    };
    let who = who();
    change(&args.name, places, now, |name, check_status, now| {
        let bad = check_status.as_of(now.at).status.filter(|status| *status != Status::Ok);
        let Some(status) = bad else {
            return Err(format!("`{name}` has no problem to acknowledge"));
        };
        let ack = Ack::of(check_status, status, who.clone(), now.at, args.reason.clone());
        let ack = Ack { until, sticky: args.sticky, ..ack };
        let said = format!("`{name}` is {}", ack.said(now));
        check_status.ack = Some(Box::new(ack));
        Ok((said, Some((Deed::Ack, Some(args.reason.clone()), until))))
    })
}

/// Ends what checks hold: what their runs came to is over, an operator says.
pub(crate) fn clear(args: &ClearArgs, places: &Places) -> u8 {
    let (now, who) = (Timestamp::now(), who());
    change(&args.name, places, now, |name, check_status, now| {
        let deed = Some((Deed::Clear, None, None));
        let cleared = check_status.clear(&who, now.at).map(|_| (format!("`{name}` is cleared"), deed));
        cleared.ok_or_else(|| {
            format!("`{name}` has no event to clear: the key `hold` of a check keeps a result that is not OK")
        })
    })
}

/// Ends pauses and acknowledgements. What is due then runs at the next start.
pub(crate) fn resume(args: &ResumeArgs, places: &Places) -> u8 {
    let now = Timestamp::now();
    change(&args.name, places, now, |name, check_status, now| {
        let was = (check_status.paused(now.at).is_some(), check_status.acknowledged(now.at).is_some());
        (check_status.pause, check_status.ack) = (None, None);
        let said = match was {
            (true, false) => format!("`{name}` is paused no more"),
            (false, true) => format!("`{name}` is acknowledged no more"),
            (true, true) => format!("`{name}` is paused and acknowledged no more"),
            (false, false) => return Ok((format!("`{name}` was neither paused nor acknowledged"), None)),
        };
        Ok((said, Some((Deed::Resume, None, None))))
    })
}

/// Judges a reason, which stands in every table and message as long as it holds.
fn judge_reason(reason: &str) -> anyhow::Result<()> {
    let length = reason.chars().count();
    if reason.trim().is_empty() {
        bail!("--reason is blank: say why, for those who see it");
    }
    if length > LONGEST_REASON {
        bail!(
            "--reason has {length} characters, at most {LONGEST_REASON} are kept: say it in a line, and where to read more"
        );
    }
    Ok(())
}

/// Returns the end that is asked for; `None` where none is.
fn end(duration: Option<&str>, until: Option<&str>, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    if let Some(text) = duration {
        let duration = parse_duration(text).context("--for")?;
        if duration.is_zero() {
            bail!("--for {text}: that is over at once; write how long, such as 2h");
        }
        let end = now.checked_add(duration);
        return end.map(Some).map_err(|_| anyhow!("--for {text}: that is beyond the end of time"));
    }
    let Some(text) = until else { return Ok(None) };
    let end = parse_moment(text, now, &jiff::tz::TimeZone::system()).with_context(|| format!("--until {text}"))?;
    if end <= now {
        bail!("--until {text}: that is over, it was {end:.0}");
    }
    Ok(Some(end))
}

/// Deed of an operator, with its reason and its end.
type Done = (Deed, Option<String>, Option<Timestamp>);

/// Changes what is stored of each check, notes it in the history, and says what came of it. Nothing is changed where a name is wrong; one that does not
/// fit is said, and the others are changed.
fn change(
    names: &[String],
    places: &Places,
    now: Timestamp,
    mut each: impl FnMut(&str, &mut CheckStatus, &Now) -> Result<(String, Option<Done>), String>,
) -> u8 {
    let config = match super::loaded(places) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let now = by(&config.texts, now);
    let mut unseen_yet = Vec::new();
    // A name that is given twice is meant once.
    let names: BTreeSet<&String> = names.iter().collect();
    for name in names {
        if name == RESERVED {
            return wrong(&anyhow!(
                "`{RESERVED}` is the runtime itself, and no check: it is not paused, acknowledged or held"
            ));
        }
        match unseen(name, &config) {
            Ok(check_status) => unseen_yet.push((name, check_status)),
            Err(error) => return wrong(&error),
        }
    }
    let who = who();
    let change = |memory: &mut Memory| {
        let mut said = Vec::new();
        for (name, new) in unseen_yet {
            let check_status = memory.results.checks.entry(name.clone()).or_insert(new);
            said.push(each(name, check_status, &now).map(|(said, done)| {
                memory.events.extend(done.map(|done| act(name, &who, done)));
                said
            }));
        }
        said
    };
    let changed = Store::open(&config.paths.state).and_then(|store| store.change(change));
    match changed.and_then(|changed| changed.written.map(|()| changed.value)) {
        Ok(said) => tell(said),
        Err(error) => {
            print::complain(&error.to_string());
            if matches!(error, StoreError::Locked { .. }) { exit::LOCKED } else { exit::NOT_STORED }
        }
    }
}

/// Returns what the history holds of it.
fn act(check: &str, by: &str, (act, reason, until): Done) -> Event {
    Event::Act(Act { check: check.to_owned(), act, by: by.to_owned(), reason, until })
}

fn tell(said: Vec<Result<String, String>>) -> u8 {
    let done: String = said.iter().flatten().map(|line| escape::line(line) + "\n").collect();
    let printed = if done.is_empty() { 0 } else { print::page(&done) };
    let refused: Vec<&String> = said.iter().filter_map(|line| line.as_ref().err()).collect();
    refused.iter().for_each(|line| print::complain(&escape::line(line)));
    if refused.is_empty() { printed } else { exit::USAGE }
}

fn wrong(error: &anyhow::Error) -> u8 {
    print::complain(&format!("{error:#}"));
    exit::USAGE
}
