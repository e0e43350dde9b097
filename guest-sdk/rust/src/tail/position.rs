//! Where reading of a file ended, and how to tell that it is still that file.

use serde::{Deserialize, Serialize};

use crate::{Error, files};

/// Bytes before the offset that are remembered as a hash: an inode is used again after a file is deleted, and a file
/// that was truncated may have grown past the offset since.
const MARK: u64 = 64;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Position {
    pub(super) path: String,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) offset: u64,
    /// The bytes before the offset are the begin of a line that is not reported.
    pub(super) mid_line: bool,
    mark: u64,
}

impl Position {
    /// The place `offset` of the file that is at `path` now.
    pub(super) fn take(path: &str, offset: u64, mid_line: bool) -> Result<Self, Error> {
        let length = offset.min(MARK);
        let piece = files::read_at(path, offset - length, length)?;
        let mark = hash(&piece.data);
        Ok(Self { path: path.to_owned(), device: piece.device, inode: piece.inode, offset, mid_line, mark })
    }

    pub(super) fn identity(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Whether the file at `path` is as it was up to the offset.
    pub(super) fn still_there(&self, path: &str) -> Result<bool, Error> {
        let length = self.offset.min(MARK);
        let piece = files::read_at(path, self.offset - length, length)?;
        let same = (piece.device, piece.inode) == self.identity() && piece.size >= self.offset;
        Ok(same && hash(&piece.data) == self.mark)
    }
}

/// FNV-1a: the state must not hold what logs say, and nobody gains by a collision.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
