//! Calls of the interface `logging`, which take no grant.

use serde::{Deserialize, Serialize};

use super::{CapabilityCall, Reply};
use crate::Level;

/// The one call, in the words of `wit/`: a line for the log of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub level: Level,
    pub message: String,
}

impl CapabilityCall for Call {
    fn carried(&self) -> usize {
        self.message.len()
    }

    fn shown(&self) -> (&'static str, String) {
        ("log", format!("{} {}", self.level.word(), self.message))
    }

    fn denied(&self) -> Reply {
        Reply::Done
    }

    fn is_worth_a_line(&self) -> bool {
        false
    }
}
