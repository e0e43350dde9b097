//! What an author of a check uses: the trait to implement, the host's calls, parsing that never guesses, and a fake
//! host for native tests.
//!
//! A check says what it is ([`Check::describe`]) and what it saw ([`Check::run`]). The host judges thresholds, writes
//! every text and every format, and grants what the operator named; a check does none of that.

#![deny(unsafe_code, missing_docs)]
#![doc = include_str!("../README.md")]

// What the derive writes names the SDK by its name, here as elsewhere.
extern crate self as roundsman_sdk;

pub mod bindings;

mod check;
mod error;
mod export;
mod failure;
mod host;
mod json;
mod map;
mod option_info;
mod options;
mod order;

mod descriptor;
mod measure;
mod outcome;
mod part;
mod range;
mod span;
mod status;
mod unit;
mod zone;

pub mod clock;
pub mod commands;
pub mod files;
pub mod log;
pub mod state;

pub mod expect;
pub mod glob;
pub mod parse;
mod pattern;
pub mod rates;
pub mod tail;
pub mod text;
pub mod tree;
pub mod x509;

#[cfg(not(target_family = "wasm"))]
pub mod fake;

pub use bindings::roundsman::check::types::{
    Cause, Denial, Error as HostError, Exceeded, Failure, Metric, MetricKind, Otherwise, Outcome, Problem, Range,
    Status, Subcheck,
};
pub use check::{Check, NoOptions};
pub use descriptor::{Descriptor, MetricInfo, Need};
pub use error::{Error, Reason};
pub use export::Exported;
pub use failure::Context;
pub use json::{Json, JsonWriter, Keys, Wrong};
pub use map::Map;
pub use measure::Measure;
pub use option_info::{OptionInfo, OptionValue, Options};
pub use part::Part;
pub use pattern::Pattern;
/// Reads off a type what a check's options are; see [`trait@Options`].
pub use roundsman_sdk_derive::Options;
pub use span::Span;
pub use unit::Unit;
pub use zone::Zone;

/// The check that the repository's docs/authoring.md writes, compiled and run by `cargo test`.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/authoring.md")]
mod authoring {}
