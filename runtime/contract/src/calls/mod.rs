//! Host calls as plain data: the one trait through which a component reaches anything outside of itself.

mod bytes;
pub mod deny;
mod ended;
pub mod granted;
pub mod tape;
pub mod wire;

use serde::{Deserialize, Serialize};

use crate::report::Failure;
use crate::{
    Completed, Content, Entry, Error, GrantedCommand, GrantedFiles, Level, Metadata, Mount, Piece, Space, Used,
};

pub use ended::{Answer, Ended};

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
    Usages { paths: Vec<String> },
    Mounts,
    GrantedFiles,
    Run { argv: Vec<String>, input: Option<Vec<u8>> },
    GrantedCommands,
    Log { level: Level, message: String },
    Now,
    Monotonic,
    UtcOffset,
    Seed,
    StateGet { key: String },
    StateSet { key: String, value: Vec<u8> },
    StateRemove { key: String },
}

/// The answer to a [`Request`]; the variant goes with the request's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    Data(#[serde(with = "bytes")] Vec<u8>),
    Piece(Piece),
    Contents(#[serde(with = "bytes::contents")] Vec<Content>),
    Metadata(Metadata),
    Entries(Vec<Entry>),
    Space(Space),
    Usages(Vec<Used>),
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
    /// Of the random numbers of one run.
    Seed([u8; 32]),
    State(Option<Vec<u8>>),
    /// Done, and nothing to say.
    Done,
    /// The component is told, and goes on.
    Error(Error),
}

/// Longest path that Linux takes, in bytes (`PATH_MAX`).
pub const LONGEST_PATH: usize = 4096;
/// Longest argument of a program, in bytes (`MAX_ARG_STRLEN`).
const LONGEST_ARGUMENT: usize = 128 << 10;
/// All arguments of a program together, in bytes (a quarter of the usual stack; `execve(2)`).
const LONGEST_ARGV: usize = 2 << 20;

impl Request {
    /// The error number of a request that no host could carry out, so that nothing is made of texts of that length.
    #[must_use]
    pub fn impossible(&self) -> Option<&'static str> {
        match self {
            Self::Read { path } | Self::ReadAt { path, .. } | Self::Stat { path } | Self::Usage { path } => {
                (path.len() > LONGEST_PATH).then_some("ENAMETOOLONG")
            }
            Self::ReadGlob { pattern } | Self::StatGlob { pattern } => {
                (pattern.len() > LONGEST_PATH).then_some("ENAMETOOLONG")
            }
            Self::Run { argv, .. } => {
                let total = argv.iter().map(|argument| argument.len() + 1).fold(0, usize::saturating_add);
                let too_long = total > LONGEST_ARGV || argv.iter().any(|argument| argument.len() > LONGEST_ARGUMENT);
                too_long.then_some("E2BIG")
            }
            _ => None,
        }
    }

    /// The bytes that the request carries, besides a few for its form.
    #[must_use]
    pub fn carried(&self) -> u64 {
        let texts = |texts: &[String]| texts.iter().map(|text| text.len() + 1).fold(0, usize::saturating_add);
        let bytes = match self {
            Self::Read { path } | Self::ReadAt { path, .. } | Self::Stat { path } | Self::Usage { path } => path.len(),
            Self::ReadGlob { pattern } | Self::StatGlob { pattern } => pattern.len(),
            Self::Usages { paths } => texts(paths),
            Self::Run { argv, input } => texts(argv) + input.as_ref().map_or(0, Vec::len),
            Self::Log { message, .. } => message.len(),
            Self::StateGet { key } | Self::StateRemove { key } => key.len(),
            Self::StateSet { key, value } => key.len() + value.len(),
            _ => 0,
        };
        bytes as u64
    }
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
            Self::Usages(all) => all.iter().map(|used| used.path.len() + ENTRY).sum(),
            Self::Mounts(mounts) => mounts.iter().map(|mount| texts(mount) + ENTRY).sum(),
            Self::Completed(completed) => completed.standard_output.len() + completed.standard_error.len(),
            Self::State(value) => value.as_ref().map_or(0, Vec::len),
            _ => 0,
        };
        bytes as u64
    }
}

/// The bytes of the texts of a mount.
fn texts(mount: &Mount) -> usize {
    let options = mount.options.iter().chain(&mount.filesystem_options).map(String::len).sum::<usize>();
    mount.source.len() + mount.path.len() + mount.root.len() + mount.filesystem.len() + options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_cannot_do_is_refused_before_it_is_looked_at() {
        let read = |length| Request::Read { path: "/".repeat(length) };
        assert_eq!((read(4096).impossible(), read(4097).impossible()), (None, Some("ENAMETOOLONG")));
        let run = |argv: Vec<String>| Request::Run { argv, input: None }.impossible();
        assert_eq!(run(vec!["/bin/true".to_owned(), "x".repeat(128 << 10)]), None);
        assert_eq!(run(vec!["x".repeat((128 << 10) + 1)]), Some("E2BIG"));
        assert_eq!(run(vec![String::new(); 3 << 20]), Some("E2BIG"));
    }
}
