//! Where reading of a file ended, and how to tell that it is still that file.

use serde::{Deserialize, Serialize};

use super::archive::Sum;
use super::entry::Entry;
use crate::Error;

/// Bytes before the offset that are remembered as a hash: an inode is used again after a file is deleted, a file that
/// was truncated may have grown past the offset since, and a copy of it has them too.
const MARK: u64 = 1024;

/// Where reading of one file ended.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Position {
    pub(super) path: String,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) offset: u64,
    pub(super) mark: u64,
    /// The bytes before the offset are the begin of a line that is not reported.
    pub(super) mid_line: bool,
    /// Bytes of a line without its end that stood behind the offset.
    pub(super) unfinished: u64,
    /// As many bytes of such a line were looked at as it stood.
    pub(super) looked_at: u64,
    /// It has the name of a rotated file, and nothing came in it from one run to the next: its end was reached.
    pub(super) settled: bool,
    /// Of all bytes before the offset; `None` where they were not all read.
    pub(super) sum: Option<Sum>,
}

impl Position {
    /// Returns the place `offset` of the file that is at `entry` now.
    pub(super) fn take(entry: &Entry, offset: u64) -> Result<Self, Error> {
        let mark = mark(entry, offset)?;
        let (path, device, inode) = (entry.path.clone(), entry.device, entry.inode);
        let (mid_line, unfinished, looked_at, settled, sum) = (false, 0, 0, false, None);
        Ok(Self { path, device, inode, offset, mark, mid_line, unfinished, looked_at, settled, sum })
    }

    pub(super) fn identity(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Tells whether a file has, up to the offset, what this one had.
    pub(super) fn goes_on_in(&self, entry: &Entry) -> Result<bool, Error> {
        Ok(entry.size >= self.offset && mark(entry, self.offset)? == self.mark)
    }
}

/// Returns the hash of the bytes before `offset`.
fn mark(entry: &Entry, offset: u64) -> Result<u64, Error> {
    let length = offset.min(MARK);
    Ok(hash(&entry.read_at(offset - length, length)?))
}

/// FNV-1a: the state must not hold what logs say, and nobody gains by a collision.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
