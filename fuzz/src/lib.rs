//! What is fuzzed: each module takes any bytes and panics where a promise does not hold. `cargo fuzz` finds the bytes
//! (`make fuzz`), a plain test runs those in `corpus/` (`runtime/program/tests/fuzz_corpus.rs`, which has this file as a module).

pub mod argv;
pub mod cache;
pub mod component;
pub mod config;
pub mod messages;
pub mod paths;
pub mod reference;
pub mod state;
