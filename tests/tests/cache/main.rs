//! Compiled code between rounds: what is kept is used without a look at the `.wasm`, and what is spoilt, planted or another's
//! never runs.
#![expect(clippy::disallowed_methods, reason = "rounds that are watched, and rounds at once")]

mod filled;
mod spoilt;
mod started;
mod traced;
mod unusable;
mod warm;
