//! Locks on single bytes of a file, fcntl(2) "advisory record locking": owned by this process, by no fork of it, and
//! gone with it however it ends.
#![expect(unsafe_code, reason = "fcntl with a struct flock has no safe wrapper that takes a range")]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

/// Answer to asking for a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    /// It is this process's, also where it was before.
    Ours,
    /// Another process holds it; 0 where that is in another pid namespace.
    By(u32),
}

/// Asks for the byte at `at`, without waiting.
///
/// The process loses all its locks on the file as soon as it closes any descriptor of it: open it once.
///
/// # Errors
/// ENOLCK; EBADF where the file is not open for writing.
pub fn try_lock(file: &File, at: u64) -> io::Result<Locked> {
    match fcntl(file, libc::F_SETLK, &mut byte(libc::F_WRLCK, at)) {
        Ok(()) => return Ok(Locked::Ours),
        Err(error) if !is_held(&error) => return Err(error),
        Err(_) => {}
    }
    let mut asked = byte(libc::F_WRLCK, at);
    fcntl(file, libc::F_GETLK, &mut asked)?;
    if libc::c_int::from(asked.l_type) == libc::F_UNLCK {
        // Released between the two calls: whoever asks again has it.
        return Ok(Locked::By(0));
    }
    Ok(Locked::By(u32::try_from(asked.l_pid).unwrap_or(0)))
}

/// Lets go of the byte at `at`; one that is not held is no error.
///
/// # Errors
/// ENOLCK.
pub fn unlock(file: &File, at: u64) -> io::Result<()> {
    fcntl(file, libc::F_SETLK, &mut byte(libc::F_UNLCK, at))
}

fn is_held(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EACCES | libc::EAGAIN))
}

fn byte(kind: libc::c_int, at: u64) -> libc::flock {
    // SAFETY: all zero is a valid `struct flock`; it holds integers only.
    let mut asked: libc::flock = unsafe { std::mem::zeroed() };
    // The constants fit: they are 0, 1 and 2.
    asked.l_type = kind as libc::c_short;
    asked.l_whence = libc::SEEK_SET as libc::c_short;
    asked.l_start = libc::off_t::try_from(at).unwrap_or(libc::off_t::MAX - 1);
    asked.l_len = 1;
    asked
}

fn fcntl(file: &File, command: libc::c_int, asked: &mut libc::flock) -> io::Result<()> {
    loop {
        // SAFETY: the three commands read and write one `struct flock`, which outlives the call.
        if unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut *asked) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
