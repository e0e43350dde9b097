//! The history: a file of JSON lines to which each write of the state appends what changed, before the state that forgets it.
//! When it is long it is closed under the number of its first entry, and a new one begun.

mod append;
mod read;
mod segments;

use serde::{Deserialize, Serialize};

pub(super) use append::{append, tail};
pub use read::{ChangesRead, after, each};
pub use segments::FILE;
pub(super) use segments::{active, trim};

/// The end of the history as a write of the state left it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEnd {
    /// The number of the last entry.
    pub last: u64,
    /// Of the file. While it is the same and as long, nobody has appended since.
    #[serde(default)]
    inode: u64,
    #[serde(default)]
    pub(super) length: u64,
    /// Files that were closed since the days were counted.
    #[serde(default)]
    pub closed: u32,
}

#[cfg(test)]
mod tests;
