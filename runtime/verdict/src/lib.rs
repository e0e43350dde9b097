//! What a run means: when it is due, its verdict, where its check stands, and each output. It reads no clock,
//! file or variable.

#![forbid(unsafe_code)]

// The sample of tests is a file of other crates' tests too, and names this one as they do.
#[cfg(test)]
extern crate self as roundsman_verdict;

pub mod schedule;
pub mod judge;
pub mod check_status;
pub mod delivery;
pub mod history;
pub mod outputs;
