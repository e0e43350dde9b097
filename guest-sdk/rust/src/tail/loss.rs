//! Lines that may never have been looked at, and how that came.

use std::fmt;

/// Lines that may be lost: it could not be proven that all of a file was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// Path where the file was, or is.
    pub path: String,
    /// The way in which lines may be lost.
    pub how: How,
}

/// Fate of a file whose end was not reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// It is not there any more, and nothing that is granted goes on where it ended.
    Gone,
    /// It was truncated, or its place taken by another; nothing that is granted has what it had.
    WrittenAnew,
    /// It was compressed first.
    Compressed,
    /// A rotated file between it and the present one is not there, or not granted.
    Between,
    /// The memory of the run before is unreadable.
    Forgotten,
}

impl Loss {
    pub(super) fn new(path: &str, how: How) -> Self {
        Self { path: path.to_owned(), how }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (said, remedy) = match self.how {
            How::Gone => ("is gone, and no granted file goes on where it ended", "grant its rotated names too"),
            How::WrittenAnew => {
                ("was written anew, and no granted file has what was in it", "grant its rotated names too")
            }
            How::Compressed => {
                ("was compressed before all of it was read", "delaycompress of logrotate leaves the time")
            }
            How::Between => ("was rotated more than once, and not all names between are there", "grant these too"),
            How::Forgotten => {
                ("is followed from its end: what the run before remembered is unreadable", "this comes once")
            }
        };
        write!(f, "{}: {said}; lines may be lost ({remedy})", self.path)
    }
}
