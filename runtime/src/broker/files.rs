//! Files and file systems: asked of a reader, a process of its own that can be left behind when it hangs.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::Pid;

use crate::calls::wire::{self, LONGEST_FROM_WORKER, LONGEST_TO_WORKER};
use crate::calls::{Reply, Request};
use crate::config::Limits;
use crate::contract::Error;
use crate::grants::Grants;
use crate::process::deadline::poll_until;
use crate::process::errno;
use crate::process::fork::fork_child;
use crate::process::pidfd::Child;
use crate::process::stdio::keep_only;
use crate::process::user::Account;
use crate::reader::{ReadLimits, Reader, Root};
use crate::subject::Subject;

/// The files of one run. The reader is forked for the first call that needs it.
pub struct Files {
    check: String,
    grants: Grants,
    limits: Limits,
    root: Root,
    account: Option<Account>,
    reader: Option<Process>,
}

/// A reader under way.
struct Process {
    child: Child,
    socket: File,
}

impl Files {
    /// Reads below `root`, as `account` if there is one, else as this process.
    pub fn new(subject: &Subject, root: &Path, account: Option<Account>) -> Self {
        let Subject { name, grants, limits, .. } = subject;
        let (grants, limits) = (grants.clone(), limits.clone());
        Self { check: name.clone(), grants, limits, root: Root::from(root), account, reader: None }
    }

    /// The reader's process, where there is one: whoever ends the children of this process leaves it alone.
    pub fn process(&self) -> Option<Pid> {
        self.reader.as_ref().map(|reader| reader.child.pid())
    }

    /// Answers a request of the interface `files`. One that takes longer than `limits.call` is answered `timed-out`,
    /// and its reader killed; where it hangs in the kernel it is left behind.
    pub fn call(&mut self, request: &Request) -> Reply {
        match self.ask(request) {
            Ok(Some(reply)) => reply,
            Ok(None) => {
                self.abandon();
                Reply::Error(Error::TimedOut)
            }
            Err(error) => {
                self.abandon();
                Reply::Error(Error::Io(errno::name_of(&error)))
            }
        }
    }

    /// The reader's answer, or nothing where it takes too long.
    fn ask(&mut self, request: &Request) -> io::Result<Option<Reply>> {
        let reader = match self.reader.take() {
            Some(reader) => self.reader.insert(reader),
            None => {
                let reader = self.start()?;
                self.reader.insert(reader)
            }
        };
        let deadline = Instant::now() + self.limits.call;
        wire::send(&reader.socket, request, LONGEST_FROM_WORKER).map_err(io::Error::other)?;
        let mut ready = [PollFd::from_borrowed_fd(reader.socket.as_fd(), PollFlags::IN)];
        if !poll_until(&mut ready, deadline)? {
            return Ok(None);
        }
        wire::receive(&reader.socket, LONGEST_TO_WORKER).map(Some).map_err(io::Error::other)
    }

    fn start(&self) -> io::Result<Process> {
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        let theirs = File::from(theirs);
        let child = fork_child("roundsman-reader", || {
            let ready = keep_only(&[theirs.as_fd()])
                .and_then(|()| self.account.as_ref().map_or(Ok(()), Account::become_for_good));
            match ready {
                Ok(()) => self.read(&theirs),
                Err(_) => 1,
            }
        })?;
        Ok(Process { child, socket: File::from(ours) })
    }

    /// The reader's part: answers until the broker is gone.
    fn read(&self, socket: &File) -> i32 {
        let limits = ReadLimits::from(&self.limits);
        let mut reader = Reader::new(&self.check, &self.root, self.grants.clone(), limits, own_processes());
        while let Ok(request) = wire::receive::<Request>(socket, LONGEST_FROM_WORKER) {
            if wire::send(socket, &reader.serve(&request), LONGEST_TO_WORKER).is_err() {
                return 1;
            }
        }
        0
    }

    /// Kills the reader, and waits for its end only as long as a kill takes where nothing hangs.
    fn abandon(&mut self) {
        const KILL: Duration = Duration::from_millis(100);
        let Some(mut reader) = self.reader.take() else { return };
        // A reader that has changed its user is still ours to kill: the broker is root then.
        let _ = reader.child.kill();
        let mut ended = [PollFd::from_borrowed_fd(reader.child.as_fd(), PollFlags::IN)];
        if poll_until(&mut ended, Instant::now() + KILL).unwrap_or(false) {
            let _ = reader.child.wait();
        }
    }
}

/// The processes of this program that no check may see: this reader, its broker, the round, and what the round runs.
fn own_processes() -> Vec<u32> {
    let number = |pid: Option<Pid>| pid.and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok());
    let broker = number(rustix::process::getppid());
    let round = broker.and_then(parent);
    let beside = round.and_then(|round| std::fs::read_to_string(format!("/proc/{round}/task/{round}/children")).ok());
    let beside = beside.unwrap_or_default();
    let beside = beside.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
    [Some(std::process::id()), broker, round].into_iter().flatten().chain(beside).collect()
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the state and the parent follow the last one.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}
