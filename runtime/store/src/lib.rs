//! Everything that outlives a round: the results, the private state, the locks, the log.

#![forbid(unsafe_code)]

pub mod components;
pub mod release;
pub mod networked;
pub mod run_marker;
pub mod changes;
pub mod clock;
pub mod cursors;
pub mod days;
pub mod error;
mod in_the_way;
mod load;
pub mod locks;
pub mod log;
pub mod memory;
pub mod private;
pub mod recordings;
pub mod results;
pub mod checksummed;
pub mod state;
mod unknown;
pub mod usable;
pub mod values;

#[cfg(test)]
#[path = "../../verdict/src/judge/sample.rs"]
mod sample;
