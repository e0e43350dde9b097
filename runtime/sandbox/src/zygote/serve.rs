//! Inside the zygote, and inside what it forks: a worker up to the moment when it is locked, a broker up to that when it
//! takes charge.

use std::fs::File;
use std::io::{self, Read as _};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::{Errno, retry_on_intr};
use rustix::net::{SendFlags, send};
use rustix::process::{DumpableBehavior, Pid, set_dumpable_behavior};
use serde::de::DeserializeOwned;

use super::order::{self, Charge, Errand, ForkOrder, ITSELF, Pair, ProcessOrder, RunDescriptors, Who};
use super::work::{Work, complain, say, tell};
use crate::broker::{self, Brief};
use crate::worker::lockdown::{MemoryRule, lock};
use crate::worker::{Code, Job, Mapped};
use roundsman_os::process::fork::{UNBORN, fork_sibling, go_on_as};
use roundsman_os::process::interrupt::ASKS;
use roundsman_os::process::signals::{block_only, default_all_but, for_a_parent};
use roundsman_os::process::stdio::{keep_only, silence_stderr, stderr_to};
use roundsman_os::process::user::Account;

/// Name of the worker of a check.
const WORKER: &str = "roundsman-worker";
/// Exit code of a process that could not take on its user, descriptors or locks; it did nothing else.
const NOT_PREPARED: i32 = 71;
/// Exit code of a zygote that cannot do its work.
const FAILED: i32 = 72;
/// The highest there is: proc_pid_oom_score_adj(5).
const OUT_OF_MEMORY_FIRST: &str = "1000";

/// Says which code its engine runs, then forks what is ordered by `socket`, as children of `round`, until the other end is
/// closed, or until it is told to carry out an order itself.
pub(crate) fn serve<W: Work>(socket: &OwnedFd, round: Pid, make: impl FnOnce() -> W) -> i32 {
    // A signal to all of a terminal's processes is for the round to answer.
    let prepared = keep_only(&[socket.as_fd()]).and_then(|()| silence_stderr()).and_then(|()| block_only(&ASKS));
    if let Err(error) = prepared {
        let words = format!("could not give up what it inherited: {error}");
        // A round that cannot be told sees how it ended.
        let _ = send(socket, words.as_bytes(), SendFlags::NOSIGNAL);
        return FAILED;
    }
    let work = make();
    if retry_on_intr(|| send(socket, &order::first_word(work.key()), SendFlags::NOSIGNAL)).is_err() {
        return FAILED;
    }
    while let Ok(Some((wanted, stderr))) = order::receive(socket) {
        let answered = match wanted {
            ProcessOrder::Worker(order, errand) => {
                let forked = fork_sibling(errand.name(), round, || match errand {
                    Errand::Compile { component, code, channel } => {
                        set_out(&order, [component, code, channel], &stderr, &work, Task::compile)
                    }
                    Errand::Ask { job, code, channel } => {
                        set_out(&order, [job, code, channel], &stderr, &work, Task::ask)
                    }
                });
                answer(socket, &number(forked).to_le_bytes())
            }
            ProcessOrder::Check(order, who, Pair { charge, run }) => {
                let broker = number(fork_sibling("roundsman-broker", round, || take_charge(charge, &stderr)));
                let RunDescriptors { job, code, broker: socket_of_broker } = run;
                let worker = || set_out(&order, [job, code, socket_of_broker], &stderr, &work, Task::check);
                // Without a broker there is nothing for a worker to do.
                if broker > 0 && who == Who::Zygote {
                    let answered = answer(socket, &order::two(broker, ITSELF));
                    return match answered.and_then(|()| go_on_as(WORKER, round)) {
                        Ok(()) => worker(),
                        // As for one that is forked: its parent has died.
                        Err(_) => UNBORN,
                    };
                }
                let worker = if broker > 0 { number(fork_sibling(WORKER, round, worker)) } else { broker };
                answer(socket, &order::two(broker, worker))
            }
        };
        if answered.is_err() {
            break;
        }
    }
    0
}

/// Returns the pid of a process that was forked, or the negative number of the error.
fn number(forked: io::Result<Pid>) -> i32 {
    match forked {
        Ok(pid) => pid.as_raw_nonzero().get(),
        Err(error) => -Errno::from_io_error(&error).unwrap_or(Errno::IO).raw_os_error(),
    }
}

fn answer(socket: &OwnedFd, answer: &[u8]) -> io::Result<()> {
    retry_on_intr(|| send(socket, answer, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Gives up what a broker does not need, the signals of the engine among it, then answers its worker and reports.
fn take_charge(charge: Charge<OwnedFd>, stderr: &OwnedFd) -> i32 {
    let Charge { brief, worker, report } = charge;
    let prepared = stderr_to(stderr.as_fd()).and_then(|()| {
        default_all_but(&[libc::SIGPIPE])?;
        for_a_parent()?;
        keep_only(&[brief.as_fd(), worker.as_fd(), report.as_fd()])?;
        let brief: Brief = decoded(brief)?;
        brief.give_up()?;
        // Options, grants and state are in its memory: a command of the same user reads none of it.
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        Ok(brief)
    });
    let report = File::from(report);
    match prepared.and_then(|brief| broker::attend(&brief, &worker.into(), &report)) {
        Ok(closing) => say(&report, &closing),
        Err(error) => complain(NOT_PREPARED, &format!("preparing the broker: {error}")),
    }
}

/// Gives up users, descriptors and the rest, then works; never works unlocked.
fn set_out(
    order: &ForkOrder,
    descriptors: [OwnedFd; 3],
    stderr: &OwnedFd,
    work: &impl Work,
    take: fn([OwnedFd; 3]) -> io::Result<Task>,
) -> i32 {
    // Where the host has no memory left, the kernel ends this process before anybody else. Only while it is who it was;
    // without `/proc` it is one among others.
    let _ = std::fs::write("/proc/self/oom_score_adj", OUT_OF_MEMORY_FIRST);
    let prepared = prepare(order, &descriptors.each_ref().map(OwnedFd::as_fd), stderr).and_then(|()| take(descriptors));
    let locked = prepared.and_then(|task| {
        // Read only where the process fails, which then is not the fault of its own limit.
        if let Some(starved) = order.bounds.starved() {
            tell(&starved);
        }
        lock(order.layers, order.bounds, task.memory()).map_err(io::Error::other)?;
        Ok(task)
    });
    match locked {
        // Its descriptors are closed by its end, and not before, in a panic neither: to who sees that, it has ended.
        Ok(task) => ManuallyDrop::new(task).carry_out(work),
        Err(error) => complain(NOT_PREPARED, &format!("locking the worker: {error}")),
    }
}

fn prepare(order: &ForkOrder, keep: &[BorrowedFd<'_>], stderr: &OwnedFd) -> io::Result<()> {
    stderr_to(stderr.as_fd())?;
    keep_only(keep)?;
    order.uid.map_or(Ok(()), |uid| Account::of_number(uid).become_for_good())?;
    // Options are in its memory from here on.
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// An errand with all that a locked process could not read any more.
enum Task {
    Compile { component: Vec<u8>, code: File, channel: File },
    Ask { job: Job, code: Mapped, channel: File },
    Check { job: Job, code: Mapped, broker: Arc<File> },
}

impl Task {
    fn compile([component, code, channel]: [OwnedFd; 3]) -> io::Result<Self> {
        Ok(Self::Compile { component: whole(component)?, code: code.into(), channel: channel.into() })
    }

    fn ask([job, code, channel]: [OwnedFd; 3]) -> io::Result<Self> {
        Ok(Self::Ask { job: decoded(job)?, code: mapped(code)?, channel: channel.into() })
    }

    fn check([job, code, broker]: [OwnedFd; 3]) -> io::Result<Self> {
        Ok(Self::Check { job: decoded(job)?, code: mapped(code)?, broker: Arc::new(broker.into()) })
    }

    fn memory(&self) -> MemoryRule {
        match self {
            Self::Compile { .. } => MemoryRule::AlsoReadOnly,
            Self::Ask { .. } | Self::Check { .. } => MemoryRule::Writable,
        }
    }

    fn carry_out(&self, work: &impl Work) -> i32 {
        match self {
            Self::Compile { component, code, channel } => work.compile(component, code, channel),
            Self::Ask { job, code, channel } => work.ask(job, code, channel),
            Self::Check { job, code, broker } => work.check(job, code, broker),
        }
    }
}

fn decoded<T: DeserializeOwned>(orders: OwnedFd) -> io::Result<T> {
    postcard::from_bytes(&whole(orders)?).map_err(|error| io::Error::other(format!("reading its orders: {error}")))
}

/// Neither mapping files nor making memory executable is left to a locked process.
fn mapped(code: OwnedFd) -> io::Result<Mapped> {
    let mapped = Code::sealed(code).and_then(|code| code.map());
    mapped.map_err(|error| io::Error::other(format!("mapping its code: {error}")))
}

/// Reads all of a descriptor that no other process reads from.
fn whole(fd: OwnedFd) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::from(fd).read_to_end(&mut bytes)?;
    Ok(bytes)
}
