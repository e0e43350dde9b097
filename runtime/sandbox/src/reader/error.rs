//! Why a request about files was not answered.

use rustix::io::Errno;

use roundsman_contract::{Denial, Error, Exceeded};
use roundsman_grants::denial::Refusal;
use roundsman_os::process::errno;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    Refused(Refusal),
    /// It is no regular file, and those alone are granted there: no match of a pattern.
    OtherKind(Refusal),
    NotFound,
    Limit {
        key: &'static str,
        value: u64,
    },
    Io(Errno),
    /// Something that every request needs is not there.
    Unavailable(String),
}

impl ReadError {
    pub(crate) fn into_contract(self, check: &str) -> Error {
        match self {
            Self::Refused(refusal) | Self::OtherKind(refusal) => Error::Denied(Denial::of(refusal, check)),
            Self::NotFound => Error::NotFound,
            Self::Limit { key, value } => Error::Limit(Exceeded::new(key, value)),
            Self::Io(number) => Error::Io(errno::name(number)),
            Self::Unavailable(what) => Error::other("unavailable", what),
        }
    }
}

impl From<Refusal> for ReadError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Errno> for ReadError {
    fn from(number: Errno) -> Self {
        match number {
            Errno::NOENT | Errno::NOTDIR => Self::NotFound,
            Errno::NOSYS => Self::Unavailable("openat2 is missing: Linux 5.6 or newer is needed".to_owned()),
            other => Self::Io(other),
        }
    }
}
