//! A round: all checks that are due, each in processes of its own, and what is kept of them.

pub mod cached;
pub mod run_outcome;
pub mod deliver;
mod exit_reason;
pub mod fault;
pub mod executor;
mod decode;
pub mod host;
pub mod self_check;
mod ledger;
mod orphans;
pub mod plan;
mod pool;
pub mod concurrency;
mod start;
pub mod subject;
pub mod verdict;

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::isolation::{Isolation, IsolationError};
use concurrency::Concurrency;
use executor::{Recompile, carry_out};
use fault::{Fault, FaultKind};
use host::host;
use ledger::{Books, Ledger, RoundContext};
use plan::{Busy, Chosen, Selection};
use roundsman_config::{Config, RecordWhen};
use roundsman_contract::calls::tape::{LONGEST_OF_ROUND, Taping};
use roundsman_contract::subject::CheckSubject;
use roundsman_grants::escape;
use roundsman_os::process::interrupt::Interrupt;
use roundsman_os::process::starved;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::clock::Distance;
use roundsman_store::components::cache::Cache;
use roundsman_store::cursors::{self, Cursors};
use roundsman_store::memory::Memory;
use roundsman_verdict::check_status::Pause;
use roundsman_verdict::judge::Verdict;
use roundsman_verdict::schedule::Start;
use run_outcome::Goal;
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

/// Caller of a round, which decides who is told of its faults.
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
    wanted: &Selection,
    caller: Caller,
    zygote: Zygote,
    show: &mut dyn FnMut(&Verdict),
) -> Result<Round, IsolationError> {
    let (began, now) = (Instant::now(), Timestamp::now());
    let isolation = Isolation::decide(&config.run, &config.paths.state)?;
    let mut faults = known(config, &isolation, now);
    let receivers = receivers(config, &mut faults);
    let interrupt = Interrupt::watch().map_err(|error| faults.push(internal("watching for signals", &error))).ok();
    let (books, mut memory) = Books::open(config, &mut faults);
    memory.events.extend(ledger::gap(&memory, now, was_clock_set(&memory)));

    let config = &*ledger::without_lost(config, &memory);
    let (machine, timings) = (machine(), plan::timings(config));
    let start = Start { now, machine: &machine, tick: config.run.tick, first: plan::first_round(&memory) };
    let context = RoundContext { config, timings: &timings, start };
    let mut ledger = Ledger::new(context, &books, memory, receivers, show);
    faults.into_iter().for_each(|fault| ledger.fault(fault));
    let chosen = ledger.claim(wanted);
    ledger.announce();
    let marker = ledger.begin();
    let mut cache = cached::open(config, &config.paths.state, &zygote);
    let ran = run(&isolation, &chosen, &books, &zygote, interrupt.as_ref(), &mut cache, &mut ledger);
    drop((zygote, marker));
    cache.close(&|| cached::named(config)).lines.into_iter().for_each(|line| ledger.fault(Fault::mended(line)));
    let signal = ran.unwrap_or_else(|error| {
        ledger.fault(internal("watching the processes", &error));
        None
    });
    Ok(ledger.finish(wanted, caller, began, signal))
}

/// Returns what is at fault before anything is read of the state.
fn known(config: &Config, isolation: &Isolation, now: Timestamp) -> Vec<Fault> {
    let missing = isolation.missing().into_iter().map(Fault::mended);
    let refused = config.refused.iter().map(Fault::refused);
    let expired = config.lock.expired(day(now)).map(Fault::mended);
    missing.chain(refused).chain(expired).chain(nothing_configured(config)).collect()
}

/// Tells whether the clock was set since the last round.
fn was_clock_set(memory: &Memory) -> bool {
    memory.private.clock.as_ref().zip(Distance::now()).and_then(|(was, is)| is.step_since(was)).is_some()
}

/// Reads how it is with each receiver, and notes those that have been away for long.
fn receivers(config: &Config, faults: &mut Vec<Fault>) -> Cursors {
    if config.receivers.is_empty() {
        return Cursors::new();
    }
    let cursors = cursors::read(&config.paths.state);
    let mut cursors = cursors.map_err(|error| faults.push(ledger::not_stored(&error))).unwrap_or_default();
    cursors.retain(|name, _| config.receivers.iter().any(|receiver| receiver.name == *name));
    let troubles = cursors.iter().filter_map(|(name, cursor)| {
        Some(format!("output {name}: {}; to see its answer: roundsman send --test {name}", cursor.trouble()?))
    });
    faults.extend(troubles.map(|trouble| Fault::new(FaultKind::Undelivered, trouble)));
    cursors
}

/// Runs the checks that were chosen, and hands over each as it ends.
fn run(
    isolation: &Isolation,
    chosen: &[Chosen<'_>],
    books: &Books,
    zygote: &Zygote,
    interrupt: Option<&Interrupt>,
    cache: &mut Cache,
    ledger: &mut Ledger<'_>,
) -> std::io::Result<Option<i32>> {
    let config = ledger.context.config;
    let longest = chosen.iter().map(|chosen| chosen.check.limits.timeout).max().unwrap_or_default();
    let context = executor::RunContext {
        isolation,
        zygote,
        compile: &config.compile,
        retry: Recompile::GivenUpStaysSo,
        directories: &config.paths.checks,
        root: Path::new("/"),
        concurrency: Concurrency { locks: &books.locks, parallel: config.run.parallel, groups: &config.groups },
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
    let of = |chosen: &Chosen<'_>| CheckSubject {
        tape: tape.clone(),
        ..subject(chosen.check, &ledger.memory().private, config)
    };
    let subjects = chosen.iter().map(of).collect();
    carry_out(subjects, Goal::Run, &context, cache, ledger)
}

/// A directory of drop-ins that was emptied, or is not mounted, is not to look like a host where all is well.
fn nothing_configured(config: &Config) -> Option<Fault> {
    let sources: Vec<String> = config.sources.iter().map(|source| escape::path(source)).collect();
    let why = format!("no check is configured: no [check.NAME] holds in {}", sources.join(", "));
    config
        .checks
        .is_empty()
        .then(|| Fault::mended(format!("{why}; put a drop-in there, NAME.toml, or mount what is missing")))
}

fn day(of: Timestamp) -> jiff::civil::Date {
    of.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn internal(what: &str, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Internal, format!("{what}: {}", starved::shown(error)))
}

/// Returns what tells this host from the others of a fleet.
#[must_use]
pub(crate) fn machine() -> String {
    std::fs::read_to_string("/etc/machine-id").map_or_else(|_| host(), |id| id.trim().to_owned())
}

/// Tells how long a host waits before its round, so that a thousand hosts do not start at once: fixed by the machine id.
#[must_use]
pub(crate) fn splay(machine_id: &str, up_to: Duration) -> Duration {
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
