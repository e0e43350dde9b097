//! Host calls as plain data: the one trait through which a component reaches anything outside of itself.

pub mod wire;

use serde::{Deserialize, Serialize};

use crate::contract::{
    Completed, Content, Entry, Error, GrantedCommand, GrantedFiles, Level, Metadata, Mount, Piece, Space,
};
use crate::report::Failure;

/// Answers host calls. The broker is the real one; tests use a fake, a recorder wraps either.
pub trait Host {
    /// Answers one request. `room` is what `limits.memory` has left for the reply, in bytes.
    ///
    /// # Errors
    /// A [`Failure`] ends the run at once: the component does not see it.
    fn call(&mut self, request: Request, room: u64) -> Result<Reply, Failure>;
}

/// One host call of a component, in the words of `wit/`. It names no check: who asks is known by the socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    Read { path: String },
    ReadAt { path: String, offset: u64, max: u64 },
    ReadGlob { pattern: String },
    Stat { path: String },
    StatGlob { pattern: String },
    Usage { path: String },
    Mounts,
    GrantedFiles,
    Run { argv: Vec<String>, input: Option<Vec<u8>> },
    GrantedCommands,
    Log { level: Level, message: String },
    Now,
    Monotonic,
    UtcOffset,
    StateGet { key: String },
    StateSet { key: String, value: Vec<u8> },
    StateRemove { key: String },
}

/// The answer to a [`Request`]; the variant goes with the request's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    Data(Vec<u8>),
    Piece(Piece),
    Contents(Vec<Content>),
    Metadata(Metadata),
    Entries(Vec<Entry>),
    Space(Space),
    Mounts(Vec<Mount>),
    GrantedFiles(GrantedFiles),
    Completed(Completed),
    GrantedCommands(Vec<GrantedCommand>),
    /// Nanoseconds since 1970 UTC, in steps of 1 ms.
    Now(i64),
    /// Nanoseconds, in steps of 1 ms.
    Monotonic(u64),
    /// Seconds ahead of UTC.
    UtcOffset(i32),
    State(Option<Vec<u8>>),
    /// Done, and nothing to say.
    Done,
    /// The component is told, and goes on.
    Error(Error),
}
