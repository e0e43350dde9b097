//! Why a call of the host brought nothing, and which call it was.

use std::fmt;

use crate::{Denial, HostError};

/// What a call was about, and why it brought nothing. Converts to a [`crate::Failure`] that passes the host's own
/// error on, so that `?` gives a failure of the right kind.
///
/// ```
/// use roundsman_sdk::{Denial, Error, HostError, Reason, fake::Fake, files};
///
/// let host = Fake::new();
/// host.file("/run/a", "").fail("/run/a", HostError::Io("EIO".into()));
/// let error: Error = host.with(|| files::read("/run/a")).unwrap_err();
/// assert_eq!((error.errno(), error.is_not_found(), error.is_denied()), (Some("EIO"), false, false));
/// host.fail("/run/a", HostError::Denied(Denial::new("files", "/run/a", "files = [\"/run/a\"]")));
/// assert!(matches!(host.with(|| files::read("/run/a")).unwrap_err().reason, Reason::Host(HostError::Denied(_))));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// The path, the argv, or the key of the state.
    pub on: String,
    /// What stood in the way.
    pub reason: Reason,
}

/// What stood in the way of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The host answered with this.
    Host(HostError),
    /// The host answered with bytes that are not UTF-8 from this offset on, where text was expected.
    NotText {
        /// In bytes from the start.
        offset: usize,
    },
    /// The bytes are not what this check wrote there.
    Unreadable(String),
}

impl Error {
    pub(crate) fn host(on: impl Into<String>, error: HostError) -> Self {
        Self { on: on.into(), reason: Reason::Host(error) }
    }

    /// Tells whether the file or program does not exist.
    pub fn is_not_found(&self) -> bool {
        self.reason == Reason::Host(HostError::NotFound)
    }

    /// Tells whether no grant allows it.
    pub fn is_denied(&self) -> bool {
        matches!(self.reason, Reason::Host(HostError::Denied(_)))
    }

    /// Returns the error number's name, such as `EACCES`, where the host's system gave one.
    pub fn errno(&self) -> Option<&str> {
        match &self.reason {
            Reason::Host(HostError::Io(name)) => Some(name),
            _ => None,
        }
    }
}

impl Denial {
    /// Makes a request that no grant matches, as a test has its host say it.
    pub fn new(capability: &str, target: &str, hint: &str) -> Self {
        Self { capability: capability.into(), target: target.into(), hint: hint.into(), extra: Vec::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.on)?;
        match &self.reason {
            Reason::Host(error) => f.write_str(&say(error)),
            Reason::NotText { offset } => write!(f, "not UTF-8 text from byte {offset} on"),
            Reason::Unreadable(why) => write!(f, "not what this check wrote there: {why}"),
        }
    }
}

impl std::error::Error for Error {}

fn say(error: &HostError) -> String {
    match error {
        HostError::Denied(_) => "not granted".into(),
        HostError::NotFound => "does not exist".into(),
        // One for all checks together, where the others are for each.
        HostError::Limit(limit) if limit.key == "buffers" => "over run.buffers".into(),
        HostError::Limit(limit) => format!("over limits.{}", limit.key),
        HostError::TimedOut => "gave no answer within its time".into(),
        HostError::Io(name) => name.clone(),
        HostError::Other(what) => what.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Exceeded;

    #[test]
    fn an_error_says_what_it_was_about() {
        let limit = HostError::Limit(Exceeded { key: "file".into(), value: 1_048_576, extra: Vec::new() });
        let shared = HostError::Limit(Exceeded { key: "buffers".into(), value: 1_048_576, extra: Vec::new() });
        let denied = HostError::Denied(Denial::new("files", "/x", ""));
        let cases = [
            (Error::host("/x", HostError::NotFound), "/x: does not exist"),
            (Error::host("/x", limit), "/x: over limits.file"),
            (Error::host("/x", shared), "/x: over run.buffers"),
            (Error::host("/x", denied), "/x: not granted"),
            (Error::host("/x", HostError::Io("EACCES".into())), "/x: EACCES"),
            (Error { on: "/x".into(), reason: Reason::NotText { offset: 7 } }, "/x: not UTF-8 text from byte 7 on"),
        ];
        for (error, said) in cases {
            assert_eq!(error.to_string(), said);
        }
    }
}
