//! A process that goes on with this program's code: a broker, a reader, a zygote and the workers that it forks.
#![expect(unsafe_code, reason = "fork and _exit have no safe wrapper")]
#![expect(clippy::disallowed_methods, reason = "the one place that makes processes of this program")]

use std::ffi::CString;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};

use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};

use super::pidfd::Child;
use super::signals;

/// Exit code of a child that panicked, as of any Rust program.
pub const PANICKED: i32 = 101;
/// Exit code of a child that could not be set up: its parent died first, or the kernel refused.
pub const UNBORN: i32 = 102;

/// Forks a child that runs `f` and leaves with the code that it returns (its low eight bits), without running
/// destructors, exit handlers or flushing what the parent had buffered.
///
/// The child is called `name` (15 bytes are shown by the system), blocks no signal, has default dispositions but for
/// an ignored SIGPIPE, and dies with its parent. A panic becomes one line on its stderr, with message and place, and
/// the code [`PANICKED`]. Descriptors are all still open: see [`super::stdio::keep_only`].
///
/// The calling process should have one thread only: in the child, what another thread held locked stays locked.
///
/// # Errors
/// EAGAIN or ENOMEM of fork, EMFILE or ENFILE for the pidfd.
pub fn fork_child(name: &str, f: impl FnOnce() -> i32) -> io::Result<Child> {
    let parent = getpid();
    // SAFETY: the child runs on a copy of this process, which has one thread (libc makes its own allocator usable in
    // any case), and leaves by `_exit` in `live`, so it never returns into the code of its parent.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            live(name, || signals::default_all_but(&[libc::SIGPIPE]).and_then(|()| signals::for_a_parent()), parent, f)
        }
        pid => Child::of(Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidData)?),
    }
}

/// Works as [`fork_child`], but the child is one of `parent`, which is the parent of this process: it is for `parent` to take
/// charge of it ([`Child::of`]), and it dies with `parent`. The dispositions of signals are those of this process, as
/// are the engine's handlers.
///
/// # Errors
/// EAGAIN or ENOMEM of clone; EINVAL where this process is the first of its PID namespace.
pub fn fork_sibling(name: &str, parent: Pid, f: impl FnOnce() -> i32) -> io::Result<Pid> {
    let flags = libc::c_long::from(libc::CLONE_PARENT | libc::SIGCHLD);
    // SAFETY: as in `fork_child`. What libc's own `fork` does besides is for other threads, of which there are none, and
    // the number of this thread that libc keeps. Of glibc nothing uses it here, and of musl `abort`, which is ours.
    match unsafe { libc::syscall(libc::SYS_clone, flags, 0_usize, 0_usize, 0_usize, 0_usize) } {
        -1 => Err(io::Error::last_os_error()),
        0 => live(name, || Ok(()), parent, f),
        pid => Ok(i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?),
    }
}

/// Ends the process as libc's function of this name does, which its callers expect. musl's own signals the thread whose number it has kept, which after
/// [`fork_sibling`] is the zygote's.
#[cfg(target_env = "musl")]
#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    // SAFETY: system calls that change nothing but what becomes of this process, which ends here in any case. SIG_DFL runs
    // no code of it.
    unsafe {
        libc::signal(libc::SIGABRT, libc::SIG_DFL);
        libc::syscall(libc::SYS_tgkill, libc::getpid(), libc::syscall(libc::SYS_gettid), libc::SIGABRT);
        // Where the signal was blocked.
        libc::_exit(UNBORN)
    }
}

/// Lives the whole life of a forked process.
fn live(name: &str, signals: impl FnOnce() -> io::Result<()>, parent: Pid, f: impl FnOnce() -> i32) -> ! {
    let code = panic::catch_unwind(AssertUnwindSafe(|| match signals().and_then(|()| set_up(name, parent)) {
        Ok(()) => f(),
        Err(error) => {
            let _ = writeln!(io::stderr(), "{name}: setting up the process: {error}");
            UNBORN
        }
    }))
    .unwrap_or_else(|payload| {
        // Dropping what was panicked with could panic again.
        std::mem::forget(payload);
        PANICKED
    });
    // SAFETY: ends this process and touches no memory of it.
    unsafe { libc::_exit(code) }
}

/// Takes on another name and another task in a process that was forked by [`fork_child`]: no signal is blocked, and it
/// dies with `parent` as before.
///
/// # Errors
/// ESRCH where the parent is another one by now.
pub fn go_on_as(name: &str, parent: Pid) -> io::Result<()> {
    set_up(name, parent)
}

fn set_up(name: &str, parent: Pid) -> io::Result<()> {
    let label = name.to_owned();
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let message = info.payload_as_str().unwrap_or("a value that is no text");
        // One write, so that lines of processes that share the descriptor do not mix.
        let _ = io::stderr().write_all(format!("{label}: panicked at {place}: {message}\n").as_bytes());
    }));
    signals::unblock_all()?;
    die_with_parent(parent)?;
    let shown: Vec<u8> = name.bytes().filter(|byte| *byte != 0).take(15).collect();
    rustix::thread::set_name(&CString::new(shown)?)?;
    Ok(())
}

/// Asks for SIGKILL at the death of the parent, which must still be `parent`: one that died a moment before sends
/// nothing. To be called again after each change of user, which the kernel answers by forgetting it.
///
/// # Errors
/// ESRCH where the parent is another one by now.
pub(crate) fn die_with_parent(parent: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() == Some(parent) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
}
