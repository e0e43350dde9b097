//! The identity of a file's content: tells one content from another without reading it.

use rustix::fs::Stat;
use serde::{Deserialize, Serialize};

/// Age of a change, in nanoseconds, from which on a file that was read after it counts as read for good: clocks of file
/// systems stand still for some milliseconds, and a second change within one of their steps shows nowhere.
const SETTLED: i64 = 2_000_000_000;

/// A file as `fstat` has it. Whoever writes to it changes `changed`, which nobody but the kernel sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub device: u64,
    pub inode: u64,
    /// In bytes.
    pub size: u64,
    /// In nanoseconds since 1970, as `changed`.
    pub modified: i64,
    pub changed: i64,
}

impl Identity {
    #[must_use]
    pub fn of(stat: &Stat) -> Self {
        let time = |seconds: i64, nanoseconds: u64| {
            seconds.saturating_mul(1_000_000_000).saturating_add(i64::try_from(nanoseconds).unwrap_or_default())
        };
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: time(stat.st_mtime, stat.st_mtime_nsec),
            changed: time(stat.st_ctime, stat.st_ctime_nsec),
        }
    }

    /// Tells whether what was read at `read`, in nanoseconds since 1970, is what a file of this identity holds ever since. One
    /// that was changed in the future, as clocks go back, is read again and again.
    #[must_use]
    pub(crate) fn is_settled(&self, read: i64) -> bool {
        read.saturating_sub(self.changed) >= SETTLED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_read_well_after_the_last_change_is_known() {
        let file = Identity { device: 1, inode: 2, size: 3, modified: 0, changed: 10 * SETTLED };
        assert!(!file.is_settled(10 * SETTLED));
        assert!(!file.is_settled(11 * SETTLED - 1));
        assert!(file.is_settled(11 * SETTLED));
        // The clock went back.
        assert!(!file.is_settled(SETTLED));
    }
}
