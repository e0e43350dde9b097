//! Runs monitoring checks, each a WebAssembly component, with only what the operator granted.
//! The modules stand in the order in which data flows.

pub mod calls;
pub mod config;
pub mod contract;
pub mod glob;
pub mod grants;
pub mod judge;
pub mod process;
pub mod reader;
pub mod report;
