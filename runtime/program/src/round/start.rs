//! Starts the processes of one step: what each is given, and what it gives up before it begins.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use serde::Serialize;
use tracing::debug;

use super::pool::Task;
use crate::isolation::Isolation;
use roundsman_config::{CompileLimits, Limits};
use roundsman_contract::report::LONGEST_RECORD;
use roundsman_contract::subject::CheckSubject;
use roundsman_os::process::memfd::Memfd;
use roundsman_os::process::pipe::pipe;
use roundsman_os::process::slot::Slot;
use roundsman_sandbox::broker::Brief;
use roundsman_sandbox::broker::identity::Own;
use roundsman_sandbox::worker::lockdown::ProcessBounds;
use roundsman_sandbox::worker::longest_message;
use roundsman_sandbox::worker::{Code, ExportCall, Job};
use roundsman_sandbox::zygote::{Charge, Errand, ForkError, ForkOrder, Pair, RunDescriptors, Who, Zygote};
use roundsman_store::components::bytes::Verified;
use roundsman_store::components::cache::LONGEST_CODE;

/// Most bytes of memory that one line of the log or one value of the state takes when it is read, for each byte that its limit
/// counts.
const SMALLEST: u64 = 64;

/// Counts the longest message of a run or a question, in bytes: an outcome, and what the broker adds.
#[must_use]
pub(crate) fn longest_report(limits: &Limits) -> usize {
    let added = limits.log.saturating_add(limits.state).saturating_mul(SMALLEST);
    let added = added.saturating_add(limits.commands.saturating_mul(LONGEST_RECORD));
    let added = usize::try_from(added).unwrap_or(usize::MAX);
    longest_message(limits).saturating_mul(2).saturating_add(added)
}

/// Longest message of a compilation, in bytes: names of the contract's few interfaces, or one failure.
pub(crate) const LONGEST_IMPORTS: usize = 1 << 20;

/// Compiles a component into the descriptor that is returned with the task; the channel says what it
/// imports, or what was wrong.
///
/// # Errors
/// The system gives no more processes or descriptors, or the zygote is gone.
pub(crate) fn compilation<K>(
    isolation: &Isolation,
    zygote: &Zygote,
    key: K,
    verified: &Verified,
    limits: &CompileLimits,
) -> Result<(Task<K>, Memfd), ForkError> {
    let component = Memfd::with("component", &verified.bytes)?;
    let code = Memfd::new("code", LONGEST_CODE)?;
    let bounds = ProcessBounds { memory: limits.memory, cpu: Some(limits.time.as_secs().max(1)), output: LONGEST_CODE };
    // Wall clock is no measure of a compilation on a busy host; this only ends one that sleeps.
    let timeout = limits.time.saturating_mul(4);
    let (channel, report) = pipe()?;
    let errand = Errand::Compile { component: component.as_fd(), code: code.as_fd(), channel: report.as_fd() };
    let task = lone_worker(isolation, zygote, key, timeout, bounds, channel, errand)?;
    Ok((task, code))
}

/// Asks a component what it is, or to judge options; nothing is granted to it.
///
/// # Errors
/// The system gives no more processes or descriptors, or the zygote is gone.
pub(crate) fn question<K>(
    isolation: &Isolation,
    zygote: &Zygote,
    key: K,
    code: &Code,
    job: &Job,
) -> Result<Task<K>, ForkError> {
    let bounds = ProcessBounds { memory: job.limits.memory, cpu: None, output: 0 };
    let written = written("job", job)?;
    let (channel, report) = pipe()?;
    let errand = Errand::Ask { job: written.as_fd(), code: code.as_fd(), channel: report.as_fd() };
    let mut task = lone_worker(isolation, zygote, key, job.limits.timeout, bounds, channel, errand)?;
    task.longest = longest_report(&job.limits);
    Ok(task)
}

/// Code to run as a check.
#[derive(Debug)]
pub struct Program<'a> {
    pub code: &'a Code,
    /// Whether the component imports WASI.
    pub wasi: bool,
}

/// Runs a check: a broker that holds its grants, and a worker that holds nothing. The worker is the zygote itself where
/// the caller knows that it will want no other.
///
/// # Errors
/// The system gives no more processes or descriptors, or the zygote is gone.
pub fn check<K>(
    isolation: &Isolation,
    (zygote, who): (&Zygote, Who),
    key: K,
    program: &Program<'_>,
    subject: &CheckSubject,
    root: &Path,
    round_ends: Instant,
) -> Result<Task<K>, ForkError> {
    let started = Instant::now();
    let timeout = subject.limits.timeout;
    let (ours, theirs) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).map_err(io::Error::from)?;
    let (channel, report) = pipe()?;
    let (stderr, complaints) = pipe()?;
    let call = ExportCall::Run(subject.options.clone());
    let Program { code, wasi } = *program;
    let job = written("job", &Job { check: subject.name.clone(), call, limits: subject.limits.clone(), wasi })?;
    let account = isolation.users.as_ref().and_then(|users| users.default.as_ref());
    let slot = slot(isolation)?;
    // A component by itself has a broker that is who called: there is nobody else to be kept apart.
    let row = isolation.users.as_ref().filter(|_| account.is_some()).map(|users| users.slots.row);
    let own = slot.as_ref().zip(row).map(|(slot, row)| Own { uid: slot.broker(), row });
    // A command is ended, with its tree, before its broker is.
    let left = timeout.min(round_ends.saturating_duration_since(started));
    let brief = written("brief", &Brief { subject, account, own, layers: isolation.layers, root, left })?;

    let bounds = ProcessBounds { memory: subject.limits.memory, cpu: None, output: 0 };
    let charge = Charge { brief: brief.as_fd(), worker: ours.as_fd(), report: report.as_fd() };
    let run = RunDescriptors { job: job.as_fd(), code: code.as_fd(), broker: theirs.as_fd() };
    let order = order(isolation, slot.as_ref(), bounds);
    match zygote.check((order, who), Pair { charge, run }, complaints.as_fd()) {
        Ok((broker, worker)) => {
            debug!(check = ?subject.name, broker = broker.pid().as_raw_pid(), worker = worker.pid().as_raw_pid(), "runs");
            Ok(Task {
                key,
                worker,
                broker: Some(broker),
                channel,
                longest: longest_report(&subject.limits).saturating_add(subject.tape.room()),
                stderr,
                started,
                timeout,
                slot,
                shown: subject.shown,
            })
        }
        Err(error) => Err(lost(error, slot)),
    }
}

/// Returns a locked process with nothing but a channel to the round, of which `channel` is the end to read from.
fn lone_worker<K>(
    isolation: &Isolation,
    zygote: &Zygote,
    key: K,
    timeout: Duration,
    bounds: ProcessBounds,
    channel: OwnedFd,
    errand: Errand<BorrowedFd<'_>>,
) -> Result<Task<K>, ForkError> {
    let started = Instant::now();
    let (stderr, complaints) = pipe()?;
    let name = errand.name();
    let slot = slot(isolation)?;
    match zygote.worker(order(isolation, slot.as_ref(), bounds), errand, complaints.as_fd()) {
        Ok(worker) => {
            debug!(name, worker = worker.pid().as_raw_pid(), "started");
            Ok(Task {
                key,
                worker,
                broker: None,
                channel,
                longest: LONGEST_IMPORTS,
                stderr,
                started,
                timeout,
                slot,
                shown: false,
            })
        }
        Err(error) => Err(lost(error, slot)),
    }
}

/// Returns the uids of one run or question; `None` where there is one user for all.
fn slot(isolation: &Isolation) -> io::Result<Option<Slot>> {
    isolation.users.as_ref().map(|users| users.slots.take()).transpose()
}

/// Returns the limits and the identity of a worker: the slot makes its uid its own.
fn order(isolation: &Isolation, slot: Option<&Slot>, bounds: ProcessBounds) -> ForkOrder {
    ForkOrder { uid: slot.map(|slot| slot.worker), layers: isolation.layers, bounds }
}

/// Returns the error of a process that could not be started, whose slot may be let go where there is none.
fn lost(error: ForkError, slot: Option<Slot>) -> ForkError {
    if let (ForkError::Gone(_), Some(slot)) = (&error, slot) {
        // A process that nobody knows of may have its uids, up to the end of this one.
        std::mem::forget(slot);
    }
    error
}

/// Returns what a process is to do, for itself alone to read.
fn written(what: &str, orders: &impl Serialize) -> io::Result<OwnedFd> {
    Memfd::with(what, &postcard::to_allocvec(orders).map_err(io::Error::other)?)
}
