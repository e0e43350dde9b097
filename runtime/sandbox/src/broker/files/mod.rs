//! Files and file systems: asked of a reader, a process of its own that can be left behind when it hangs. What cannot hang
//! the broker reads itself, where it is the reading user already.

mod end;
mod servers;
mod start;
mod usages;

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::{Pid, geteuid};

use super::identity::Own;
use crate::reader::{Budget, Ours, ReadLimits, ReadOrder, Reader, ReaderContext, Root, never_hangs};
use crate::worker::lockdown::Layers;
use end::Unanswered;
use roundsman_contract::Error;
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::files::Call;
use roundsman_contract::calls::wire::{self, LONGEST_CALL, LONGEST_TO_WORKER, WireError};
use roundsman_contract::limits::Limits;
use roundsman_contract::report::{Hanging, HangingKind};
use roundsman_contract::subject::CheckSubject;
use roundsman_grants::scope::Scope;
use roundsman_os::process::deadline::poll_until;
use roundsman_os::process::errno;
use roundsman_os::process::pidfd::Child;
use roundsman_os::process::user::Account;

/// Readers of one check that hang at a time, over all its runs. More are not started: each is a process that nobody can
/// end, and a component that is granted much of a dead file system may ask for a new path of it each time.
pub(in crate::broker) const MOST_HANGING: usize = 64;

/// As messages call a reader.
const READER: &str = "the process that reads files";

/// As long as a kill takes where nothing hangs.
const KILL: Duration = Duration::from_millis(100);

/// The files of one run. The reader is forked for the first call that needs it.
pub struct FileCalls {
    context: ReaderContext,
    pub(super) limits: Rc<Limits>,
    root: Root,
    account: Option<Account>,
    own: Option<Own>,
    layers: Layers,
    /// Reads in this process.
    inside: Option<Reader>,
    reader: Option<Process>,
    /// Since the last look at them.
    started: Vec<Pid>,
    /// For all readers of the run.
    budget: Option<Budget>,
    /// Readers that hang, of any check, as the round found them, and those of this run.
    hanging: Vec<Hanging>,
    /// Those that were left behind since the last look at them.
    left: Vec<Hanging>,
    /// Paths of this run that had no answer in time.
    silent: BTreeSet<String>,
    /// How readers ended before they answered, where another one was asked in their place, since the last look.
    replaced: Vec<String>,
}

/// A reader under way.
pub(super) struct Process {
    child: Child,
    pub(super) socket: File,
}

impl FileCalls {
    /// Reads below `root`, as `account` if there is one, else as this process; by readers that have the real uid `own`, and
    /// are locked with `layers`.
    pub fn new(
        subject: &CheckSubject,
        root: &Path,
        account: Option<Account>,
        own: Option<Own>,
        layers: Layers,
    ) -> Self {
        let CheckSubject { name, grants, secrets, limits, hanging, .. } = subject;
        Self {
            context: ReaderContext { check: name.clone(), grants: Rc::clone(grants), secrets: Rc::clone(secrets) },
            limits: limits.clone(),
            root: Root::from(root),
            account,
            own,
            layers,
            inside: None,
            reader: None,
            started: Vec::new(),
            budget: None,
            hanging: hanging.iter().filter(|hanging| hanging.kind == HangingKind::Reader).cloned().collect(),
            left: Vec::new(),
            silent: BTreeSet::new(),
            replaced: Vec::new(),
        }
    }

    /// Takes the readers that were started since the last call, whether they still are some or were left behind: whoever
    /// ends the children of this process leaves them alone.
    pub(crate) fn take_started(&mut self) -> Vec<Pid> {
        std::mem::take(&mut self.started)
    }

    /// Takes the readers that were left behind since the last call, whatever their path was answered.
    pub(crate) fn take_left(&mut self) -> Vec<Hanging> {
        std::mem::take(&mut self.left)
    }

    /// Takes how readers ended in whose place another one was asked, since the last call.
    pub(crate) fn take_replaced(&mut self) -> Vec<String> {
        std::mem::take(&mut self.replaced)
    }

    /// Answers a request of the interface `files`. One that takes longer than `limits.call` is answered `timed-out`,
    /// and its reader killed; where it hangs in the kernel it is left behind, and while it does, nobody is sent there again.
    pub(crate) fn call(&mut self, call: Call) -> Reply {
        let call = match call {
            Call::Usages { paths } => return self.usages(paths),
            call => call,
        };
        match call.target().filter(|target| self.hangs(target).is_some() || self.silent.contains(*target)) {
            // What no grant allows is denied whether it hangs or not, and the reader does that without looking at it.
            Some(_) if is_allowed(&self.context, &call) => Reply::Error(Error::TimedOut),
            _ => self.obey(ReadOrder::Serve(call)),
        }
    }

    /// Tells whether anything is at a path of the operator's own: done, or an error.
    pub(crate) fn look(&mut self, path: &str) -> Reply {
        match self.hangs(path) {
            Some(_) => Reply::Error(Error::TimedOut),
            None => self.obey(ReadOrder::Look { path: path.to_owned() }),
        }
    }

    /// Returns the reader that hangs on this path or pattern.
    pub(crate) fn hangs(&self, path: &str) -> Option<&Hanging> {
        self.hanging.iter().find(|hanging| hanging.path == path)
    }

    fn obey(&mut self, order: ReadOrder) -> Reply {
        if self.can_read_inside(&order) {
            return self.read_inside(&order).unwrap_or_else(|error| Reply::Error(not_started(&error)));
        }
        let deadline = Instant::now() + self.limits.call;
        self.ask(&order, deadline).unwrap_or_else(Reply::Error)
    }

    /// Tells whether this process may do what a reader would: it has no more rights, and cannot hang. Whoever has a uid of
    /// its own reads what everybody may.
    fn can_read_inside(&self, order: &ReadOrder) -> bool {
        let cannot_hang = match order {
            ReadOrder::Serve(Call::Read { path }) => never_hangs(path),
            // Nothing is opened for it.
            ReadOrder::Serve(Call::Granted) => true,
            _ => false,
        };
        let has_more = self.account.is_some() && geteuid().is_root();
        !has_more && self.root == Root::Host && cannot_hang
    }

    /// Reads a file that cannot hang in this process: forking a reader would be a third of the cost of such a check.
    fn read_inside(&mut self, order: &ReadOrder) -> io::Result<Reply> {
        let budget = self.budget()?;
        // No path that is read here leads to a process of ours.
        let make = || Reader::new(self.context.clone(), &self.root, budget, Ours::default());
        Ok(self.inside.get_or_insert_with(make).obey(order))
    }

    fn budget(&mut self) -> io::Result<Budget> {
        Ok(match &self.budget {
            Some(budget) => budget.clone(),
            None => self.budget.insert(Budget::new(ReadLimits::from(&*self.limits))?).clone(),
        })
    }

    /// Has a reader answer. Where it ended without an answer, by whatever hand, another one is asked, once: what it was to do
    /// changes nothing.
    pub(super) fn ask(&mut self, order: &ReadOrder, deadline: Instant) -> Result<Reply, Error> {
        let mut again = true;
        loop {
            if self.reader.is_none() && may_hang(order) && self.hanging_here() >= MOST_HANGING {
                self.remember_silent(order);
                return Err(Error::TimedOut);
            }
            let reader = self.take_reader().map_err(|error| not_started(&error))?;
            match exchange(&reader.socket, order, deadline) {
                Ok(Some(reply)) => {
                    self.reader = Some(reader);
                    return Ok(reply);
                }
                Ok(None) => {
                    self.remember_silent(order);
                    self.end(reader, order.path().map(str::to_owned));
                    return Err(Error::TimedOut);
                }
                Err(error) => {
                    let error = self.unanswered(reader, &error);
                    if !std::mem::replace(&mut again, false) {
                        return Err(error.told());
                    }
                    self.replace(error);
                }
            }
        }
    }

    fn remember_silent(&mut self, order: &ReadOrder) {
        self.silent.extend(order.path().map(str::to_owned));
    }

    /// Notes why another reader is asked.
    fn replace(&mut self, Unanswered { why, .. }: Unanswered) {
        self.replaced.push(format!("{why}; another one was asked"));
    }

    /// Returns the error of a path that is known to hang; what no grant allows is denied all the same, without a look at it.
    pub(super) fn known(&self, path: &str) -> Option<Error> {
        let hangs = self.hangs(path).is_some() || self.silent.contains(path);
        let ReaderContext { grants, secrets, .. } = &self.context;
        let scope = Scope { grants, own: &[], secrets };
        (hangs && scope.mount_point(path).is_ok()).then_some(Error::TimedOut)
    }

    /// Returns the number of readers of this check that hang.
    pub(super) fn hanging_here(&self) -> usize {
        self.hanging_paths().count()
    }

    /// Returns the paths on which readers of this check hang.
    pub(super) fn hanging_paths(&self) -> impl Iterator<Item = &str> {
        self.hanging.iter().filter(|hanging| hanging.check == self.context.check).map(|hanging| hanging.path.as_str())
    }

    /// Returns the reader that is there, or a new one.
    pub(super) fn take_reader(&mut self) -> io::Result<Process> {
        match self.reader.take() {
            Some(reader) => Ok(reader),
            None => self.start(),
        }
    }

    /// Keeps a reader for the next call; one is enough.
    pub(super) fn keep(&mut self, reader: Process) {
        if self.reader.is_some() {
            return self.end(reader, None);
        }
        self.reader = Some(reader);
    }
}

/// Returns the error of a reader that could not be started.
pub(super) fn not_started(error: &io::Error) -> Error {
    match Errno::from_io_error(error) {
        Some(number) => Error::Io(errno::name(number)),
        None => Error::other("reader-not-started", format!("{READER} could not be started: {error}")),
    }
}

/// Sends an order and waits for the answer. `None` where there is none in time.
pub(super) fn exchange(socket: &File, order: &ReadOrder, until: Instant) -> Result<Option<Reply>, WireError> {
    match wire::send(socket, order, LONGEST_CALL) {
        // One that could not be made ready has said so, and is gone.
        Ok(()) | Err(WireError::Closed) => {}
        Err(error) => return Err(error),
    }
    let mut ready = [PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)];
    if !poll_until(&mut ready, until).map_err(WireError::Io)? {
        return Ok(None);
    }
    wire::receive(socket, LONGEST_TO_WORKER).map(Some)
}

/// Tells whether a grant matches what is asked for, by its text.
fn is_allowed(context: &ReaderContext, call: &Call) -> bool {
    let scope = Scope { grants: &context.grants, own: &[], secrets: &context.secrets };
    match call {
        Call::Read { path } | Call::ReadAt { path, .. } => scope.content(path).is_ok(),
        Call::ReadGlob { pattern } => scope.contents(pattern).is_ok(),
        Call::Stat { path } => scope.metadata(path).is_ok(),
        Call::StatGlob { pattern } => scope.all_metadata(pattern).is_ok(),
        Call::Usage { path } => scope.mount_point(path).is_ok(),
        Call::Usages { .. } | Call::Mounts | Call::Granted => false,
    }
}

/// Tells whether an order touches what somebody else than the kernel may serve. The list of mounts is the kernel's own: where
/// as many readers hang as are allowed to, the mounts that answer are still judged.
fn may_hang(order: &ReadOrder) -> bool {
    match order {
        ReadOrder::Serve(Call::Mounts | Call::Granted) | ReadOrder::ListMounts | ReadOrder::ListServed => false,
        ReadOrder::Serve(Call::Read { path }) => !never_hangs(path),
        ReadOrder::Serve(_) | ReadOrder::Look { .. } | ReadOrder::Usage { .. } => true,
    }
}

fn number(pid: Pid) -> Option<u32> {
    u32::try_from(pid.as_raw_nonzero().get()).ok()
}
