//! One backup.

use roundsman_sdk::Failure;

/// A snapshot, an archive or a file.
pub struct Item {
    pub name: String,
    pub seen: Result<Seen, Failure>,
}

/// The moment when it was made, in seconds since 1970 UTC, and how large it is, where that is told.
#[derive(Clone, Copy)]
pub struct Seen {
    pub at: i64,
    pub size: Option<u64>,
}
