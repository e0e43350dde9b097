//! Starts the processes of one step: what each is given, and what it gives up before it begins.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::pool::Task;
use super::work::{Work, complain, say};
use crate::broker::{self, commands::need_root};
use crate::calls::wire::LONGEST_FROM_WORKER;
use crate::components::bytes::Verified;
use crate::config::CompileLimits;
use crate::isolation::Isolation;
use crate::process::fork::fork_child;
use crate::process::memfd::Memfd;
use crate::process::pipe::pipe;
use crate::process::slot::Slot;
use crate::process::stdio::{keep_only, stderr_to};
use crate::process::user::Account;
use crate::subject::Subject;
use crate::worker::lockdown::{Bounds, lock};
use crate::worker::{Call, Code, Job};

/// Exit code of a child that could not take on its users, descriptors or locks; it did nothing else.
const NOT_PREPARED: i32 = 71;
/// The highest there is: proc_pid_oom_score_adj(5).
const OUT_OF_MEMORY_FIRST: &str = "1000";

/// Longest message of a run or a question, in bytes: an outcome, and what the broker adds.
pub const LONGEST_REPORT: usize = 2 * LONGEST_FROM_WORKER;

/// Longest message of a compilation, in bytes: names of the contract's few interfaces, or one failure.
pub const LONGEST_IMPORTS: usize = 1 << 20;

/// Longest code of a component, in bytes: a Python check compiles to 44 MB.
const LONGEST_CODE: u64 = 512 << 20;

/// Compiles a component into the descriptor that is returned with the task; the channel says what it
/// imports, or what was wrong.
///
/// # Errors
/// The system gives no more processes or descriptors.
pub fn compilation<K>(
    isolation: &Isolation,
    work: &dyn Work,
    key: K,
    verified: &Verified,
    limits: &CompileLimits,
) -> io::Result<(Task<K>, Memfd)> {
    let code = Memfd::new("code", LONGEST_CODE)?;
    let writer = File::from(code.as_fd().try_clone_to_owned()?);
    let bounds = Bounds { memory: limits.memory, cpu: Some(limits.time.as_secs().max(1)), output: LONGEST_CODE };
    // Wall clock is no measure of a compilation on a busy host; this only ends one that sleeps.
    let timeout = limits.time.saturating_mul(4);
    let mut task = lone_worker(isolation, "compile", key, timeout, bounds, &[writer.as_fd()], |channel| {
        work.compile(verified, &writer, channel)
    })?;
    task.longest = LONGEST_IMPORTS;
    Ok((task, code))
}

/// Asks a component what it is, or to judge options; nothing is granted to it.
///
/// # Errors
/// The system gives no more processes or descriptors.
pub fn question<K>(isolation: &Isolation, work: &dyn Work, key: K, code: &Code, job: &Job) -> io::Result<Task<K>> {
    let bounds = Bounds { memory: job.limits.memory, cpu: None, output: 0 };
    lone_worker(isolation, "ask", key, job.limits.timeout, bounds, &[code.as_fd()], |channel| {
        work.ask(job, code, channel)
    })
}

/// Runs a check: a broker that holds its grants, and a worker that holds nothing.
///
/// # Errors
/// The system gives no more processes or descriptors.
pub fn check<K>(
    isolation: &Isolation,
    work: &dyn Work,
    key: K,
    code: &Code,
    subject: &Subject,
    root: &Path,
    round_ends: Instant,
) -> io::Result<Task<K>> {
    let started = Instant::now();
    let timeout = subject.limits.timeout;
    // A command is ended, with its tree, before its broker is.
    let deadline = (started + timeout).min(round_ends);
    let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    let (ours, theirs) = (File::from(ours), Rc::new(File::from(theirs)));
    let (channel, report) = pipe()?;
    let report = File::from(report);
    let (stderr, complaints) = pipe()?;
    let slot = take_slot(isolation)?;

    let mut broker = fork_child("roundsman-broker", || {
        let who = isolation.users.as_ref().and_then(|users| users.default.as_ref()).filter(|_| !needs_root(subject));
        match prepare(&[ours.as_fd(), report.as_fd()], &complaints, who) {
            Ok(()) => say(&report, &broker::attend(isolation, subject, root, deadline, &ours)),
            Err(error) => complain(NOT_PREPARED, &format!("preparing the broker: {error}")),
        }
    })?;
    let worker = fork_child("roundsman-worker", || {
        let bounds = Bounds { memory: subject.limits.memory, cpu: None, output: 0 };
        locked(isolation, slot.as_ref(), &[theirs.as_fd(), code.as_fd()], &complaints, bounds, || {
            let call = Call::Run(subject.options.clone());
            work.check(&Job { check: subject.name.clone(), call, limits: subject.limits.clone() }, code, &theirs)
        })
    });
    let worker = match worker {
        Ok(worker) => worker,
        Err(error) => {
            // Without a worker the broker has nobody to answer.
            broker.kill()?;
            broker.wait()?;
            return Err(error);
        }
    };
    Ok(Task { key, worker, broker: Some(broker), channel, longest: LONGEST_REPORT, stderr, started, timeout, slot })
}

/// A locked process with nothing but a channel to the round.
fn lone_worker<K>(
    isolation: &Isolation,
    name: &str,
    key: K,
    timeout: Duration,
    bounds: Bounds,
    keep: &[BorrowedFd<'_>],
    work: impl FnOnce(&File) -> i32,
) -> io::Result<Task<K>> {
    let started = Instant::now();
    let (channel, report) = pipe()?;
    let report = File::from(report);
    let (stderr, complaints) = pipe()?;
    let slot = take_slot(isolation)?;
    let worker = fork_child(&format!("roundsman-{name}"), || {
        let keep: Vec<_> = keep.iter().copied().chain([report.as_fd()]).collect();
        locked(isolation, slot.as_ref(), &keep, &complaints, bounds, || work(&report))
    })?;
    Ok(Task { key, worker, broker: None, channel, longest: LONGEST_REPORT, stderr, started, timeout, slot })
}

/// Gives up users, descriptors and the rest, then works; never works unlocked.
fn locked(
    isolation: &Isolation,
    slot: Option<&Slot>,
    keep: &[BorrowedFd<'_>],
    complaints: &OwnedFd,
    bounds: Bounds,
    work: impl FnOnce() -> i32,
) -> i32 {
    // Where the host has no memory left, the kernel ends this process before anybody else. Only while it is who it was;
    // without `/proc` it is one among others.
    let _ = std::fs::write("/proc/self/oom_score_adj", OUT_OF_MEMORY_FIRST);
    let who = isolation.users.as_ref().zip(slot).map(|(users, slot)| users.worker(slot));
    let prepared = prepare(keep, complaints, who.as_ref());
    match prepared.and_then(|()| lock(isolation.layers, bounds).map_err(io::Error::other)) {
        Ok(()) => work(),
        Err(error) => complain(NOT_PREPARED, &format!("locking the worker: {error}")),
    }
}

fn prepare(keep: &[BorrowedFd<'_>], complaints: &OwnedFd, who: Option<&Account>) -> io::Result<()> {
    stderr_to(complaints.as_fd())?;
    keep_only(keep)?;
    who.map_or(Ok(()), Account::become_for_good)?;
    // Options, grants and state are in its memory: a command of the same user reads none of it.
    Ok(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?)
}

fn take_slot(isolation: &Isolation) -> io::Result<Option<Slot>> {
    isolation.users.as_ref().map(|users| users.slots.take()).transpose()
}

/// Whether the broker must stay root, to read or to run as somebody else than the default account.
fn needs_root(subject: &Subject) -> bool {
    subject.grants.user.is_some() || need_root(&subject.grants.commands)
}
