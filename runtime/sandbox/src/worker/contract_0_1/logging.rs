//! The interface `logging` as the engine speaks it; levels of lines, turned into the plain ones.

use roundsman_contract as plain;

pub use super::bindings::roundsman::check::logging::*;
use super::{Turn, cases};

cases!(Level => plain::Level { Debug, Info, Warning, Error });
