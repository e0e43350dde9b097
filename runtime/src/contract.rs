//! The types of the WIT contract, made from `wit/`, with what every stage needs to pass them on as plain data.

// The macro's output: its documentation is that of `wit/`.
#[allow(missing_docs, reason = "generated from the WIT, which carries the documentation")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "check",
        additional_derives: [PartialEq, Clone, serde::Serialize, serde::Deserialize],
        imports: { default: trappable },
    });
}

pub use bindings::roundsman::check::commands::{Completed, Ending, GrantedCommand};
pub use bindings::roundsman::check::files::{
    Content, Entry, FileKind, Grants as GrantedFiles, Metadata, Mount, Piece, Space,
};
pub use bindings::roundsman::check::logging::Level;
pub use bindings::roundsman::check::types::{
    Access, Cause, Denial, Descriptor, Error, Exceeded, Failure as GuestFailure, Metric, MetricInfo, MetricKind, Need,
    OptionInfo, Outcome, Problem, Range, Status, Subcheck, Unit, ValueType,
};
pub use bindings::{Check, CheckPre};

/// The host side of each imported interface, implemented by the worker's linker.
pub mod imports {
    pub use super::bindings::roundsman::check::{clock, commands, files, logging, state, types};
}

/// The contract's package and version, as a component names it.
pub const PACKAGE: &str = "roundsman:check";
/// The version of the contract that this build speaks.
pub const VERSION: &str = "0.1.0";

/// One that declares nothing.
impl Default for Descriptor {
    fn default() -> Self {
        Self {
            name: String::new(),
            version: String::new(),
            summary: String::new(),
            options: Vec::new(),
            metrics: Vec::new(),
            free_metrics: false,
            needs: Vec::new(),
            extra: Vec::new(),
        }
    }
}
