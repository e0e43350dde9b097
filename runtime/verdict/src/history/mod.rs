//! History of changes over the rounds: each hard change of a check or subcheck, what operators did, and where nothing is known. Pure.

mod days;
pub mod difference;
pub mod entry;
mod status;
mod subcheck;

pub use days::{Day, Days};
pub use entry::{Act, Change, Deed, Event, HistoryEntry, Silenced};

/// Bytes of the history, where nobody says otherwise.
pub const HISTORY: u64 = 64 << 20;
