//! The budget for reading that the limits of a run have left.

use std::io;
use std::rc::Rc;

use rustix::io::Errno;

use super::error::ReadError;
use roundsman_contract::limits::Limits;
use roundsman_os::process::shared_counters::SharedCounters;

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

/// The rest of the limits, counted over all readers of a run: what a killed reader spent stays spent.
#[derive(Debug, Clone)]
pub struct Budget {
    limits: ReadLimits,
    left: Rc<SharedCounters<2>>,
}

/// Indices of the counters.
const READ: usize = 0;
const ENTRIES: usize = 1;

impl Budget {
    /// # Errors
    /// ENOMEM.
    pub fn new(limits: ReadLimits) -> io::Result<Self> {
        Ok(Self { limits, left: Rc::new(SharedCounters::new([limits.read, limits.entries])?) })
    }

    pub(super) fn take_entry(&self) -> Result<(), ReadError> {
        self.take_entries(1)
    }

    pub(super) fn take_entries(&self, count: usize) -> Result<(), ReadError> {
        let there = self.left.take(ENTRIES, count as u64);
        if there { Ok(()) } else { Err(ReadError::Limit { key: "entries", value: self.limits.entries }) }
    }

    /// Returns the most bytes that the next file may have.
    pub(super) fn room(&self) -> u64 {
        self.limits.file.min(self.left.left(READ))
    }

    /// Returns the limit that a file of more than [`Budget::room`] bytes exceeds.
    pub(super) fn exceeded(&self) -> ReadError {
        if self.limits.file <= self.left.left(READ) {
            ReadError::Limit { key: "file", value: self.limits.file }
        } else {
            ReadError::Limit { key: "read", value: self.limits.read }
        }
    }

    /// Notes what was read, whether the component gets it or not: a file that is too large is work too, and so is one
    /// whose end never came.
    pub(super) fn spending(&self, read: Result<usize, Errno>) -> Result<usize, Errno> {
        let _ = self.left.take(READ, read.unwrap_or(0) as u64);
        read
    }
}
