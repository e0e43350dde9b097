//! What outlives a round: one file of state, replaced whole, and the log.

pub mod log;
pub mod replace;
pub mod state;
pub mod usable;
