//! The types of the contract: those of the WIT files, those that components write as JSON, and how to tell by which version of the
//! contract a component was built. All of it is plain data, without an engine, that every stage can pass on.

#![forbid(unsafe_code)]

pub mod limits;
pub mod quantity;
pub mod range;
pub mod report;
pub mod calls;
pub mod subject;
mod access;
mod descriptor;
mod json;
pub mod surface;
mod types;

pub use access::Access;
pub use descriptor::{Descriptor, Judgement, MetricInfo, Need, OptionInfo};
pub use json::{LONGEST, descriptor, judgement};
pub use types::{
    Cause, Completed, Content, Denial, Ending, Error, Exceeded, Extra, FileEntry, FileKind, GrantedCommand,
    GrantedFiles, GuestFailure, Level, Metadata, Metric, MetricKind, Mount, OptionProblem, Otherwise, Outcome, Piece,
    Range, Space, Status, Subcheck, Unit, Used,
};

/// The contract's package and version, as a component names it.
pub const PACKAGE: &str = "roundsman:check";
/// The version of the contract that this build speaks.
pub const VERSION: &str = "0.1.0";
