//! The processes under way: one poll loop, no second thread, every deadline kept by killing.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use roundsman_contract::calls::seen::{self, CallEvent, Head};
use roundsman_contract::report::without_hints;
use roundsman_os::process::interrupt::Interrupt;
use roundsman_os::process::pidfd::{Child, Exit};
use roundsman_os::process::slot::Slot;

/// Time that a broker gets after its worker's end: TERM, grace and KILL for a command, then its report.
const BROKER_GRACE: Duration = Duration::from_secs(5);
/// Time for the kernel to carry out a SIGKILL; what takes longer hangs in the kernel and is abandoned.
const KILL_GRACE: Duration = Duration::from_secs(1);
/// Bytes that are kept of the stderr of a process; the rest is read and dropped.
const STDERR_KEPT: usize = 4 << 10;

/// More of them than it takes to empty a pipe, which holds 64 KiB.
const READS_IN_A_TURN: usize = 64;

/// The processes of one step, with the two pipes that they write to.
#[derive(Debug)]
pub struct Task<K> {
    pub key: K,
    /// Computes; killed at the deadline.
    pub worker: Child,
    /// Answers the worker; gets time to report after the worker's end.
    pub broker: Option<Child>,
    /// Message of the step, up to `longest` bytes.
    pub channel: OwnedFd,
    pub longest: usize,
    pub stderr: OwnedFd,
    pub started: Instant,
    pub timeout: Duration,
    /// Held until the processes are gone: their uid is nobody else's meanwhile.
    pub slot: Option<Slot>,
    /// The broker tells of each call before it reports.
    pub shown: bool,
}

/// A step whose processes are gone.
#[derive(Debug)]
pub struct StepEnd<K> {
    pub key: K,
    /// All that came through the channel; more than `longest` is kept as one byte more than that.
    pub message: Vec<u8>,
    pub stderr: String,
    pub reason: ExitReason,
    pub duration: Duration,
    pub slot: Option<Slot>,
    /// One of its processes hangs in the kernel, and still has a uid of the slot.
    pub left_behind: bool,
}

/// Ends of the processes of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitReason {
    /// The deadline passed before the worker had ended.
    pub timed_out: bool,
    /// It was the round's deadline that passed, before the task's own.
    pub by_round: bool,
    /// `None` for a process that SIGKILL did not end in time.
    pub worker: Option<Exit>,
    pub broker: Option<Exit>,
    /// The broker had ended while the worker still ran, which was then killed: nobody answered it any more.
    pub broker_first: bool,
}

impl ExitReason {
    /// Tells whether the worker left by itself, in time, and had nothing to complain of.
    #[must_use]
    pub(crate) fn left_well(&self) -> bool {
        !self.timed_out && self.worker == Some(Exit::Code(0))
    }
}

/// Tasks under way.
#[derive(Debug)]
pub struct Pool<K> {
    tasks: Vec<Watched<K>>,
}

/// A task, with what is known of it so far.
#[derive(Debug)]
struct Watched<K> {
    task: Task<K>,
    message: Vec<u8>,
    stderr: Vec<u8>,
    channel_open: bool,
    stderr_open: bool,
    reason: ExitReason,
    /// When something is done to it next.
    deadline: Instant,
    stage: Stage,
}

/// A descriptor by which a task is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Channel,
    Stderr,
    Worker,
    Broker,
}

/// Stage of enforcing the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Running,
    /// The worker has ended or been killed; the broker reports.
    Reporting,
    /// All are killed.
    Killed,
    /// Something hangs in the kernel.
    Abandoned,
}

impl<K> Default for Pool<K> {
    fn default() -> Self {
        Self { tasks: Vec::new() }
    }
}

impl<K> Pool<K> {
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Returns the keys of the tasks under way.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.tasks.iter().map(|watched| &watched.task.key)
    }

    pub(crate) fn add(&mut self, task: Task<K>) {
        self.tasks.push(Watched {
            deadline: task.started + task.timeout,
            task,
            message: Vec::new(),
            stderr: Vec::new(),
            channel_open: true,
            stderr_open: true,
            reason: ExitReason { timed_out: false, worker: None, broker: None, broker_first: false, by_round: false },
            stage: Stage::Running,
        });
    }

    /// Ends every task that still runs, as if its deadline had come.
    pub(crate) fn end_all(&mut self) {
        for watched in self.tasks.iter_mut().filter(|watched| watched.stage == Stage::Running) {
            watched.deadline = Instant::now();
        }
    }

    /// Waits until a task has ended, a signal has come, or until `until`; takes out the task. Tells `seen` of calls meanwhile.
    ///
    /// # Errors
    /// The kernel refuses to poll.
    pub fn next(
        &mut self,
        until: Instant,
        interrupt: Option<&Interrupt>,
        seen: &mut dyn FnMut(&CallEvent),
    ) -> io::Result<Option<StepEnd<K>>> {
        loop {
            let now = Instant::now();
            for watched in &mut self.tasks {
                watched.advance(now);
                watched.tell(seen);
            }
            if let Some(at) = self.tasks.iter().position(Watched::is_over) {
                return Ok(Some(self.tasks.swap_remove(at).end(seen)));
            }
            if now >= until || self.sleep(now, until, interrupt)? == Woken::BySignal {
                return Ok(None);
            }
        }
    }

    /// Sleeps until something can be read, something has ended, or the next deadline; takes what woke it.
    fn sleep(&mut self, now: Instant, until: Instant, interrupt: Option<&Interrupt>) -> io::Result<Woken> {
        let deadline = self.tasks.iter().map(|watched| watched.deadline).fold(until, Instant::min);
        let timeout = Timespec::try_from(deadline.saturating_duration_since(now)).ok();
        let all = self.tasks.iter().enumerate();
        let (whose, mut sources): (Vec<_>, Vec<_>) = all
            .flat_map(|(task, watched)| watched.sources().map(move |(source, fd)| ((task, source), readable(fd))))
            .unzip();
        sources.extend(interrupt.map(|interrupt| readable(interrupt.as_fd())));
        match poll(&mut sources, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<bool> = sources.iter().map(|source| !source.revents().is_empty()).collect();
        for (task, source) in whose.iter().zip(&ready).filter(|(_, ready)| **ready).map(|(whose, _)| *whose) {
            self.tasks[task].observe(source);
        }
        let signalled = interrupt.is_some() && ready.last() == Some(&true);
        Ok(if signalled { Woken::BySignal } else { Woken::ByTask })
    }
}

fn readable(fd: BorrowedFd<'_>) -> PollFd<'_> {
    PollFd::from_borrowed_fd(fd, PollFlags::IN)
}

/// Reason why a sleep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    ByTask,
    BySignal,
}

impl<K> Watched<K> {
    fn sources(&self) -> impl Iterator<Item = (Source, BorrowedFd<'_>)> {
        let channel = self.channel_open.then(|| (Source::Channel, self.task.channel.as_fd()));
        let stderr = self.stderr_open.then(|| (Source::Stderr, self.task.stderr.as_fd()));
        let worker = self.reason.worker.is_none().then(|| (Source::Worker, self.task.worker.as_fd()));
        let broker = self.task.broker.as_ref().filter(|_| self.reason.broker.is_none());
        let broker = broker.map(|broker| (Source::Broker, broker.as_fd()));
        [channel, stderr, worker, broker].into_iter().flatten()
    }

    /// Reads what there is, or reaps what has ended. What the kernel refuses for one task is no other's trouble: a process
    /// that cannot be awaited is abandoned in the end.
    fn observe(&mut self, source: Source) {
        let task = &mut self.task;
        match source {
            Source::Channel => {
                self.channel_open = drain(&task.channel, &mut self.message, task.longest).unwrap_or(false);
            }
            Source::Stderr => self.stderr_open = drain(&task.stderr, &mut self.stderr, STDERR_KEPT).unwrap_or(false),
            Source::Worker => self.reason.worker = task.worker.try_wait().ok().flatten(),
            Source::Broker => {
                self.reason.broker = task.broker.as_mut().and_then(|broker| broker.try_wait().ok().flatten());
            }
        }
    }

    /// Goes on to the next stage where it is time, and enforces the deadline; a process that cannot be killed is abandoned
    /// in the end.
    fn advance(&mut self, now: Instant) {
        if now >= self.deadline {
            // The round may have been elsewhere for long, which is no delay of the task's.
            let open: Vec<Source> = self.sources().map(|(source, _)| source).collect();
            open.into_iter().for_each(|source| self.observe(source));
        }
        if self.stage == Stage::Running && self.reason.worker.is_some() && self.task.broker.is_some() {
            (self.stage, self.deadline) = (Stage::Reporting, now + BROKER_GRACE);
        }
        if self.stage == Stage::Running && self.reason.broker.is_some() {
            self.reason.broker_first = true;
            let _ = self.task.worker.kill();
            (self.stage, self.deadline) = (Stage::Killed, now + KILL_GRACE);
        }
        if now >= self.deadline && !self.is_over() {
            self.enforce(now);
        }
    }

    fn enforce(&mut self, now: Instant) {
        (self.stage, self.deadline) = match self.stage {
            Stage::Running => {
                self.reason.timed_out = self.reason.worker.is_none();
                self.reason.by_round = now < self.task.started + self.task.timeout;
                let _ = self.task.worker.kill();
                match self.task.broker {
                    Some(_) => (Stage::Reporting, now + BROKER_GRACE),
                    None => (Stage::Killed, now + KILL_GRACE),
                }
            }
            Stage::Reporting => {
                let _ = self.task.worker.kill();
                if let Some(broker) = &self.task.broker {
                    let _ = broker.kill();
                }
                (Stage::Killed, now + KILL_GRACE)
            }
            Stage::Killed | Stage::Abandoned => (Stage::Abandoned, now),
        };
    }

    /// Tells whether nothing more is to come. Pipes that a survivor holds open do not count once all processes are gone.
    fn is_over(&self) -> bool {
        let gone = self.reason.worker.is_some() && (self.task.broker.is_none() || self.reason.broker.is_some());
        self.stage == Stage::Abandoned || gone
    }

    /// Tells of the calls that have come through the channel, and leaves what follows them.
    fn tell(&mut self, seen: &mut dyn FnMut(&CallEvent)) {
        while self.task.shown {
            match seen::take(&mut self.message) {
                Head::Seen(call) => seen(&call),
                Head::Report => self.task.shown = false,
                Head::Nothing => return,
                Head::Spoilt => {
                    // No report can follow.
                    self.message.clear();
                    return;
                }
            }
        }
    }

    fn end(mut self, seen: &mut dyn FnMut(&CallEvent)) -> StepEnd<K> {
        // The last words before the end are still in the pipes; an error there leaves what came before.
        let _ = drain(&self.task.channel, &mut self.message, self.task.longest);
        self.tell(seen);
        if self.task.shown {
            // Half of a call that was told of is no report.
            self.message.clear();
        }
        let _ = drain(&self.task.stderr, &mut self.stderr, STDERR_KEPT);
        StepEnd {
            key: self.task.key,
            message: self.message,
            stderr: without_hints(&String::from_utf8_lossy(&self.stderr[..self.stderr.len().min(STDERR_KEPT)])),
            reason: self.reason,
            left_behind: self.reason.worker.is_none() || (self.task.broker.is_some() && self.reason.broker.is_none()),
            duration: self.task.started.elapsed(),
            slot: self.task.slot,
        }
    }
}

/// Reads what a pipe holds, keeping one byte more than `longest`, and says whether more may come. Who writes faster
/// than this reads has its turn again after the others.
fn drain(pipe: &OwnedFd, kept: &mut Vec<u8>, longest: usize) -> io::Result<bool> {
    // Most messages are short: a large buffer costs a fault for each of its pages.
    let mut buffer = [MaybeUninit::uninit(); 4 << 10];
    for _ in 0..READS_IN_A_TURN {
        match rustix::io::read(pipe, &mut buffer) {
            Ok(([], _)) => return Ok(false),
            Ok((read, _)) => {
                let room = (longest + 1).saturating_sub(kept.len());
                kept.extend_from_slice(&read[..read.len().min(room)]);
            }
            Err(rustix::io::Errno::AGAIN) => return Ok(true),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
