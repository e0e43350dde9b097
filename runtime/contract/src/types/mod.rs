//! The types of `wit/` as plain data, without an engine: what a check says and what the host answers. Their documentation is
//! that of the WIT. The sandbox turns those of each contract version into these and back.

mod commands;
mod error;
mod files;
mod outcome;

pub use commands::{Completed, Ending, GrantedCommand};
pub use error::{Cause, Denial, Error, Exceeded, GuestFailure, OptionProblem, Otherwise};
pub use files::{Content, FileEntry, FileKind, GrantedFiles, Metadata, Mount, Piece, Space, Used};
pub use outcome::{Level, Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit};

/// Pairs of key and value, for what a record has no field for.
pub type Extra = Vec<(String, String)>;
