//! End of a reader: awaited, killed, or left behind where it hangs in the kernel.

use std::os::fd::AsFd as _;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags};

use super::{FileCalls, KILL, Process, READER, number};
use roundsman_contract::Error;
use roundsman_contract::calls::wire::WireError;
use roundsman_contract::report::{Hanging, HangingKind};
use roundsman_os::process::deadline::poll_until;
use roundsman_os::process::running;

/// Why a reader gave no answer, other than that it took its time.
pub(super) struct Unanswered {
    pub(super) code: &'static str,
    pub(super) why: String,
}

impl Unanswered {
    /// Returns the error that the component is told.
    pub(super) fn told(self) -> Error {
        Error::other(self.code, self.why)
    }
}

impl FileCalls {
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
