//! Faults of the runtime itself: they change the exit code and are told on stderr, and no check's outcome is lost by one.

use roundsman_config::RefusedFile;
use roundsman_contract::Status;
use roundsman_grants::escape;

/// A fault of the runtime, besides those of checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Names the object, and what mends it; no line of it is another's.
    pub message: String,
}

/// In the order in which they decide the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    Internal,
    NotStored,
    Locked,
    ConfigRefused,
    /// A receiver has not had its messages for a while, or one was dropped.
    Undelivered,
    /// Worth telling, and mended already, or no reason not to go on.
    Mended,
}

impl FaultKind {
    /// Returns the status of the reserved check `roundsman`: what could not be kept is lost, the rest waits to be mended.
    #[must_use]
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Internal | Self::NotStored | Self::Locked => Status::Critical,
            Self::ConfigRefused | Self::Undelivered | Self::Mended => Status::Warning,
        }
    }
}

impl Fault {
    /// Tells of what was mended, or left out.
    #[must_use]
    pub(crate) fn mended(what: String) -> Self {
        Self::new(FaultKind::Mended, what)
    }

    /// Returns a fault that is told in one line.
    #[must_use]
    pub fn new(kind: FaultKind, message: impl AsRef<str>) -> Self {
        Self { kind, message: escape::line(message.as_ref()) }
    }

    /// A file of the configuration that was refused, with its lines that are wrong.
    #[must_use]
    pub fn refused(file: &RefusedFile) -> Self {
        Self { kind: FaultKind::ConfigRefused, message: file.problems.join("\n") }
    }
}

/// Returns the part of a message for those who may not see the lines of the configuration below it.
#[must_use]
pub(crate) fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}
