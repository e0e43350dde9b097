//! A round: all checks that are due, each in processes of its own, and what is kept of them.

pub mod cached;
pub mod carried;
mod close;
pub mod deliver;
mod fate;
pub mod fault;
pub mod flow;
mod heard;
pub mod host;
pub mod itself;
mod keep;
mod measuring;
mod merge;
mod orphans;
pub mod plan;
mod pool;
pub mod seats;
mod show;
mod start;
pub mod subject;
pub mod verdict;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::debug;

use crate::isolation::{Isolation, IsolationError};
use carried::Goal;
use close::close;
use fault::{Fault, FaultKind};
use flow::{Retry, carry_out};
use host::host;
use keep::{Keeping, not_stored};
use merge::Terms;
use orphans::end_orphans;
use plan::{Busy, Chosen, Plan, Wanted};
use roundsman_config::{Config, RESERVED, RecordWhen};
use roundsman_contract::calls::tape::{LONGEST_OF_ROUND, Taping};
use roundsman_contract::report::Hanging;
use roundsman_contract::subject::Subject;
use roundsman_grants::escape;
use roundsman_os::process::interrupt::Interrupt;
use roundsman_os::process::running;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::begun::{self, Begun};
use roundsman_store::clock::Distance;
use roundsman_store::components::cache::Cache;
use roundsman_store::cursors;
use roundsman_store::locks::{Locks, Subject as Lock};
use roundsman_store::memory::Memory;
use roundsman_store::state::{Stamp, Store};
use roundsman_verdict::judge::Verdict;
use roundsman_verdict::schedule::Start;
use roundsman_verdict::standing::Pause;
use seats::Seats;
use subject::subject;

/// A round, done.
#[derive(Debug)]
pub struct Round {
    /// Of the runtime on itself.
    pub itself: Verdict,
    /// Checks that were due and still run elsewhere, each with since when the round runs that has it.
    pub busy: Vec<(Busy, Option<Timestamp>)>,
    /// Checks that were asked for by name, and are paused.
    pub paused: Vec<(String, Pause)>,
    /// Checks that were due and stay so.
    pub not_reached: Vec<String>,
    /// What went wrong besides the checks.
    pub faults: Vec<Fault>,
    /// Those among them that the last round of this caller did not have.
    pub new_faults: Vec<String>,
    /// What that had and this one has not.
    pub ended_faults: Vec<String>,
    /// Checks of the configuration, due or not.
    pub configured: usize,
    /// What is due next, and when.
    pub next: Option<(String, Timestamp)>,
    /// The signal that ended it early.
    pub signal: Option<i32>,
}

/// Who is told of faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Caller {
    /// By mail: of each once when it begins, and once when it ends, whoever else was told of it meanwhile.
    Cron,
    /// Who reads what is printed.
    #[default]
    Person,
}

/// Does a round of the checks that are wanted. Reads the state, runs, judges, stores, logs and shows; printing is the
/// caller's, as is starting the zygote before anything is read. `show` is handed the verdicts of checks that were run, and of
/// those that are lost with a file that was refused; it must not wait, as the state may be locked meanwhile.
///
/// # Errors
/// A layer of isolation that is required is missing; nothing was run.
pub fn round(
    config: &Config,
    wanted: &Wanted,
    caller: Caller,
    zygote: Zygote,
    show: &mut dyn FnMut(&Verdict),
) -> Result<Round, IsolationError> {
    let (began, now) = (Instant::now(), Timestamp::now());
    let isolation = Isolation::decide(&config.run, &config.paths.state)?;
    let mut faults: Vec<Fault> = isolation.missing().into_iter().map(mended).collect();
    faults.extend(config.refused.iter().map(Fault::refused));
    faults.extend(config.lock.expired(day(now)).map(mended));
    faults.extend(nothing_configured(config));
    let receivers = receivers(config, &mut faults);
    let interrupt = Interrupt::watch().map_err(|error| faults.push(internal("watching for signals", &error))).ok();
    let store = Store::open(&config.paths.state)
        .map(|store| store.with_history(config.history))
        .map_err(|error| faults.push(not_stored(&error)))
        .ok();
    let locks = open_locks(store.as_ref(), &config.paths.state, &mut faults);
    // Before what is read, so that what another round writes from here on is seen.
    let stamp = store.as_ref().and_then(Store::stamp);
    let mut memory = read(store.as_ref(), &mut faults);
    let clock_was_set = memory.private.clock.as_ref().zip(Distance::now()).and_then(|(was, is)| is.step_since(was));
    memory.events.extend(merge::gap(&memory, now, clock_was_set.is_some()));
    let config = &*merge::without_lost(config, &memory);

    let (machine, timings) = (machine(), plan::timings(config));
    let start = Start { now, machine: &machine, tick: config.run.tick, first: plan::first_round(&memory) };
    let terms = Terms { config, timings: &timings, start };
    let due = |memory: &Memory| plan::due(config, &timings, memory, wanted, start);
    let (plan, mut memory) = take(&due, &locks, store.as_ref(), stamp, memory);
    debug!(configured = config.checks.len(), runs = plan.chosen.len(), busy = plan.busy.len(), "chose what is due");
    let is_gone = |hanging: &mut Hanging| running::start(hanging.pid) != Some(hanging.start);
    let gone: Vec<Hanging> = memory.private.hanging.extract_if(.., is_gone).collect();
    let busy: Vec<_> = plan.busy.iter().map(|busy| (busy.clone(), running::since(busy.pid, now))).collect();

    let mut keeping = Keeping::new(terms, store.as_ref(), &locks, &plan.chosen, memory, show);
    keeping.receivers = receivers;
    faults.into_iter().for_each(|fault| keeping.fault(fault));
    if merge::is_new(&keeping.memory, config) {
        // What has to be compiled first takes a while, and is shown as pending until then.
        keeping.write(&mut |memory| {
            merge::appear(memory, terms);
            Vec::new()
        });
    }
    let begun = begin(&config.paths.state, &plan, &mut keeping);
    let mut cache = cached::open(config, &config.paths.state, &zygote);
    let ran = run(&isolation, &plan, &zygote, interrupt.as_ref(), &mut cache, &mut keeping);
    drop(zygote);
    drop(begun);
    cache.close(&|| cached::named(config)).lines.into_iter().for_each(|line| keeping.fault(mended(line)));
    let signal = ran.unwrap_or_else(|error| {
        keeping.fault(internal("watching the processes", &error));
        None
    });
    let closed = close(&mut keeping, &busy, &gone, caller, began);
    let Keeping { memory, not_reached, faults, .. } = keeping;
    closed.lost.iter().filter(|verdict| wanted.names(&verdict.check)).for_each(show);
    Ok(Round {
        itself: closed.itself,
        busy,
        paused: paused(wanted, &memory, now),
        not_reached,
        faults,
        new_faults: closed.new_faults,
        ended_faults: closed.ended_faults,
        configured: memory.results.checks.keys().filter(|name| *name != RESERVED).count(),
        next: next(&memory, now),
        signal,
    })
}

/// Says how it is with each receiver, and notes those that have been away for long.
fn receivers(config: &Config, faults: &mut Vec<Fault>) -> Vec<String> {
    if config.receivers.is_empty() {
        return Vec::new();
    }
    let cursors = cursors::read(&config.paths.state);
    let cursors = cursors.map_err(|error| faults.push(not_stored(&error))).unwrap_or_default();
    let known = config.receivers.iter().filter_map(|receiver| Some((&receiver.name, cursors.get(&receiver.name)?)));
    let troubles = known.clone().filter_map(|(name, cursor)| Some(format!("output {name}: {}", cursor.trouble()?)));
    faults.extend(troubles.map(|trouble| Fault::new(FaultKind::Undelivered, trouble)));
    known.map(|(name, cursor)| format!("output {name}: {}", cursor.summary())).collect()
}

/// Chooses what is due and takes its locks. Another round may have run some of it between reading and locking, so what
/// was written meanwhile is read again; `stamp` is that of what was read.
fn take<'c>(
    due: &dyn Fn(&Memory) -> Vec<Chosen<'c>>,
    locks: &Locks,
    store: Option<&Store>,
    stamp: Option<Stamp>,
    memory: Memory,
) -> (Plan<'c>, Memory) {
    let plan = plan::lock(due(&memory), locks);
    if stamp == store.and_then(Store::stamp) {
        return (plan, memory);
    }
    let events = memory.events;
    let mut memory = read(store, &mut Vec::new());
    memory.events = events;
    let locked: BTreeSet<&str> = plan.chosen.iter().map(|chosen| chosen.check.name.as_str()).collect();
    let chosen: Vec<_> =
        due(&memory).into_iter().filter(|chosen| locked.contains(chosen.check.name.as_str())).collect();
    let still: BTreeSet<&str> = chosen.iter().map(|chosen| chosen.check.name.as_str()).collect();
    locked.difference(&still).for_each(|name| locks.release(Lock::Check(name)));
    (Plan { chosen, busy: plan.busy }, memory)
}

/// Ends what the commands of killed rounds left behind, and notes that this one has begun, if it runs any.
fn begin(state: &Path, plan: &Plan<'_>, keeping: &mut Keeping<'_>) -> Option<Begun> {
    let broken = begun::broken_off(state);
    if !broken.is_empty() {
        end_orphans().into_iter().for_each(|fault| keeping.fault(fault));
        // One that stays there has the next round look again.
        broken.iter().for_each(|file| drop(std::fs::remove_file(file)));
    }
    let runs_commands = plan.chosen.iter().any(|chosen| !chosen.check.grants.commands.is_empty());
    if !runs_commands || keeping.store.is_none() {
        return None;
    }
    let noted = Begun::note(state);
    noted.map_err(|error| keeping.fault(Fault::new(FaultKind::NotStored, error.to_string()))).ok()
}

/// Runs the checks that were chosen, and hands over each as it ends.
fn run(
    isolation: &Isolation,
    plan: &Plan<'_>,
    zygote: &Zygote,
    interrupt: Option<&Interrupt>,
    cache: &mut Cache,
    keeping: &mut Keeping<'_>,
) -> std::io::Result<Option<i32>> {
    let config = keeping.terms.config;
    let longest = plan.chosen.iter().map(|chosen| chosen.check.limits.timeout).max().unwrap_or_default();
    let terms = flow::Terms {
        isolation,
        zygote,
        compile: &config.compile,
        retry: Retry::GivenUpStaysSo,
        directories: &config.paths.checks,
        root: Path::new("/"),
        seats: Seats { locks: keeping.locks, parallel: config.run.parallel, groups: &config.groups },
        deadline: Instant::now() + config.run.deadline.unwrap_or(longest + config.run.tick),
        keeps_zygote: true,
        interrupt,
        accept: &|subject, descriptor| match config.checks.get(&subject.name) {
            Some(check) => verdict::accept(subject, descriptor, &check.thresholds),
            None => Ok(()),
        },
    };
    let tape = match config.run.record {
        RecordWhen::Never => Taping::None,
        RecordWhen::OnProblem => Taping::Record(LONGEST_OF_ROUND),
    };
    let of =
        |chosen: &Chosen<'_>| Subject { tape: tape.clone(), ..subject(chosen.check, &keeping.memory.private, config) };
    let subjects = plan.chosen.iter().map(of).collect();
    carry_out(subjects, Goal::Run, &terms, cache, keeping)
}

/// What is remembered; `None` where it cannot be read.
fn read(store: Option<&Store>, faults: &mut Vec<Fault>) -> Memory {
    match store.map(Store::read) {
        Some(Ok((memory, damage))) => {
            faults.extend(damage.into_iter().map(mended));
            memory
        }
        Some(Err(error)) => {
            faults.push(not_stored(&error));
            Memory::default()
        }
        None => Memory::default(),
    }
}

/// Without them checks are run all the same: a check too often is better than none.
fn open_locks(store: Option<&Store>, directory: &Path, faults: &mut Vec<Fault>) -> Locks {
    let opened = store.map(|_| Locks::open(directory)).transpose();
    let opened = opened.map_err(|error| faults.push(Fault::new(FaultKind::NotStored, error.to_string())));
    opened.ok().flatten().unwrap_or_else(Locks::apart)
}

/// A directory of drop-ins that was emptied, or is not mounted, is not to look like a host where all is well.
fn nothing_configured(config: &Config) -> Option<Fault> {
    let sources: Vec<String> = config.sources.iter().map(|source| escape::path(source)).collect();
    let why = format!("no check is configured: no [check.NAME] holds in {}", sources.join(", "));
    config.checks.is_empty().then(|| mended(format!("{why}; put a drop-in there, NAME.toml, or mount what is missing")))
}

fn day(of: Timestamp) -> jiff::civil::Date {
    of.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn mended(what: String) -> Fault {
    Fault::new(FaultKind::Mended, what)
}

fn internal(what: &str, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Internal, format!("{what}: {error}"))
}

/// Those of the checks that were asked for by name which an operator wants not to be run.
fn paused(wanted: &Wanted, memory: &Memory, now: Timestamp) -> Vec<(String, Pause)> {
    let Wanted::Only(names) = wanted else { return Vec::new() };
    names.iter().filter_map(|name| Some((name.clone(), plan::pause(memory, name, now)?.clone()))).collect()
}

/// The check whose time comes next.
fn next(memory: &Memory, now: Timestamp) -> Option<(String, Timestamp)> {
    let all = memory.results.checks.iter();
    let due = all.filter_map(|(name, standing)| Some((standing.verdict.next_due.filter(|due| *due > now)?, name)));
    due.min().map(|(due, name)| (name.clone(), due))
}

/// What tells this host from the others of a fleet.
#[must_use]
pub fn machine() -> String {
    std::fs::read_to_string("/etc/machine-id").map_or_else(|_| host(), |id| id.trim().to_owned())
}

/// How long a host waits before its round, so that a thousand hosts do not start at once: fixed by the machine id.
#[must_use]
pub fn splay(machine_id: &str, up_to: Duration) -> Duration {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(machine_id.trim());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let nanoseconds = u64::try_from(up_to.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(if nanoseconds == 0 { 0 } else { number % nanoseconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_splay_is_the_hosts_own_and_spread_over_all_of_it() {
        let up_to = Duration::from_secs(20);
        let waits: Vec<Duration> = (0..1000).map(|host| splay(&format!("host {host}"), up_to)).collect();
        assert_eq!(waits[7], splay("host 7\n", up_to));
        assert!(waits.iter().all(|wait| *wait < up_to));
        for quarter in 0..4 {
            let from = up_to * quarter / 4;
            let there = waits.iter().filter(|wait| (from..from + up_to / 4).contains(*wait)).count();
            assert!((200..300).contains(&there), "{there} of 1000 in quarter {quarter}");
        }
        assert_eq!(splay("host", Duration::ZERO), Duration::ZERO);
    }
}
