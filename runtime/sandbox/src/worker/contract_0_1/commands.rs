//! The interface `commands` as the engine speaks it, and what the host answers to it, turned from the plain types.

use roundsman_contract as plain;

pub use super::bindings::roundsman::check::commands::*;
use super::{Turn, cases, record};

cases!(plain::Ending => Ending { ; Code, Signal });
record!(plain::Completed => Completed { standard_output, standard_error, duration, extra; ending });
record!(plain::GrantedCommand => GrantedCommand { id, argv, literal, extra });
