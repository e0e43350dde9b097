//! Rounds.
pub mod fate;
pub mod flow;
pub mod isolation;
pub mod pool;
pub mod start;
pub mod subject;
