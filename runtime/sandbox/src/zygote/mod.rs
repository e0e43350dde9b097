//! The process that all workers and brokers are forked from. It is forked itself before anything of a check is read, and is
//! never told anything of one: what a worker that was taken over finds in its memory is its own check's. It is small, too,
//! and so is what a fork of it costs.

mod order;
mod serve;
pub mod work;

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, recv, socketpair};
use rustix::process::{Pid, getpid};

use crate::worker::engine::Layout;
use crate::worker::key::CodeKey;
pub use order::{Charge, Errand, ForkOrder, Pair, RunDescriptors, Who};
use order::{ITSELF, ProcessOrder};
use roundsman_os::process::deadline::poll_until;
use roundsman_os::process::fork::fork_child;
use roundsman_os::process::pidfd::Child;
use work::{Honest, Work};

/// A fork takes less than a thousandth of this.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest reason why the zygote could not begin, in bytes.
const LONGEST_WORDS: usize = 512;
/// Time for the zygote to leave, or for the kernel to carry out a SIGKILL.
const END_GRACE: Duration = Duration::from_secs(1);

/// The zygote as its parent, the round, has it; ended when this is dropped.
#[derive(Debug)]
pub struct Zygote {
    /// The live zygote, or why it forks nothing any more.
    state: RefCell<Result<Live, String>>,
}

#[derive(Debug)]
struct Live {
    process: Child,
    socket: OwnedFd,
    /// Key of the code that it compiles and runs, once it has said so; the inner `None` if it has no engine.
    key: Option<Option<CodeKey>>,
}

/// Reason why there is no process.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    /// The zygote forks nothing any more, for this reason.
    #[error("the zygote {0}")]
    Gone(String),
    /// The system gives no more processes or descriptors.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Zygote {
    /// Forks it. To be called before anything that a worker must not know is read. Where the system gives no process,
    /// [`Zygote::worker`] and [`Zygote::check`] say so.
    #[must_use]
    pub fn start() -> Self {
        Self::of(|| Honest::new(Layout::of_this_process()))
    }

    /// Works as [`Zygote::start`]; `make` makes, in the zygote, what its workers do.
    #[must_use]
    pub fn of<W: Work>(make: impl FnOnce() -> W) -> Self {
        let live = fork(make).map_err(|error| format!("could not be forked: {error}"));
        Self { state: RefCell::new(live) }
    }

    /// Starts a worker, a child of this process, which does its job once it is locked. What it says on its stderr comes out
    /// of `stderr`.
    ///
    /// # Errors
    /// [`ForkError`]. After [`ForkError::Gone`] there may be a worker that nobody knows of; it dies with this process.
    pub fn worker(
        &self,
        order: ForkOrder,
        errand: Errand<BorrowedFd<'_>>,
        stderr: BorrowedFd<'_>,
    ) -> Result<Child, ForkError> {
        let answered =
            self.ask(|live| live.order(&ProcessOrder::Worker(order, errand), stderr).map(i32::from_le_bytes));
        child(answered.map_err(ForkError::Gone)?)
    }

    /// Starts the broker and the worker of a check, both children of this process: the worker is one that
    /// the zygote forks, or the zygote itself, which then forks nothing any more.
    ///
    /// # Errors
    /// As [`Zygote::worker`]; where there is one of both only, it is ended.
    pub fn check(
        &self,
        (order, who): (ForkOrder, Who),
        pair: Pair<BorrowedFd<'_>>,
        stderr: BorrowedFd<'_>,
    ) -> Result<(Child, Child), ForkError> {
        let answered = self.ask(|live| live.order(&ProcessOrder::Check(order, who, pair), stderr).map(order::both));
        let (broker, worker) = answered.map_err(ForkError::Gone)?;
        // Both are taken charge of before an error of one is looked at.
        let (broker, worker) = (child(broker), if worker == ITSELF { self.turned() } else { child(worker) });
        match (broker, worker) {
            (Ok(broker), Ok(worker)) => Ok((broker, worker)),
            (Err(error), Err(_)) => Err(error),
            (Ok(mut one), Err(error)) | (Err(error), Ok(mut one)) => {
                one.kill()?;
                one.wait()?;
                Err(error)
            }
        }
    }

    /// Takes the zygote as the worker that it has become.
    fn turned(&self) -> Result<Child, ForkError> {
        let turned = Err("carries out the last order itself".to_owned());
        Ok(self.state.replace(turned).map_err(ForkError::Gone)?.process)
    }

    /// Returns the key of the code that its workers compile and run.
    ///
    /// # Errors
    /// In words: why there are no workers, or none that can do anything.
    pub fn key(&self) -> Result<CodeKey, String> {
        let key = self.ask(Live::key).map_err(|why| ForkError::Gone(why).to_string())?;
        key.ok_or_else(|| "no engine can be made".to_owned())
    }

    /// Asks it something; once there was no answer, there is none any more.
    fn ask<A>(&self, ask: impl FnOnce(&mut Live) -> Result<A, Silent>) -> Result<A, String> {
        let mut state = self.state.borrow_mut();
        let live = state.as_mut().map_err(|why| why.clone())?;
        match ask(live) {
            Ok(answer) => Ok(answer),
            Err(Silent { said }) => {
                let why = said.unwrap_or_else(|| live.post_mortem());
                live.end();
                *state = Err(why.clone());
                Err(why)
            }
        }
    }
}

/// Takes charge of a child by the zygote's answer, its pid or the negative number of an error.
fn child(answer: i32) -> Result<Child, ForkError> {
    match Pid::from_raw(answer).filter(|_| answer > 0) {
        Some(pid) => Ok(Child::of(pid)?),
        None => Err(ForkError::System(Errno::from_raw_os_error(-answer).into())),
    }
}

/// No answer came, but what it said of itself, if it had the time.
struct Silent {
    said: Option<String>,
}

fn last_words(said: &[u8]) -> Silent {
    Silent { said: (!said.is_empty()).then(|| String::from_utf8_lossy(said).into_owned()) }
}

impl Live {
    /// Sends an order and returns the answer.
    fn order<const LENGTH: usize>(
        &mut self,
        wanted: &ProcessOrder<BorrowedFd<'_>>,
        stderr: BorrowedFd<'_>,
    ) -> Result<[u8; LENGTH], Silent> {
        self.key()?;
        order::send(&self.socket, wanted, stderr).map_err(|_| self.last_words())?;
        self.hear()
    }

    /// Reads what it says first, once.
    fn key(&mut self) -> Result<Option<CodeKey>, Silent> {
        match self.key {
            Some(key) => Ok(key),
            None => Ok(*self.key.insert(order::key(self.hear()?))),
        }
    }

    /// Returns its next message.
    fn hear<const LENGTH: usize>(&self) -> Result<[u8; LENGTH], Silent> {
        const { assert!(LENGTH < LONGEST_WORDS) };
        let mut source = [PollFd::new(&self.socket, PollFlags::IN)];
        if !poll_until(&mut source, Instant::now() + PATIENCE).is_ok_and(|answered| answered) {
            return Err(Silent { said: None });
        }
        let (length, said) = self.take(RecvFlags::empty());
        match said.first_chunk().filter(|_| length == LENGTH) {
            Some(message) => Ok(*message),
            // Of another length are the last words.
            None => Err(last_words(&said[..length])),
        }
    }

    /// Takes a message that it has sent; a length of 0 where there is none.
    fn take(&self, flags: RecvFlags) -> (usize, [u8; LONGEST_WORDS]) {
        let mut said = [0; LONGEST_WORDS];
        let length = retry_on_intr(|| recv(&self.socket, &mut said, flags)).map_or(0, |(_, length)| length);
        (length, said)
    }

    /// Tells why it could not begin, where it said so.
    fn last_words(&self) -> Silent {
        let (length, said) = self.take(RecvFlags::DONTWAIT);
        last_words(&said[..length])
    }

    /// Ends it if it has not ended, and tells how it ended.
    fn post_mortem(&mut self) -> String {
        // One that closed its socket is about to end.
        if self.ended(END_GRACE) {
            return self.process.wait().map_or_else(|error| error.to_string(), |exit| exit.to_string());
        }
        let _ = self.process.kill();
        format!("gave no answer for {} s and was killed", PATIENCE.as_secs())
    }

    /// Ends it, and waits for that.
    fn end(&mut self) {
        // It reads that nothing more will come, and leaves.
        let _ = rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Both);
        if !self.ended(END_GRACE) {
            let _ = self.process.kill();
        }
        if self.ended(END_GRACE) {
            let _ = self.process.wait();
        }
    }

    /// Waits for its end, and tells whether it came in time.
    fn ended(&self, grace: Duration) -> bool {
        let mut source = [PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN)];
        poll_until(&mut source, Instant::now() + grace).is_ok_and(|ended| ended)
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        if let Ok(live) = self.state.get_mut() {
            live.end();
        }
    }
}

fn fork<W: Work>(make: impl FnOnce() -> W) -> io::Result<Live> {
    let (socket, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    let round = getpid();
    let process = fork_child("roundsman-zygote", || serve::serve(&theirs, round, make))?;
    Ok(Live { process, socket, key: None })
}
