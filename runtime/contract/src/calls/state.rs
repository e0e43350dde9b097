//! Calls of the interface `state`, which take no grant: a check keeps what is its own.

use serde::{Deserialize, Serialize};

use super::Reply;

/// One call, in the words of `wit/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Call {
    Get { key: String },
    Set { key: String, value: Vec<u8> },
    Remove { key: String },
}

impl Call {
    pub(super) fn carried(&self) -> usize {
        match self {
            Self::Get { key } | Self::Remove { key } => key.len(),
            Self::Set { key, value } => key.len() + value.len(),
        }
    }

    /// Says in a word what is done, and to what.
    pub(super) fn shown(&self) -> (&'static str, String) {
        match self {
            Self::Get { key } => ("state, get", key.clone()),
            Self::Set { key, .. } => ("state, set", key.clone()),
            Self::Remove { key } => ("state, remove", key.clone()),
        }
    }

    /// Answers where nothing is remembered.
    pub(super) fn denied(&self) -> Reply {
        match self {
            Self::Get { .. } => Reply::State(None),
            Self::Set { .. } | Self::Remove { .. } => Reply::Done,
        }
    }
}
