//! Runs monitoring checks, each a WebAssembly component, with only what the operator granted.
//! The modules stand in the order in which data flows.

pub mod contract;
pub mod report;
pub mod escape;
pub mod glob;
pub mod nearest;
pub mod limits;
pub mod subject;
pub mod quantity;
pub mod grants;
pub mod config;
pub mod import;
pub mod project;
pub mod process;
pub mod replace;
pub mod safe_path;
pub mod secret;
pub mod networked;
pub mod schedule;
pub mod store;
pub mod components;
pub mod release;
pub mod calls;
pub mod compile;
pub mod worker;
pub mod zygote;
pub mod isolation;
pub mod reader;
pub mod broker;
pub mod round;
pub mod judge;
pub mod standing;
pub mod delivery;
pub mod history;
pub mod outputs;
pub mod cli;
