//! Waiting for descriptors until a moment of the monotonic clock, which no output, signal or change of date moves.

use std::io;
use std::time::Instant;

use rustix::event::{PollFd, Timespec, poll};
use rustix::io::Errno;

/// Waits until one of `fds` has something to say, and says whether one had before the deadline came. With a deadline
/// that has passed it looks once and does not wait.
///
/// # Errors
/// The error of `poll`, such as ENOMEM.
pub fn poll_until(fds: &mut [PollFd<'_>], deadline: Instant) -> io::Result<bool> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // A duration beyond what the kernel counts is for ever.
        let left = Timespec::try_from(left).ok();
        match poll(fds, left.as_ref()) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(ready) => return Ok(ready > 0),
        }
    }
}
