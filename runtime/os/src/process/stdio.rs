//! Descriptors and the rest of what a process inherits: made harmless at the start of `main` and in each fork.
#![expect(unsafe_code, reason = "close_range and dup2 onto 0 and 1 act on descriptors that no Rust value owns")]

use std::io;
use std::os::fd::{AsFd as _, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Resource, Rlimit};

use super::signals;

/// Makes what cron, a shell or a service manager left us harmless; the first thing in `main`.
///
/// Descriptors 0 to 2 are open (`/dev/null` where they were not, so that no file opened later takes their place), all
/// others close on exec; SIGPIPE and SIGXFSZ are ignored, SIGCHLD default, nothing blocked; files made are 0600; no core is dumped.
///
/// # Errors
/// `/dev/null` is missing, or the kernel is older than 5.11.
pub fn at_start() -> io::Result<()> {
    for wanted in 0..=2 {
        if is_open(wanted) {
            continue;
        }
        // The kernel gives the lowest number that is free, which is `wanted`: those below are open by now.
        let null = open_null()?;
        if null.as_raw_fd() == wanted {
            let _stays_open = null.into_raw_fd();
        }
    }
    close_range(3, RawFd::MAX, libc::CLOSE_RANGE_CLOEXEC).map_err(|error| {
        io::Error::new(error.kind(), format!("close_range: {error}: Linux 5.14 or newer is needed"))
    })?;
    signals::for_a_parent()?;
    signals::fail_at_the_largest_file()?;
    signals::unblock_all()?;
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    // Memory holds secrets of grants.
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

/// How to mend what was removed, replaced by a file, or given another mode.
pub(super) const NULL_REMEDY: &str =
    "it is the device that everybody reads and writes: rm -f /dev/null && mknod -m 0666 /dev/null c 1 3";

/// Makes `fd` the stderr of this process.
///
/// # Errors
/// `fd` is not open.
pub fn stderr_to(fd: BorrowedFd<'_>) -> io::Result<()> {
    onto(fd, 2)
}

/// Sends stderr of this process to `/dev/null` from now on.
///
/// # Errors
/// `/dev/null` is missing.
pub fn silence_stderr() -> io::Result<()> {
    stderr_to(open_null()?.as_fd())
}

/// In a forked child: stdin and stdout become `/dev/null`, stderr stays, and of the others only `keep` stay open.
///
/// # Errors
/// `/dev/null` is missing, or this process may not open it; else as [`close_all_but`].
pub fn keep_only(keep: &[BorrowedFd<'_>]) -> io::Result<()> {
    let null = open_null()?;
    for standard in [0, 1] {
        onto(null.as_fd(), standard)?;
    }
    drop(null);
    close_all_but(keep)
}

/// In a forked child: of the descriptors above stderr only `keep` stay open. Opens nothing, so that a child of few rights
/// has what its parent had.
///
/// Every other descriptor is closed under whoever owned it; so the child must use no file, socket or child process
/// that it has from its parent, unless it is in `keep`, nor drop it: it leaves by `_exit`.
///
/// # Errors
/// The kernel is older than 5.9.
pub fn close_all_but(keep: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut kept: Vec<RawFd> = keep.iter().map(AsRawFd::as_raw_fd).filter(|fd| *fd > 2).collect();
    kept.sort_unstable();
    kept.dedup();
    let mut first = 3;
    for fd in kept {
        if fd > first {
            close_range(first, fd - 1, 0)?;
        }
        first = fd + 1;
    }
    close_range(first, RawFd::MAX, 0)
}

fn onto(fd: BorrowedFd<'_>, standard: RawFd) -> io::Result<()> {
    // SAFETY: replaces one of the descriptors 0 to 2, which no Rust value owns, by a copy of an open one.
    if unsafe { libc::dup2(fd.as_raw_fd(), standard) } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn open_null() -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    rustix::fs::open("/dev/null", flags, Mode::empty()).map_err(|error| {
        let name = super::errno::name(error);
        io::Error::other(format!("opening /dev/null: {name}: {NULL_REMEDY}"))
    })
}

fn is_open(fd: RawFd) -> bool {
    // SAFETY: asks for the flags of a number, whether it is open or not.
    unsafe { libc::fcntl(fd, libc::F_GETFD) >= 0 }
}

/// Closes `first..=last`, or with `CLOSE_RANGE_CLOEXEC` has them closed at exec. Async-signal-safe.
pub(super) fn close_range(first: RawFd, last: RawFd, flags: libc::c_uint) -> io::Result<()> {
    // SAFETY: the system call takes numbers, open or not. Callers say why nobody uses these descriptors any more.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
