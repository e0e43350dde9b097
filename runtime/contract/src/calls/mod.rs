//! Host calls as plain data: the one trait through which a component reaches anything outside of itself.

mod bytes;
pub mod clock;
pub mod commands;
pub mod deny;
mod ended;
pub mod files;
pub mod granted;
pub mod logging;
mod seed;
pub mod seen;
pub mod state;
pub mod tape;
pub mod wire;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::report::Failure;
use roundsman_grants::Grants;
use roundsman_grants::escape::{clip, line};

use granted::Granted;

pub use ended::{Ended, ExportAnswer};

/// Longest request in a message, in bytes.
const LONGEST_SHOWN: usize = 200;

/// Answers host calls. The broker is the real one; tests use a fake, a recorder wraps either.
pub trait HostCalls {
    /// Answers one request. `room` is what `limits.memory` has left for the reply, in bytes.
    ///
    /// # Errors
    /// A [`Failure`] ends the run at once: the component does not see it.
    fn call(&mut self, request: Request, room: u64) -> Result<Reply, Failure>;
}

/// Questions that every room asks of a call, answered by each capability.
trait CapabilityCall {
    /// Returns the error number of a call that no host could carry out; `None` if one may.
    fn impossible(&self) -> Option<&'static str> {
        None
    }

    /// Returns the bytes that the call carries, besides a few for its form.
    fn carried(&self) -> usize {
        0
    }

    /// Says in a word what is done, and to what.
    fn shown(&self) -> (&'static str, String);

    /// Answers where nothing is granted, no time passes and nothing is remembered.
    fn denied(&self) -> Reply;

    /// Returns the grants that allow the call; none if it takes none.
    fn granted<'g>(&self, _grants: &'g Grants) -> Vec<Granted<'g>> {
        Vec::new()
    }

    /// Tells whether the answer says something to a person who looks on.
    fn is_worth_a_line(&self) -> bool {
        true
    }
}

/// Questions that every room asks of an answer, answered by each capability.
trait CapabilityAnswer {
    /// Returns the bytes of data that the answer carries, besides a few for its form.
    fn carried(&self) -> usize {
        0
    }

    /// Says how it ended, if that is more than the bytes that came.
    fn ending(&self) -> Option<String> {
        None
    }
}

/// One host call of a component, by its capability. It names no check: who asks is known by the socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    Files(files::Call),
    Commands(commands::Call),
    Logging(logging::Call),
    Clock(clock::Call),
    State(state::Call),
    /// Of WASI: what the random numbers of the run are made of.
    Seed,
}

/// The answer to a [`Request`]; the variant goes with the request's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    Files(files::Answer),
    Commands(commands::Answer),
    Clock(clock::Answer),
    State(Option<Vec<u8>>),
    Seed([u8; 32]),
    /// Done, and nothing to say.
    Done,
    /// The component is told, and goes on.
    Error(Error),
}

/// Longest path that Linux takes, in bytes (`PATH_MAX`).
pub const LONGEST_PATH: usize = 4096;

impl Request {
    /// Returns the call, whatever its capability is: the one place of this crate that names each of them.
    fn call(&self) -> &dyn CapabilityCall {
        match self {
            Self::Files(call) => call,
            Self::Commands(call) => call,
            Self::Logging(call) => call,
            Self::Clock(call) => call,
            Self::State(call) => call,
            Self::Seed => &seed::Call,
        }
    }

    /// Returns the error number of a request that no host could carry out, so that nothing is made of texts of that length.
    #[must_use]
    pub fn impossible(&self) -> Option<&'static str> {
        self.call().impossible()
    }

    /// Returns the bytes that the request carries, besides a few for its form.
    #[must_use]
    pub fn carried(&self) -> u64 {
        self.call().carried() as u64
    }

    /// Shows the request in one line: the word of what is done, and to what.
    #[must_use]
    pub(crate) fn shown(&self) -> String {
        let (word, target) = self.call().shown();
        clip(&line(format!("{word} {target}").trim_end()), LONGEST_SHOWN)
    }
}

impl Reply {
    /// Returns the answer of a capability; `None` where there is none but that the call is done, or why not.
    fn answer(&self) -> Option<&dyn CapabilityAnswer> {
        match self {
            Self::Files(answer) => Some(answer),
            Self::Commands(answer) => Some(answer),
            Self::Clock(answer) => Some(answer),
            Self::State(answer) => Some(answer),
            Self::Seed(_) | Self::Done | Self::Error(_) => None,
        }
    }

    /// Returns the bytes of data that the reply carries, besides a few for its form.
    #[must_use]
    pub fn carried(&self) -> u64 {
        self.answer().map_or(0, CapabilityAnswer::carried) as u64
    }
}

/// Returns the bytes of some texts, each with its end.
fn length_of(texts: &[String]) -> usize {
    texts.iter().map(|text| text.len() + 1).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_cannot_do_is_refused_before_it_is_looked_at() {
        let read = |length| Request::Files(files::Call::Read { path: "/".repeat(length) });
        assert_eq!((read(4096).impossible(), read(4097).impossible()), (None, Some("ENAMETOOLONG")));
        let run = |argv: Vec<String>| Request::Commands(commands::Call::Run { argv, input: None }).impossible();
        assert_eq!(run(vec!["/bin/true".to_owned(), "x".repeat(128 << 10)]), None);
        assert_eq!(run(vec!["x".repeat((128 << 10) + 1)]), Some("E2BIG"));
        assert_eq!(run(vec![String::new(); 3 << 20]), Some("E2BIG"));
    }
}
