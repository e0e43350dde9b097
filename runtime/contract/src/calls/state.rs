//! Calls of the interface `state`, which take no grant: a check keeps what is its own.

use serde::{Deserialize, Serialize};

use super::{CapabilityAnswer, CapabilityCall, Reply};

/// One call, in the words of `wit/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Call {
    Get { key: String },
    Set { key: String, value: Vec<u8> },
    Remove { key: String },
}

impl CapabilityCall for Call {
    fn carried(&self) -> usize {
        match self {
            Self::Get { key } | Self::Remove { key } => key.len(),
            Self::Set { key, value } => key.len() + value.len(),
        }
    }

    fn shown(&self) -> (&'static str, String) {
        match self {
            Self::Get { key } => ("state, get", key.clone()),
            Self::Set { key, .. } => ("state, set", key.clone()),
            Self::Remove { key } => ("state, remove", key.clone()),
        }
    }

    fn denied(&self) -> Reply {
        match self {
            Self::Get { .. } => Reply::State(None),
            Self::Set { .. } | Self::Remove { .. } => Reply::Done,
        }
    }
}

impl CapabilityAnswer for Option<Vec<u8>> {
    fn carried(&self) -> usize {
        self.as_ref().map_or(0, Vec::len)
    }
}
