//! The plan of a round: the checks that it runs, and those that another round still runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use roundsman_config::{Check, ComponentPath, Config, Schedule};
use roundsman_store::locks::{LockTarget, Locks, TakenLock};
use roundsman_store::memory::Memory;
use roundsman_verdict::check_status::Pause;
use roundsman_verdict::judge::StateType;
use roundsman_verdict::schedule::{self, Calendar, FirstRound, Planned, ScheduleRule, Start};

/// The checks that the caller wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Those whose time has come.
    Due,
    /// All of them.
    All,
    /// Those of these names, due or not.
    Only(Vec<String>),
}

impl Selection {
    /// Tells whether the caller has anything to do with a check of this name.
    #[must_use]
    pub(crate) fn names(&self, name: &str) -> bool {
        match self {
            Self::Due | Self::All => true,
            Self::Only(names) => names.iter().any(|only| only == name),
        }
    }
}

/// The runs of a round, in the order in which they begin.
#[derive(Debug, Default)]
pub struct RoundPlan<'c> {
    pub chosen: Vec<Chosen<'c>>,
    pub busy: Vec<Busy>,
    /// Why locks could not be asked for.
    pub errors: BTreeSet<String>,
}

/// A check that this round runs; its lock is held.
#[derive(Debug, Clone)]
pub struct Chosen<'c> {
    pub check: &'c Check,
    /// Up to when the run serves all slots; `None` where it is run out of turn.
    pub serves: Option<Timestamp>,
}

/// A check that was due and still runs elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    pub name: String,
    /// Of the round that runs it; 0 where that is not known.
    pub pid: u32,
}

/// Input of the schedule of one check besides time and past.
#[derive(Debug, Clone)]
pub struct Timing {
    pub rule: ScheduleRule,
    /// Digest of component, options and thresholds: with another one it is a changed check.
    pub fingerprint: String,
}

/// Returns the checks to run by what is remembered, in their order, not locked yet.
pub(crate) fn due<'c>(
    config: &'c Config,
    timings: &BTreeMap<String, Timing>,
    memory: &Memory,
    wanted: &Selection,
    start: Start<'_>,
) -> Vec<Chosen<'c>> {
    let planned: Vec<Planned<'_>> =
        active(config).filter_map(|check| Some(planned(check, timings.get(&check.name)?, memory))).collect();
    let due = schedule::due(start, &planned);
    let serves: BTreeMap<&str, Timestamp> = due.iter().map(|due| (due.name.as_str(), due.serves)).collect();
    let in_turn = due.iter().filter_map(|due| config.checks.get(&due.name));
    let is_paused = |name: &str| pause(memory, name, start.now).is_some();
    let others = active(config).filter(|check| *wanted != Selection::Due && !serves.contains_key(check.name.as_str()));
    let others = others.filter(|check| !is_paused(&check.name));
    in_turn
        .chain(others)
        .filter(|check| wanted.names(&check.name))
        .map(|check| Chosen { check, serves: serves.get(check.name.as_str()).copied() })
        .collect()
}

/// Takes the lock of each; what another round holds is left to it.
pub(crate) fn lock<'c>(chosen: Vec<Chosen<'c>>, locks: &Locks) -> RoundPlan<'c> {
    let mut plan = RoundPlan::default();
    for chosen in chosen {
        match locks.take(LockTarget::Check(&chosen.check.name)) {
            Ok(TakenLock::By(pid)) => plan.busy.push(Busy { name: chosen.check.name.clone(), pid }),
            Ok(TakenLock::Ours) => plan.chosen.push(chosen),
            // Without its lock a check is run rather than not.
            Err(error) => {
                plan.errors.insert(error.to_string());
                plan.chosen.push(chosen);
            }
        }
    }
    plan
}

/// Returns checks that are run on this host at all.
pub(crate) fn active(config: &Config) -> impl Iterator<Item = &Check> {
    config.checks.values().filter(|check| check.enabled)
}

/// Returns the pause of a check, while it holds; of one that no file gave meanwhile, too.
pub(crate) fn pause<'m>(memory: &'m Memory, name: &str, now: Timestamp) -> Option<&'m Pause> {
    let pause = match memory.results.checks.get(name) {
        Some(check_status) => check_status.pause.as_deref(),
        None => memory.private.checks.get(name).and_then(|kept| kept.pause.as_deref()),
    };
    pause.filter(|pause| pause.until > now)
}

/// A check as the schedule sees it.
pub(crate) fn planned<'p>(check: &'p Check, timing: &'p Timing, memory: &'p Memory) -> Planned<'p> {
    let check_status = memory.results.checks.get(&check.name);
    let is_soft = check_status.is_some_and(|check_status| check_status.verdict.state_type == StateType::Soft);
    Planned {
        name: &check.name,
        rule: &timing.rule,
        timeout: check.limits.timeout,
        retry_every: check.retry.every.filter(|_| is_soft),
        fingerprint: &timing.fingerprint,
        paused_until: check_status.and_then(|check_status| check_status.pause.as_ref()).map(|pause| pause.until),
        past: memory.private.checks.get(&check.name).map(|kept| &kept.past),
    }
}

/// Tells whether this is the first round with this state directory.
#[must_use]
pub(crate) fn first_round(memory: &Memory) -> FirstRound {
    if memory.private.checks.is_empty() { FirstRound::Yes } else { FirstRound::No }
}

/// Returns the timing of every active check, by name.
pub(crate) fn timings(config: &Config) -> BTreeMap<String, Timing> {
    let timing = |check: &Check| {
        Some(Timing { rule: rule(&check.schedule)?, fingerprint: fingerprint(check, &config.paths.checks) })
    };
    active(config).filter_map(|check| Some((check.name.clone(), timing(check)?))).collect()
}

/// The configuration has judged expression and zone: both are there.
fn rule(schedule: &Schedule) -> Option<ScheduleRule> {
    Some(match schedule {
        Schedule::Every(every) => ScheduleRule::Every(*every),
        Schedule::Cron { expression, timezone } => ScheduleRule::Calendar(Calendar::new(expression, zone(timezone))?),
    })
}

/// Returns the zone of a name that the configuration has judged.
pub(crate) fn zone(name: &str) -> TimeZone {
    if name == "local" { TimeZone::system() } else { TimeZone::get(name).unwrap_or(TimeZone::UTC) }
}

fn fingerprint(check: &Check, directories: &[PathBuf]) -> String {
    let options = serde_json::Value::from(check.options.clone());
    let file = identity(&check.component, directories);
    let digest = Sha256::digest(format!("{:?} {file:?} {options} {:?}", check.component, check.thresholds));
    digest.iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns what tells one file of a component from another without reading it: device, inode, size and both times.
fn identity(component: &ComponentPath, directories: &[PathBuf]) -> Option<[i64; 5]> {
    let look = |path: &Path| {
        let stat = path.metadata().ok()?;
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let [modified, changed] = [(stat.mtime(), stat.mtime_nsec()), (stat.ctime(), stat.ctime_nsec())]
            .map(|(seconds, nanoseconds)| seconds.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds));
        Some([number(stat.dev()), number(stat.ino()), number(stat.len()), modified, changed])
    };
    match component {
        ComponentPath::At(path) => look(path),
        ComponentPath::Named(name) => directories.iter().find_map(|directory| look(&directory.join(name))),
    }
}
