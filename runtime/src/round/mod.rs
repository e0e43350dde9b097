//! Rounds.
pub mod fate;
pub mod pool;
