//! The types of the contract: those of the WIT, made from `wit/`, those that components write as JSON, and what of a
//! component tells its contract. All of it is plain data that every stage can pass on.

pub mod limits;
pub mod quantity;
pub mod range;
pub mod report;
pub mod calls;
pub mod subject;
mod descriptor;
mod json;
pub mod surface;

// The macro's output: its documentation is that of `wit/`.
#[allow(missing_docs, reason = "generated from the WIT, which carries the documentation")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "check",
        additional_derives: [PartialEq, Clone, serde::Serialize, serde::Deserialize],
        imports: { default: trappable },
    });
}

use roundsman_grants::denial::Refusal;

pub use bindings::roundsman::check::commands::{Completed, Ending, GrantedCommand};
pub use bindings::roundsman::check::files::{
    Content, Entry, FileKind, Grants as GrantedFiles, Metadata, Mount, Piece, Space, Used,
};
pub use bindings::roundsman::check::logging::Level;
pub use bindings::roundsman::check::types::{
    Cause, Denial, Error, Exceeded, Failure as GuestFailure, Metric, MetricKind, Otherwise, Outcome, Problem, Range,
    Status, Subcheck, Unit,
};
pub use bindings::{Check, CheckPre};
pub use descriptor::{Access, Descriptor, Judgement, MetricInfo, Need, OptionInfo};
pub use json::{LONGEST, descriptor, judgement};

/// The host side of each imported interface, implemented by the worker's linker.
pub mod imports {
    pub use super::bindings::roundsman::check::{clock, commands, files, logging, state, types};
}

/// The contract's package and version, as a component names it.
pub const PACKAGE: &str = "roundsman:check";
/// The version of the contract that this build speaks.
pub const VERSION: &str = "0.1.0";

impl Error {
    /// A reason that the contract has no case for.
    #[must_use]
    pub fn other(code: &str, message: impl Into<String>) -> Self {
        Self::Other(Otherwise { code: code.to_owned(), message: message.into(), extra: Vec::new() })
    }
}

impl Exceeded {
    #[must_use]
    pub fn new(key: &str, value: u64) -> Self {
        Self { key: key.to_owned(), value, extra: Vec::new() }
    }
}

impl Denial {
    /// Returns the denial as the component sees it.
    #[must_use]
    pub fn of(refusal: Refusal, check: &str) -> Self {
        let hint = refusal.remedy.toml(check);
        Self::new(refusal.capability.word(), refusal.target, hint)
    }

    #[must_use]
    pub fn new(capability: &str, target: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { capability: capability.to_owned(), target: target.into(), hint: hint.into(), extra: Vec::new() }
    }
}
