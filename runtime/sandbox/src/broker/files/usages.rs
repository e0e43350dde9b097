//! Usage of many mounts in one call. What does not answer is waited for beside the others, so that all that hang together
//! take the time of one call, and the rest is answered.

use std::collections::{BTreeSet, VecDeque};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::servers::Servers;
use super::{FileCalls, Process, exchange, not_started};
use crate::reader::ReadOrder;
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::files::Answer;
use roundsman_contract::calls::wire::{self, LONGEST_TO_WORKER, WireError};
use roundsman_contract::{Error, Space, Used};
use roundsman_os::process::deadline::poll_until;

/// The share of the time left after which a mount is waited for beside the others: however many hang, the last is asked.
const SHARE: u32 = 16;
/// A reader that does no more than its work is faster.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);
/// Longest wait for one mount: if as many hang as are allowed to, the default `limits.call` still leaves time for the rest.
const LONGEST_WAIT: Duration = Duration::from_millis(40);

/// A reader that has not answered yet, and which path it was asked for.
struct Late {
    reader: Process,
    index: usize,
}

type Answers = Vec<Option<Result<Space, Error>>>;

impl FileCalls {
    /// Answers `usages`: each path by itself. Only where there is no reader at all the whole is an error.
    pub(super) fn usages(&mut self, paths: Vec<String>) -> Reply {
        let deadline = Instant::now() + self.limits.call;
        let mut answers: Answers = paths.iter().map(|path| self.known(path).map(Err)).collect();
        let mut late = Vec::new();
        let whole = self.ask_all(&paths, &mut answers, &mut late, deadline);
        self.collect(&paths, &mut answers, late, deadline);
        if let Err(error) = whole {
            return Reply::Error(error);
        }
        let used = |(path, answer): (String, Option<_>)| Used { path, space: answer.unwrap_or(Err(Error::TimedOut)) };
        Reply::Files(Answer::Usages(paths.into_iter().zip(answers).map(used).collect()))
    }

    /// Asks for each path that has no answer yet, and goes on where one takes its time. What this host mounts itself comes
    /// first: it has answered when the time for the others begins.
    fn ask_all(
        &mut self,
        paths: &[String],
        answers: &mut Answers,
        late: &mut Vec<Late>,
        deadline: Instant,
    ) -> Result<(), Error> {
        let open: Vec<usize> = (0..paths.len()).filter(|index| answers[*index].is_none()).collect();
        if open.is_empty() {
            return Ok(());
        }
        let (reader, mut servers) = self.reader_that_knows_servers(deadline)?;
        let mut reader = Some(reader);
        let (local, served): (Vec<usize>, Vec<usize>) = open.into_iter().partition(|at| servers.is_local(&paths[*at]));
        let mut open: VecDeque<usize> = local.into_iter().chain(served).collect();
        // Where a reader ended without an answer, another one is asked, once.
        let mut again = BTreeSet::new();
        while let Some(index) = open.pop_front() {
            let path = &paths[index];
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            if let Some(why) = servers.refuses(path) {
                answers[index] = Some(Err(Error::other("not-asked", format!("it was not asked: {why}"))));
                continue;
            }
            let current = match reader.take() {
                Some(reader) => reader,
                None => self.reader_with_mounts(deadline)?,
            };
            let until = Instant::now() + (left / SHARE).clamp(SHORTEST_WAIT, LONGEST_WAIT);
            match exchange(&current.socket, &ReadOrder::Usage { path: path.clone() }, until) {
                Ok(Some(reply)) => {
                    answers[index] = Some(space(reply));
                    reader = Some(current);
                }
                Ok(None) => {
                    servers.add(path);
                    late.push(Late { reader: current, index });
                }
                Err(error) => {
                    let error = self.unanswered(current, &error);
                    if again.insert(index) {
                        self.replace(error);
                        open.push_front(index);
                    } else {
                        answers[index] = Some(Err(error.told()));
                    }
                }
            }
        }
        if let Some(reader) = reader {
            self.keep(reader);
        }
        Ok(())
    }

    /// Returns a reader that has read the list of mounts, and who serves them.
    fn reader_that_knows_servers(&mut self, deadline: Instant) -> Result<(Process, Servers), Error> {
        let reader = self.reader_with_mounts(deadline)?;
        match exchange(&reader.socket, &ReadOrder::ListServed, deadline) {
            Ok(Some(Reply::Files(Answer::Mounts(mounts)))) => {
                let servers = Servers::new(mounts, self.hanging_paths());
                Ok((reader, servers))
            }
            other => Err(self.given_up(reader, other.err())),
        }
    }

    /// Returns a reader that has read the list of mounts.
    fn reader_with_mounts(&mut self, deadline: Instant) -> Result<Process, Error> {
        match self.ask(&ReadOrder::ListMounts, deadline)? {
            Reply::Error(error) => Err(error),
            _ => self.take_reader().map_err(|error| not_started(&error)),
        }
    }

    /// Ends a reader that did not answer, and returns why: it took too long, or the exchange with it failed.
    fn given_up(&mut self, reader: Process, error: Option<WireError>) -> Error {
        match error {
            Some(error) => self.unanswered(reader, &error).told(),
            None => {
                self.end(reader, None);
                Error::TimedOut
            }
        }
    }

    /// Waits for those that are late until the deadline, and leaves behind what has no answer then.
    fn collect(&mut self, paths: &[String], answers: &mut Answers, mut late: Vec<Late>, deadline: Instant) {
        while !late.is_empty() {
            let mut polled: Vec<PollFd<'_>> =
                late.iter().map(|late| PollFd::from_borrowed_fd(late.reader.socket.as_fd(), PollFlags::IN)).collect();
            if !poll_until(&mut polled, deadline).unwrap_or(false) {
                break;
            }
            let ready: Vec<bool> = polled.iter().map(|polled| !polled.revents().is_empty()).collect();
            for at in (0..late.len()).rev().filter(|at| ready[*at]) {
                let Late { reader, index } = late.swap_remove(at);
                answers[index] = Some(match wire::receive(&reader.socket, LONGEST_TO_WORKER) {
                    Ok(reply) => {
                        self.keep(reader);
                        space(reply)
                    }
                    Err(error) => Err(self.unanswered(reader, &error).told()),
                });
            }
        }
        let silent = late.into_iter().map(|Late { reader, index }| (reader, paths[index].clone())).collect();
        self.end_all(silent);
    }
}

fn space(reply: Reply) -> Result<Space, Error> {
    match reply {
        Reply::Files(Answer::Space(space)) => Ok(space),
        Reply::Error(error) => Err(error),
        _ => Err(Error::other("", "the reader answered something else than was asked")),
    }
}
