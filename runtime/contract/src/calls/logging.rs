//! Calls of the interface `logging`, which take no grant.

use serde::{Deserialize, Serialize};

use crate::Level;

/// The one call, in the words of `wit/`: a line for the log of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub level: Level,
    pub message: String,
}
