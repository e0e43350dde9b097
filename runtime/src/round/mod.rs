//! A round: all checks that are wanted, each in processes of its own, and what is kept of them.

pub mod carried;
mod fate;
pub mod fault;
pub mod flow;
mod heard;
mod pool;
mod start;
pub mod verdict;
pub mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{Check, Config, LogFormat};
use crate::isolation::{Isolation, IsolationError};
use crate::judge::Verdict;
use crate::outputs::log_line;
use crate::store::log::append;
use crate::store::state::{Memory, Store, StoreError};
use crate::subject::Subject;
use carried::{Carried, Goal};
use fault::{Fault, FaultKind};
use flow::{Terms, carry_out};
use work::Honest;

/// A round, done.
#[derive(Debug)]
pub struct Round {
    pub verdicts: Vec<Verdict>,
    /// What went wrong besides the checks.
    pub faults: Vec<Fault>,
    /// Those among them that the last round did not have.
    pub new_faults: Vec<String>,
    /// What the last round had and this one has not.
    pub ended_faults: Vec<String>,
    /// Checks of the configuration, wanted or not.
    pub configured: usize,
}

/// Does a round of the checks that `wanted` selects. Reads the state, runs, judges, stores and logs; printing is the
/// caller's.
///
/// # Errors
/// A layer of isolation that is required is missing; nothing was run.
pub fn round(config: &Config, wanted: &dyn Fn(&str) -> bool) -> Result<Round, IsolationError> {
    let isolation = Isolation::decide(&config.run, &config.paths.state)?;
    let mut faults: Vec<Fault> =
        isolation.missing().into_iter().map(|what| Fault::new(FaultKind::Mended, what)).collect();
    let store = note(Store::open(&config.paths.state), &mut faults);
    let memory = store.as_ref().and_then(|store| note(store.read(), &mut faults));
    let memory = memory.map_or_else(Memory::default, |(memory, damage)| {
        faults.extend(damage.map(|damage| Fault::new(FaultKind::Mended, damage)));
        memory
    });

    let checks: BTreeMap<&str, &Check> = config
        .checks
        .values()
        .filter(|check| check.enabled && wanted(&check.name))
        .map(|check| (check.name.as_str(), check))
        .collect();
    let mut states = BTreeMap::new();
    let mut verdicts = refused(config, &memory, wanted, &mut faults);
    let run = run(config, &isolation, &checks, &memory, &mut |mut carried| {
        if let Some(check) = checks.get(carried.name.as_str()) {
            let state = carried.state.take();
            let verdict = verdict::verdict(&verdict::rules(check), carried);
            // Kept only with its outcome: an outcome that was judged invalid keeps none.
            states.extend(state.filter(|_| verdict.failure.is_none()).map(|state| (check.name.clone(), state)));
            verdicts.push(verdict);
        }
    });
    if let Err(error) = run {
        faults.push(Fault::new(FaultKind::Internal, format!("watching the processes: {error}")));
    }
    recall(&mut verdicts, &memory);
    let lost = verdicts.iter().filter(|verdict| !config.checks.contains_key(&verdict.check)).count();

    log(config, &verdicts, &memory, &mut faults);
    if let Some(store) = &store {
        let messages: Vec<String> = faults.iter().map(|fault| fault.message.clone()).collect();
        let changed = store.change(|memory| {
            remember(memory, config, &verdicts, states);
            memory.faults.clone_from(&messages);
        });
        note(changed, &mut faults);
    }
    let had = |message: &String| memory.faults.contains(message);
    let new_faults = faults.iter().map(|fault| fault.message.clone()).filter(|message| !had(message)).collect();
    let has = |message: &&String| faults.iter().any(|fault| fault.message == **message);
    let ended_faults = memory.faults.iter().filter(|message| !has(message)).cloned().collect();
    Ok(Round { verdicts, faults, new_faults, ended_faults, configured: config.checks.len() + lost })
}

/// Runs the checks and hands over each as it ends.
fn run(
    config: &Config,
    isolation: &Isolation,
    checks: &BTreeMap<&str, &Check>,
    memory: &Memory,
    done: &mut dyn FnMut(Carried),
) -> std::io::Result<()> {
    let longest = checks.values().map(|check| check.limits.timeout).max().unwrap_or_default();
    let terms = Terms {
        isolation,
        work: &Honest(isolation.layout),
        compile: &config.compile,
        directories: &config.paths.checks,
        root: Path::new("/"),
        parallel: config.run.parallel,
        deadline: Instant::now() + config.run.deadline.unwrap_or(longest + config.run.tick),
        accept: &|subject, descriptor| match checks.get(subject.name.as_str()) {
            Some(check) => verdict::accept(subject, descriptor, &check.thresholds),
            None => Ok(()),
        },
    };
    let subjects = checks.values().map(|check| Subject::of(check, memory)).collect();
    carry_out(subjects, Goal::Run, &terms, done)
}

/// UNKNOWN for the checks of files with an error: those that they would give, and those that they gave last time.
fn refused(config: &Config, memory: &Memory, wanted: &dyn Fn(&str) -> bool, faults: &mut Vec<Fault>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let now = jiff::Timestamp::now();
    for refused in &config.refused {
        let problems = refused.problems.join("\n");
        let gave =
            memory.checks.iter().filter(|(_, check)| gave(&check.file, &refused.file)).map(|(name, _)| name.clone());
        let names: std::collections::BTreeSet<String> = refused.checks.iter().cloned().chain(gave).collect();
        for name in names.into_iter().filter(|name| wanted(name) && !config.checks.contains_key(name)) {
            verdicts.push(verdict::lost(&name, refused, now));
        }
        faults.push(Fault::new(FaultKind::ConfigRefused, problems));
    }
    verdicts
}

/// Whether a check of `file` falls with what was refused: that file, or the directory where it lies.
fn gave(file: &Path, refused: &Path) -> bool {
    file == refused || file.parent() == Some(refused)
}

/// What only the past can tell.
fn recall(verdicts: &mut [Verdict], memory: &Memory) {
    for verdict in verdicts {
        let last = memory.checks.get(&verdict.check).and_then(|check| check.last_success);
        verdict.last_success = verdict.last_success.or(last);
    }
}

fn remember(
    memory: &mut Memory,
    config: &Config,
    verdicts: &[Verdict],
    mut states: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
) {
    for (name, known) in &mut memory.checks {
        // Its file holds, and gives it no more.
        if !config.checks.contains_key(name) && !config.refused.iter().any(|refused| gave(&known.file, &refused.file)) {
            known.file = PathBuf::new();
        }
    }
    for verdict in verdicts {
        let Some(check) = config.checks.get(&verdict.check) else { continue };
        let remembered = memory.checks.entry(check.name.clone()).or_default();
        remembered.file.clone_from(&check.origin.file);
        remembered.last_success = verdict.last_success;
        if let Some(state) = states.remove(&check.name) {
            remembered.set_state(state);
        }
    }
}

/// A line for each verdict, and for each fault that the last round did not have.
fn log(config: &Config, verdicts: &[Verdict], memory: &Memory, faults: &mut Vec<Fault>) {
    let (host, now) = (host(), jiff::Timestamp::now());
    let of_verdict = |verdict| match config.log.format {
        LogFormat::Text => log_line::encode(verdict),
        LogFormat::Json => log_line::encode_json(verdict, &host),
    };
    let of_fault = |fault: &Fault| match config.log.format {
        LogFormat::Text => log_line::fault(now, fault.kind.status(), &fault.message),
        LogFormat::Json => log_line::fault_json(now, fault.kind.status(), &fault.message, &host),
    };
    let new = faults.iter().filter(|fault| !memory.faults.contains(&fault.message));
    let lines: Vec<String> = verdicts.iter().map(of_verdict).chain(new.map(of_fault)).collect();
    if let Err(error) = append(&config.log.file, &lines) {
        let file = config.log.file.display();
        faults.push(Fault::new(
            FaultKind::NotStored,
            format!("{file}: {error}; set `log.file` to a file that can be written"),
        ));
    }
}

/// The host's name, as the kernel has it.
#[must_use]
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Keeps a value, or the fault in its place.
fn note<T>(result: Result<T, StoreError>, faults: &mut Vec<Fault>) -> Option<T> {
    result
        .map_err(|error| {
            let kind =
                if matches!(error, StoreError::Locked { .. }) { FaultKind::Locked } else { FaultKind::NotStored };
            faults.push(Fault::new(kind, error.to_string()));
        })
        .ok()
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
