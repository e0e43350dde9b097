//! The one call of WASI that needs the host: what the random numbers of a run are made of.

use super::{CapabilityCall, Reply};

/// The call.
#[derive(Debug)]
pub(super) struct Call;

impl CapabilityCall for Call {
    fn shown(&self) -> (&'static str, String) {
        ("random", String::new())
    }

    fn denied(&self) -> Reply {
        Reply::Seed([0; 32])
    }

    fn is_worth_a_line(&self) -> bool {
        false
    }
}
