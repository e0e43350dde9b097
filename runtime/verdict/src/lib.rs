//! Meaning of runs: when a check is due, the verdict on a run, the status of the check, and each output. Reads no clock, file
//! or variable.

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
