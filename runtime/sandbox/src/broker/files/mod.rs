//! Files and file systems: asked of a reader, a process of its own that can be left behind when it hangs. What cannot hang
//! the broker reads itself, where it is the reading user already.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::{Pid, geteuid};

use super::identity::Own;
use crate::reader::{
    Budget, Ours, ReadLimits, ReadOrder, Reader, ReaderContext, Root, lock, never_hangs, sees_processes,
};
use crate::worker::lockdown::Layers;
use roundsman_contract::Error;
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::files::Call;
use roundsman_contract::calls::wire::{self, LONGEST_CALL, LONGEST_TO_WORKER, WireError};
use roundsman_contract::limits::Limits;
use roundsman_contract::report::{Hanging, HangingKind};
use roundsman_contract::subject::CheckSubject;
use roundsman_grants::Grants;
use roundsman_grants::scope::Scope;
use roundsman_os::process::deadline::poll_until;
use roundsman_os::process::errno;
use roundsman_os::process::fork::fork_child;
use roundsman_os::process::pidfd::Child;
use roundsman_os::process::rights::{Ids, act_as, ids_of};
use roundsman_os::process::running;
use roundsman_os::process::stdio::close_all_but;
use roundsman_os::process::user::Account;

/// Readers of one check that hang at a time, over all its runs. More are not started: each is a process that nobody can
/// end, and a component that is granted much of a dead file system may ask for a new path of it each time.
pub(super) const MOST_HANGING: usize = 64;

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

/// Why a reader gave no answer, other than that it took its time.
pub(super) struct Unanswered {
    code: &'static str,
    why: String,
}

impl Unanswered {
    /// Returns the error that the component is told.
    pub(super) fn told(self) -> Error {
        Error::other(self.code, self.why)
    }
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

    /// Ends a reader with which the exchange failed, and returns why: how it ended, or what was wrong while it lived.
    pub(super) fn unanswered(&mut self, mut reader: Process, error: &WireError) -> Unanswered {
        let mut ended = [PollFd::from_borrowed_fd(reader.child.as_fd(), PollFlags::IN)];
        // It is not killed before: the signal would be ours.
        let exit = match poll_until(&mut ended, Instant::now() + KILL) {
            Ok(true) => reader.child.wait().ok(),
            _ => None,
        };
        match exit {
            Some(exit) => Unanswered { code: "reader-ended", why: format!("{READER} {exit} before it answered") },
            None => {
                self.end(reader, None);
                Unanswered { code: "reader-failed", why: format!("{READER} could not be heard: {error}") }
            }
        }
    }

    /// Notes why another reader is asked.
    pub(super) fn replace(&mut self, Unanswered { why, .. }: Unanswered) {
        self.replaced.push(format!("{why}; another one was asked"));
    }

    fn start(&mut self) -> io::Result<Process> {
        let budget = self.budget()?;
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        let theirs = File::from(theirs);
        let child = fork_child("roundsman-reader", || {
            // Stdin and stdout are the broker's, which are `/dev/null`: whoever opened it here would need the right to.
            let ready = close_all_but(&[theirs.as_fd()]).and_then(|()| self.become_reader());
            match ready {
                Ok(()) => self.read(&theirs, budget.clone()),
                Err(error) => refuse(&theirs, &error.to_string()),
            }
        })?;
        self.started.push(child.pid());
        Ok(Process { child, socket: File::from(ours) })
    }

    /// Returns the ids that a reader takes on; `None` if it keeps those of the broker.
    pub(crate) fn reader_ids(&self) -> Option<Ids> {
        let account = self.account.as_ref()?;
        Some(match self.own {
            Some(own) => ids_of(account, own.uid),
            None => Ids { uids: [account.uid; 3], gids: [account.gid; 3] },
        })
    }

    /// Changes user for good; where the broker has a uid of its own, the reader is nobody whom the account may signal.
    fn become_reader(&self) -> io::Result<()> {
        match (&self.account, self.own) {
            (Some(account), Some(own)) => act_as(account, own.uid, &[]),
            (Some(account), None) => account.become_for_good(),
            (None, _) => Ok(()),
        }
    }

    /// Does the reader's part: answers until the broker is gone.
    fn read(&self, socket: &File, budget: Budget) -> i32 {
        let reader = Reader::new(self.context.clone(), &self.root, budget, ours(self.own, &self.context.grants));
        if let Err(error) = lock(self.layers, socket.as_fd(), &self.context.grants) {
            return refuse(socket, &error.to_string());
        }
        while let Ok(order) = wire::receive::<ReadOrder>(socket, LONGEST_CALL) {
            if wire::send(socket, &reader.obey(&order), LONGEST_TO_WORKER).is_err() {
                return 1;
            }
        }
        0
    }

    /// Lets the reader end, and buries it. One that outlived this process would be a zombie until init buries it, and the
    /// first process of a container may never do so.
    pub(crate) fn bury(&mut self) {
        let Some(Process { mut child, socket }) = self.reader.take() else { return };
        // Nobody asks any more.
        drop(socket);
        let mut ended = [PollFd::from_borrowed_fd(child.as_fd(), PollFlags::IN)];
        if poll_until(&mut ended, Instant::now() + KILL).unwrap_or(false) {
            let _ = child.wait();
        }
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

    /// Kills readers that have not answered for these paths, and remembers those of them that do not end.
    pub(super) fn end_all(&mut self, readers: Vec<(Process, String)>) {
        self.silent.extend(readers.iter().map(|(_, path)| path.clone()));
        // All at once, so that those that end have done so when the first is waited for.
        for (reader, _) in &readers {
            let _ = reader.child.kill();
        }
        let deadline = Instant::now() + KILL;
        for (reader, path) in readers {
            self.leave(reader, Some(path), deadline);
        }
    }

    /// Kills a reader; `path` is what it has not answered for.
    pub(super) fn end(&mut self, reader: Process, path: Option<String>) {
        // A reader that has changed its user is still ours to kill: the broker is root then.
        let _ = reader.child.kill();
        self.leave(reader, path, Instant::now() + KILL);
    }

    /// Waits for the end of a reader that was killed, and remembers it where it does not come.
    fn leave(&mut self, mut reader: Process, path: Option<String>, deadline: Instant) {
        let pid = number(reader.child.pid());
        let start = pid.and_then(running::start);
        let mut ended = [PollFd::from_borrowed_fd(reader.child.as_fd(), PollFlags::IN)];
        if poll_until(&mut ended, deadline).unwrap_or(false) {
            let _ = reader.child.wait();
        } else if let (Some(path), Some(pid), Some(start)) = (path, pid, start) {
            let since = jiff::Timestamp::now();
            let check = self.context.check.clone();
            let hanging = Hanging { check, kind: HangingKind::Reader, path, pid, start, since };
            self.left.push(hanging.clone());
            self.hanging.push(hanging);
        }
    }
}

/// Returns the error of a reader that could not be started.
pub(super) fn not_started(error: &io::Error) -> Error {
    match Errno::from_io_error(error) {
        Some(number) => Error::Io(errno::name(number)),
        None => Error::other("reader-not-started", format!("{READER} could not be started: {error}")),
    }
}

/// Says why this reader answers nothing, whatever it is asked first. Returns its exit code.
fn refuse(socket: &File, why: &str) -> i32 {
    let error = Error::other("reader-not-ready", format!("{READER} could not be made ready: {why}"));
    // Where this fails, nobody is left to be told.
    let _ = wire::send(socket, &Reply::Error(error), LONGEST_TO_WORKER);
    1
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

/// Returns the processes of this program that no check may see: this reader, its broker, the round, and what the round runs.
fn ours(own: Option<Own>, grants: &Grants) -> Ours {
    let broker = rustix::process::getppid().and_then(number);
    // Where no grant reaches into a process there is nothing to hide: two files less to read, of each check that reads one.
    let round = broker.filter(|_| sees_processes(grants)).and_then(parent);
    let beside = round.and_then(|round| std::fs::read_to_string(format!("/proc/{round}/task/{round}/children")).ok());
    let beside = beside.unwrap_or_default();
    let beside = beside.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
    let pids = [Some(std::process::id()), broker, round].into_iter().flatten().chain(beside).collect();
    Ours { row: own.map(|own| own.row), pids, round }
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the state and the parent follow the last one.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}
