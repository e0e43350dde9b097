//! A tape: every host call of one run with its answer. Host calls are plain data, so that a run that was recorded is the same
//! again wherever it is played, without any access to a host.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{HostCalls, Reply, Request};
use crate::report::{Failure, FailureKind};
use crate::{Denial, Error};
use roundsman_grants::escape::line;

/// Bytes of a tape; a run that asks for more is recorded up to there.
pub const LONGEST_TAPE: u64 = 64 << 20;
/// Bytes of a tape of a round, which has several at a time.
pub const LONGEST_OF_ROUND: u64 = 8 << 20;
/// Bytes that one call takes besides the bytes that it carries.
const CALL: u64 = 128;

/// The calls of a run, in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tape {
    pub calls: Vec<TapedCall>,
    /// Whether calls are missing at its end, as there was no room.
    pub cut: bool,
}

/// A tape that a run is recorded on.
#[derive(Debug)]
pub struct Recorder {
    tape: Tape,
    bytes: u64,
    longest: u64,
}

/// Use of a tape in a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Taping {
    #[default]
    None,
    /// Up to so many bytes.
    Record(u64),
    /// The answers come from here, and from no host.
    Play(Tape),
}

impl Taping {
    /// Returns bytes that the report of a run is longer by.
    #[must_use]
    pub fn room(&self) -> usize {
        let Self::Record(longest) = self else { return 0 };
        // What a piece of a message is counted with besides its bytes is never more than them and a call's share.
        usize::try_from(longest.saturating_mul(4)).unwrap_or(usize::MAX)
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TapedCall {
    pub request: Request,
    pub reply: Result<Reply, Failure>,
}

impl Recorder {
    /// Begins a tape of so many bytes.
    #[must_use]
    pub fn new(longest: u64) -> Self {
        Self { tape: Tape::default(), bytes: 0, longest }
    }

    /// Keeps a call, if there is room.
    pub fn keep(&mut self, request: Request, reply: Result<Reply, Failure>) {
        let carried = reply.as_ref().map_or(0, Reply::carried);
        self.bytes = self.bytes.saturating_add(CALL + request.carried() + carried);
        self.tape.cut |= self.bytes > self.longest;
        if !self.tape.cut {
            self.tape.calls.push(TapedCall { request, reply });
        }
    }

    /// Ends the recording.
    #[must_use]
    pub fn into_tape(self) -> Tape {
        self.tape
    }
}

impl TapedCall {
    /// Shows the call in one line: what was asked for, and how the answer was.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}: {}", self.request.shown(), answered(&self.reply))
    }
}

/// Says how an answer was: an error, or how many bytes it carries.
pub(super) fn answered(reply: &Result<Reply, Failure>) -> String {
    match reply {
        Ok(Reply::Error(Error::Denied(_))) => "denied".to_owned(),
        Ok(Reply::Error(Error::NotFound)) => "not found".to_owned(),
        Ok(Reply::Error(Error::TimedOut)) => "no answer in time".to_owned(),
        Ok(Reply::Error(Error::Limit(exceeded))) => format!("limit {}", line(&exceeded.key)),
        Ok(Reply::Error(Error::Io(name))) => line(name),
        Ok(Reply::Error(Error::Other(_))) => "an error".to_owned(),
        Ok(reply) => format!("{} bytes", reply.carried()),
        Err(failure) => format!("{} ends the run", failure.kind.word()),
    }
}

/// Answers from a tape, as long as the same is asked for in the same order.
#[derive(Debug)]
pub struct Player {
    left: VecDeque<TapedCall>,
    cut: bool,
    played: usize,
    differs: Option<String>,
    /// Denials among the answers, of which the hint is the host's own.
    pub denials: Vec<Denial>,
}

impl Player {
    #[must_use]
    pub fn new(tape: Tape) -> Self {
        Self { left: tape.calls.into(), cut: tape.cut, played: 0, differs: None, denials: Vec::new() }
    }

    /// Says where the run asked for something else than the one that was recorded, or asked for less.
    #[must_use]
    pub fn differs(&self) -> Option<String> {
        let unplayed = || {
            let next = self.left.front()?;
            Some(format!(
                "it ended after {} calls; the recorded run went on with: {}",
                self.played,
                next.request.shown()
            ))
        };
        self.differs.clone().or_else(unplayed)
    }

    fn end(&mut self, asked: &Request, recorded: &str) -> Failure {
        let message = format!("call {}: it asks `{}`, and the recorded run {recorded}", self.played + 1, asked.shown());
        self.differs.get_or_insert_with(|| message.clone());
        Failure::new(FailureKind::Check, message)
    }
}

impl HostCalls for Player {
    fn call(&mut self, request: Request, _room: u64) -> Result<Reply, Failure> {
        match self.left.pop_front() {
            Some(taped) if taped.request == request => {
                self.played += 1;
                if let Ok(Reply::Error(Error::Denied(denial))) = &taped.reply {
                    self.denials.push(denial.clone());
                }
                taped.reply
            }
            Some(taped) => Err(self.end(&request, &format!("asked `{}`", taped.request.shown()))),
            None if self.cut => Err(self.end(&request, "was recorded no further, as it was too long")),
            None => Err(self.end(&request, "asked for nothing more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::{clock, files, logging};

    fn read(path: &str) -> Request {
        Request::Files(files::Call::Read { path: path.to_owned() })
    }

    fn tape() -> Tape {
        let mut recorder = Recorder::new(LONGEST_TAPE);
        recorder.keep(read("/a"), Ok(Reply::Files(files::Answer::Data(b"one".to_vec()))));
        recorder.keep(Request::Clock(clock::Call::Now), Ok(Reply::Clock(clock::Answer::Now(7))));
        recorder.into_tape()
    }

    #[test]
    fn the_same_calls_have_the_same_answers() {
        let mut player = Player::new(tape());
        assert_eq!(player.call(read("/a"), 0), Ok(Reply::Files(files::Answer::Data(b"one".to_vec()))));
        assert_eq!(player.differs().unwrap(), "it ended after 1 calls; the recorded run went on with: clock");
        assert_eq!(player.call(Request::Clock(clock::Call::Now), 0), Ok(Reply::Clock(clock::Answer::Now(7))));
        assert_eq!(player.differs(), None);
        assert!(player.call(Request::Clock(clock::Call::Now), 0).is_err());
        assert!(player.differs().unwrap().contains("asked for nothing more"));
    }

    #[test]
    fn the_first_other_call_is_told() {
        let mut player = Player::new(tape());
        assert!(player.call(read("/b"), 0).is_err());
        assert!(player.call(read("/a"), 0).is_err());
        assert_eq!(player.differs().unwrap(), "call 1: it asks `read /b`, and the recorded run asked `read /a`");
    }

    #[test]
    fn a_tape_is_bounded_and_says_that_it_was_cut() {
        let mut recorder = Recorder::new(1000);
        for _ in 0..3 {
            recorder.keep(read("/a"), Ok(Reply::Files(files::Answer::Data(vec![0; 300]))));
        }
        recorder.keep(Request::Clock(clock::Call::Now), Ok(Reply::Clock(clock::Answer::Now(1))));
        let tape = recorder.into_tape();
        assert_eq!((tape.calls.len(), tape.cut), (2, true), "nothing follows a gap");
        let mut player = Player::new(Tape { calls: Vec::new(), ..tape });
        assert!(player.call(Request::Clock(clock::Call::Now), 0).unwrap_err().message.contains("too long"));
    }

    #[test]
    fn a_call_is_shown_in_one_line() {
        let taped = tape().calls.remove(0);
        assert_eq!(taped.shown(), "read /a: 3 bytes");
        let log = TapedCall {
            request: Request::Logging(logging::Call { level: crate::Level::Info, message: "two\nlines".to_owned() }),
            reply: Ok(Reply::Done),
        };
        assert!(!log.shown().contains('\n'));
    }
}
