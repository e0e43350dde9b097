//! What an author of a check uses: the trait to implement, the host's calls, parsing that never guesses, and a fake
//! host for native tests.
//!
//! A check says what it is ([`Check::describe`]) and what it saw ([`Check::run`]). The host judges thresholds, writes
//! every text and every format, and grants what the operator named; a check does none of that.
//!
//! ```
//! use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, NoOptions, Outcome, Unit, files, parse};
//!
//! const PROCESSES: Measure = Measure::gauge("processes", Unit::Number, "processes and threads that exist");
//!
//! struct Processes;
//!
//! impl Check for Processes {
//!     type Options = NoOptions;
//!
//!     fn describe() -> Descriptor {
//!         Descriptor::new("processes", "0.1.0", "number of processes")
//!             .metric(&PROCESSES)
//!             .need(Need::files("/proc/loadavg", "the kernel counts processes here"))
//!     }
//!
//!     fn run(_: NoOptions) -> Result<Outcome, Failure> {
//!         let text = files::read_text("/proc/loadavg")?;
//!         let count = text.rsplit_once('/').and_then(|(_, end)| end.split(' ').next()).unwrap_or("");
//!         let count: u32 = parse::Field::new(count).integer()?;
//!         Ok(Outcome::new(format!("{count} processes")).metric(PROCESSES.value(f64::from(count))))
//!     }
//! }
//!
//! roundsman_sdk::export!(Processes);
//! ```
#![deny(unsafe_code, missing_docs)]

pub mod bindings;

mod check;
mod error;
mod export;
mod failure;
mod host;
mod options;

mod descriptor;
mod measure;
mod outcome;
mod range;
mod status;
mod unit;

pub mod clock;
pub mod commands;
pub mod files;
pub mod log;
pub mod state;

pub mod expect;
pub mod parse;
mod pattern;
pub mod rates;
pub mod tail;
pub mod text;

#[cfg(not(target_family = "wasm"))]
pub mod fake;

pub use bindings::roundsman::check::types::{
    Access, Cause, Denial, Descriptor, Error as HostError, Exceeded, Failure, Metric, MetricKind, Need, OptionInfo,
    Outcome, Problem, Range, Status, Subcheck, ValueType,
};
pub use check::{Check, NoOptions};
pub use error::{Error, Reason};
pub use export::Exported;
pub use failure::Context;
pub use measure::Measure;
pub use pattern::Pattern;
pub use unit::Unit;
