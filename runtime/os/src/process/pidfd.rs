//! A child process by its pidfd: signalled, awaited, and how it ended. No pid is signalled after it was reaped.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, retry_on_intr};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, pidfd_open, pidfd_send_signal, waitid,
};

use super::signals;

/// A child of this process, not dropped before it has been waited for unless it is abandoned on purpose.
#[derive(Debug)]
#[must_use = "a child that nobody waits for stays a zombie"]
pub struct Child {
    pid: Pid,
    pidfd: OwnedFd,
    exit: Option<Exit>,
}

/// End of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It returned this code, 0 to 255.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

impl Child {
    /// Takes charge of a child of this process that nobody has waited for yet: the number is no other process's before.
    ///
    /// # Errors
    /// The error of `pidfd_open`, such as EMFILE; the child is then killed and reaped.
    pub fn of(pid: Pid) -> io::Result<Self> {
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Self { pid, pidfd, exit: None }),
            Err(error) => {
                // Not reaped yet, so the pid can be no other process.
                let _ = rustix::process::kill_process(pid, Signal::KILL);
                let _ = retry_on_intr(|| waitid(WaitId::Pid(pid), WaitIdOptions::EXITED));
                Err(error.into())
            }
        }
    }

    /// Returns the pid for messages and for `/proc`; signals go by the pidfd.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Kills it. One that has ended already is no error.
    ///
    /// # Errors
    /// EPERM where it changed to a user that this process may not signal.
    pub fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)
    }

    /// Sends a signal. One that has ended already is no error.
    ///
    /// # Errors
    /// EPERM where it changed to a user that this process may not signal.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.pidfd, signal) {
            Err(Errno::SRCH) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until it has ended, and reaps it. Once it has, the answer is remembered.
    ///
    /// # Errors
    /// ECHILD where somebody else reaped it.
    pub fn wait(&mut self) -> io::Result<Exit> {
        loop {
            if let Some(exit) = self.reap(WaitIdOptions::EXITED)? {
                return Ok(exit);
            }
        }
    }

    /// Works as [`Child::wait`] where it has ended; `None` where it has not.
    ///
    /// # Errors
    /// ECHILD where somebody else reaped it.
    pub fn try_wait(&mut self) -> io::Result<Option<Exit>> {
        self.reap(WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
    }

    fn reap(&mut self, options: WaitIdOptions) -> io::Result<Option<Exit>> {
        if self.exit.is_none() {
            let status = retry_on_intr(|| waitid(WaitId::PidFd(self.pidfd.as_fd()), options))?;
            self.exit = status.as_ref().and_then(Exit::of);
        }
        Ok(self.exit)
    }
}

/// The pidfd: readable once the process has ended.
impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

impl Exit {
    fn of(status: &WaitIdStatus) -> Option<Self> {
        status.exit_status().map(Self::Code).or_else(|| status.terminating_signal().map(Self::Signal))
    }
}

/// `exited with 7`, `was killed by SIGKILL`.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Code(code) => write!(f, "exited with {code}"),
            Self::Signal(signal) => write!(f, "was killed by {}", signals::name(signal)),
        }
    }
}
