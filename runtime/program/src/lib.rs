//! Runs monitoring checks, each a WebAssembly component, with only what the operator granted.
//! The modules stand in the order in which data flows.

pub mod project;
pub mod recording;
pub mod redact;
pub mod made_test;
pub mod learn;
pub mod isolation;
pub mod round;
pub mod cli;
