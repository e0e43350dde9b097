//! Calls of the interface `clock`, which take no grant.

use serde::{Deserialize, Serialize};

use super::{CapabilityAnswer, CapabilityCall, Reply};

/// One call, in the words of `wit/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    Now,
    Monotonic,
    UtcOffset,
}

/// The answer to a [`Call`]; the variant goes with the call's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Nanoseconds since 1970 UTC, in steps of 1 ms.
    Now(i64),
    /// Nanoseconds, in steps of 1 ms.
    Monotonic(u64),
    /// Seconds ahead of UTC.
    UtcOffset(i32),
}

impl CapabilityCall for Call {
    fn shown(&self) -> (&'static str, String) {
        ("clock", String::new())
    }

    fn denied(&self) -> Reply {
        Reply::Clock(match self {
            Self::Now => Answer::Now(0),
            Self::Monotonic => Answer::Monotonic(0),
            Self::UtcOffset => Answer::UtcOffset(0),
        })
    }

    fn is_worth_a_line(&self) -> bool {
        false
    }
}

impl CapabilityAnswer for Answer {}
