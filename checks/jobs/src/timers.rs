//! Timers of systemd, and how their services ended, as `systemctl show` prints them: blocks of `KEY=VALUE` with a blank line
//! between them.

use roundsman_sdk::parse::{Field, KeyValues, ParseError, key_values};
use roundsman_sdk::{Error, Failure, Need, Reason, clock, commands::Command, log, state};

use crate::job::Job;
use crate::options::Options;

pub const PROGRAM: &str = "systemctl";
/// `--all`: without, a pattern matches no unit that is inactive, and a service is that after its work.
pub const SHOW: [&str; 7] = [
    "/usr/bin/systemctl",
    "show",
    "--all",
    "--property=Id,Unit,ActiveState,Result,ExecMainStatus,ExecMainStartTimestamp,ExecMainExitTimestamp",
    "--",
    "*.timer",
    "*.service",
];
/// Key of the state: when each timer's service succeeded last, as systemd knows its last run only, and none before it booted.
const SUCCESSES: &str = "timers";

type Successes = Vec<(String, i64)>;

pub fn need() -> Need {
    Need::command(&SHOW, "systemd tells by it how the services of its timers ended")
}

/// Returns the timers that are looked at, as jobs.
pub fn read(options: &Options) -> Result<Vec<Job>, Failure> {
    let command = Command::new([PROGRAM].into_iter().chain(SHOW[1..].iter().copied()));
    let mut jobs = command.parsed(|printed| parse(printed, clock::utc_offset(), |name| options.is_timer(name)))?;
    remember(&mut jobs)?;
    Ok(jobs)
}

/// Returns the timers that are wanted, by name; `offset` is of local time, in seconds.
pub fn parse(text: &str, offset: i32, wanted: impl Fn(&str) -> bool) -> Result<Vec<Job>, ParseError> {
    if text.trim().is_empty() {
        return Err(ParseError::whole("no units were printed"));
    }
    let blocks: Vec<KeyValues> =
        text.split("\n\n").filter(|it| !it.trim().is_empty()).map(|it| key_values(it, '=')).collect();
    let mut services = Vec::new();
    let mut jobs = Vec::new();
    for block in &blocks {
        let name = block.get("Id")?.text();
        match name.ends_with(".timer") {
            true if wanted(name) => jobs.push((name, block)),
            true => {}
            false => services.push((name, block)),
        }
    }
    services.sort_unstable_by_key(|(name, _)| *name);
    let job = |(name, timer): (&str, &KeyValues)| {
        let mut job = Job::new(name);
        if let Err(error) = fill(&mut job, timer, &services, offset) {
            job.broken = Some(Failure::from(error));
        }
        job
    };
    let mut jobs: Vec<Job> = jobs.into_iter().map(job).collect();
    jobs.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(jobs)
}

/// Adds what is known of the run that a timer started last.
fn fill(job: &mut Job, timer: &KeyValues, services: &[(&str, &KeyValues)], offset: i32) -> Result<(), ParseError> {
    let state = timer.get("ActiveState")?.text();
    job.notes.extend((state != "active").then(|| format!("the timer is {state}")));
    let unit = timer.get("Unit")?.text();
    // What a timer starts may be no service; then no more is known of it.
    let Ok(at) = services.binary_search_by_key(&unit, |(name, _)| name) else { return Ok(()) };
    let service = services[at].1;
    job.start = moment(service.get("ExecMainStartTimestamp")?, offset)?;
    job.end = moment(service.get("ExecMainExitTimestamp")?, offset)?;
    let result = service.get("Result")?.text();
    if job.running_since().is_none() {
        match result {
            // The service may say that its exit code is one of success.
            "success" if job.start.is_some() => (job.success, job.exit) = (job.end, Some(0)),
            // It never ran.
            "success" => {}
            "exit-code" => match service.get("ExecMainStatus")?.integer()? {
                // The code is that of a program before or after the main one, which systemd does not tell.
                0 => job.ended_by = Some(result.to_owned()),
                code => job.exit = Some(code),
            },
            _ => job.ended_by = Some(result.to_owned()),
        }
    }
    Ok(())
}

/// Reads `Mon 2026-11-30 10:00:12 UTC`, in local time if it is not said to be UTC; `None` for a time that never was.
fn moment(field: &Field, offset: i32) -> Result<Option<i64>, ParseError> {
    let text = field.text();
    if matches!(text, "" | "n/a" | "0") {
        return Ok(None);
    }
    let (_, rest) = text.split_once(' ').unwrap_or_default();
    let (moment, zone) = rest.rsplit_once(' ').unwrap_or_default();
    let offset = if zone == "UTC" { 0 } else { offset };
    match Field::new(moment).moment(offset) {
        Ok(at) => Ok(Some(at)),
        Err(_) => Err(field.error("is no moment such as \"Mon 2026-11-30 10:00:12 UTC\"")),
    }
}

/// Gives each job its last success, which may be one that an earlier run of this check saw.
fn remember(jobs: &mut [Job]) -> Result<(), Error> {
    let before = match state::get_json::<Successes>(SUCCESSES) {
        Ok(before) => before.unwrap_or_default(),
        Err(Error { reason: Reason::Unreadable(why), .. }) => {
            log::warning(&format!("earlier successes of timers are unreadable: {why}"));
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    for job in jobs.iter_mut() {
        let seen = before.iter().find(|(name, _)| *name == job.name).map(|(_, at)| *at);
        job.success = job.success.max(seen);
    }
    let now: Successes = jobs.iter().filter_map(|job| Some((job.name.clone(), job.success?))).collect();
    if now != before { state::set_json(SUCCESSES, &now) } else { Ok(()) }
}
