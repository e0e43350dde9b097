//! What the limits of a run have left for reading.

use crate::config::Limits;

use super::error::ReadError;

/// The limits of `[limits]` that bound reading, for the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files.
    pub read: u64,
    /// Files asked for, and names seen in directories.
    pub entries: u64,
}

impl From<&Limits> for ReadLimits {
    fn from(limits: &Limits) -> Self {
        let Limits { file, read, entries, .. } = *limits;
        Self { file, read, entries }
    }
}

#[derive(Debug)]
pub(super) struct Budget {
    limits: ReadLimits,
    read_left: u64,
    entries_left: u64,
}

impl Budget {
    pub fn new(limits: ReadLimits) -> Self {
        Self { limits, read_left: limits.read, entries_left: limits.entries }
    }

    pub fn take_entry(&mut self) -> Result<(), ReadError> {
        self.take_entries(1)
    }

    pub fn take_entries(&mut self, count: usize) -> Result<(), ReadError> {
        let left = self.entries_left.checked_sub(count as u64);
        self.entries_left = left.unwrap_or(0);
        left.map(drop).ok_or(ReadError::Limit { key: "entries", value: self.limits.entries })
    }

    /// The most bytes that the next file may have.
    pub fn room(&self) -> u64 {
        self.limits.file.min(self.read_left)
    }

    /// Which limit a file of more than [`Budget::room`] bytes is over.
    pub fn exceeded(&self) -> ReadError {
        if self.limits.file <= self.read_left {
            ReadError::Limit { key: "file", value: self.limits.file }
        } else {
            ReadError::Limit { key: "read", value: self.limits.read }
        }
    }

    /// Bytes that were read, whether the component gets them or not: a file that is too large is work too.
    pub fn spend(&mut self, bytes: usize) {
        self.read_left = self.read_left.saturating_sub(bytes as u64);
    }
}
