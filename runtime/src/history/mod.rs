//! What changed over the rounds: each hard change of a check or subcheck, what operators did, and where nothing is known. Pure.

pub mod difference;
pub mod entry;
mod status;
mod subcheck;

pub use entry::{Act, Change, Deed, Entry, Event, Silenced};
