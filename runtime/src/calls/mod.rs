//! Host calls as plain data: the one trait through which a component reaches anything outside of itself.

pub mod deny;
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

impl Reply {
    /// The bytes of data that the reply carries, besides a few for its form.
    #[must_use]
    pub fn carried(&self) -> u64 {
        /// An entry without its names, in bytes.
        const ENTRY: usize = 64;
        let bytes = match self {
            Self::Data(data) => data.len(),
            Self::Piece(piece) => piece.data.len(),
            Self::Contents(contents) => {
                contents.iter().map(|content| content.path.len() + content.data.as_ref().map_or(0, Vec::len)).sum()
            }
            Self::Entries(entries) => entries.iter().map(|entry| entry.path.len() + ENTRY).sum(),
            Self::Mounts(mounts) => {
                mounts.iter().map(|mount| mount.source.len() + mount.path.len() + mount.filesystem.len() + ENTRY).sum()
            }
            Self::Completed(completed) => completed.standard_output.len() + completed.standard_error.len(),
            Self::State(value) => value.as_ref().map_or(0, Vec::len),
            _ => 0,
        };
        bytes as u64
    }
}
