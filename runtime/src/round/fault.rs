//! Faults of the runtime itself: they change the exit code and are told on stderr, and no check's outcome is lost by one.

/// What went wrong besides the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Names the object, and what mends it.
    pub message: String,
}

/// In the order in which they decide the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    Internal,
    NotStored,
    Locked,
    LayerMissing,
    ConfigRefused,
    /// Worth telling, and mended already.
    Mended,
}

impl Fault {
    #[must_use]
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}
