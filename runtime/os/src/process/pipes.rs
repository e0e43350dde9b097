//! Output of a program: two pipes drained together into memory, up to a cap and a deadline.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::Instant;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

use super::deadline::poll_until;
use super::pidfd::Child;

/// Bytes asked for at a time: what a pipe holds.
const CHUNK: usize = 64 << 10;

/// End of the output of a program.
#[derive(Debug)]
pub enum Drained {
    /// The program itself has ended. It is not reaped; descendants of it may still hold the pipes.
    Ended { stdout: Vec<u8>, stderr: Vec<u8> },
    /// It printed more than the cap; it may still run.
    Full,
    /// It still ran at the deadline, or when nobody waited for it any more; what it had printed by then.
    TimedOut { stdout: Vec<u8>, stderr: Vec<u8> },
}

/// Reads both pipes, neither of which blocks, until the program has ended; then once more what is in them, without
/// waiting for others who hold them open. `cap` is for both together, in bytes. `asker` is a socket to who waits for the
/// program: once its other end is closed, that is a deadline too.
///
/// # Errors
/// The error of `poll` or `read`.
pub fn drain(
    stdout: OwnedFd,
    stderr: OwnedFd,
    child: &Child,
    asker: Option<BorrowedFd<'_>>,
    cap: u64,
    deadline: Instant,
) -> io::Result<Drained> {
    let mut out = Sink::new(stdout);
    let mut err = Sink::new(stderr);
    loop {
        let (ended, unwanted) = {
            let mut fds = vec![PollFd::new(child, PollFlags::IN)];
            fds.extend(
                [&out, &err].iter().filter_map(|sink| sink.pipe.as_ref()).map(|p| PollFd::new(p, PollFlags::IN)),
            );
            // What it sends meanwhile is not looked at: an end is told without being asked for.
            fds.extend(asker.map(|asker| PollFd::from_borrowed_fd(asker, PollFlags::empty())));
            let in_time = poll_until(&mut fds, deadline)?;
            let has_news = |fd: Option<&PollFd<'_>>| fd.is_some_and(|fd| !fd.revents().is_empty());
            (has_news(fds.first()), !in_time || (asker.is_some() && has_news(fds.last())))
        };
        // One chunk of each in turn; once the program has ended, until both are empty.
        loop {
            let more = out.fill()? | err.fill()?;
            if out.len() + err.len() > cap {
                return Ok(Drained::Full);
            }
            if !(ended && more && Instant::now() < deadline) {
                break;
            }
        }
        if ended {
            return Ok(Drained::Ended { stdout: out.bytes, stderr: err.bytes });
        }
        // Output that never stops must not hide the deadline.
        if unwanted || Instant::now() >= deadline {
            return Ok(Drained::TimedOut { stdout: out.bytes, stderr: err.bytes });
        }
    }
}

/// One pipe and what came out of it.
struct Sink {
    /// Nothing once nobody can write to it any more.
    pipe: Option<OwnedFd>,
    bytes: Vec<u8>,
}

impl Sink {
    fn new(pipe: OwnedFd) -> Self {
        Self { pipe: Some(pipe), bytes: Vec::new() }
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Reads one chunk if there is one, and says whether there was.
    fn fill(&mut self) -> io::Result<bool> {
        let Some(pipe) = &self.pipe else { return Ok(false) };
        self.bytes.reserve(CHUNK);
        match rustix::io::read(pipe.as_fd(), spare_capacity(&mut self.bytes)) {
            Ok(0) => {
                self.pipe = None;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(Errno::AGAIN) => Ok(false),
            Err(Errno::INTR) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}
