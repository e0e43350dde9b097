//! The system calls that nothing here can do without: asked for once, each in a way that does no harm.

use std::os::fd::RawFd;

use rustix::fs::{CWD, MemfdFlags, Mode, OFlags, ResolveFlags, memfd_create, openat2};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

use super::stdio::close_range;

/// The calls, by name. The newest is `close_range` of Linux 5.9, its flag of 5.11.
pub const CALLS: [&str; 5] = ["openat2", "pidfd_open", "pidfd_send_signal", "close_range", "memfd_create"];

/// Returns those of [`CALLS`] that this host lacks or forbids.
#[must_use]
pub fn missing_calls() -> Vec<&'static str> {
    CALLS.into_iter().filter(|call| attempt(call).is_err_and(is_missing)).collect()
}

/// Filters of containers answer with either.
fn is_missing(error: Errno) -> bool {
    matches!(error, Errno::NOSYS | Errno::PERM)
}

fn attempt(call: &str) -> Result<(), Errno> {
    match call {
        "openat2" => openat2(CWD, "/", OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::empty()).map(drop),
        "pidfd_open" => pidfd_open(getpid(), PidfdFlags::empty()).map(drop),
        // The call, if it exists, refuses a descriptor that is no pidfd, before any signal is sent.
        "pidfd_send_signal" => {
            let root = openat_root()?;
            match pidfd_send_signal(root, Signal::CONT) {
                Err(Errno::BADF) => Ok(()),
                other => other,
            }
        }
        // No descriptor has this number.
        "close_range" => close_range(RawFd::MAX, RawFd::MAX, libc::CLOSE_RANGE_CLOEXEC)
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO)),
        _ => memfd_create("probe", MemfdFlags::CLOEXEC).map(drop),
    }
}

fn openat_root() -> Result<std::os::fd::OwnedFd, Errno> {
    rustix::fs::open("/", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_tried_without_harm_where_it_is_there() {
        for call in CALLS {
            assert_eq!(attempt(call), Ok(()), "{call}");
        }
        assert!(missing_calls().is_empty());
    }

    #[test]
    fn full_tables_are_not_a_missing_call() {
        assert!(is_missing(Errno::NOSYS) && is_missing(Errno::PERM));
        assert!(!is_missing(Errno::MFILE) && !is_missing(Errno::NOMEM));
    }
}
