//! Signal state as a new process wants it, whatever it inherited. Async-signal-safe: only system calls, no allocation.
#![expect(unsafe_code, reason = "libc refuses signals 32 and 33, which a parent may have ignored or blocked")]

use std::io;

/// Signals are numbered 1 to this on every Linux but MIPS.
const LAST: libc::c_int = 64;
/// The kernel's `sigset_t` in bytes.
const SET_SIZE: usize = 8;

/// Gives every signal its default disposition, except those in `keep`.
///
/// # Errors
/// The error of the kernel, which knows no reason to refuse.
pub fn default_all_but(keep: &[libc::c_int]) -> io::Result<()> {
    // The kernel's `struct sigaction` is 32 bytes or less; all zero it means SIG_DFL, no flags, empty mask.
    let action = [0_u64; 4];
    for signal in 1..=LAST {
        if signal == libc::SIGKILL || signal == libc::SIGSTOP || keep.contains(&signal) {
            continue;
        }
        // SAFETY: the kernel reads a `struct sigaction` from `action`, which is as large and outlives the call, and
        // writes nothing as the third argument is null. SIG_DFL runs no code of this process.
        let done = unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                action.as_ptr(),
                std::ptr::null_mut::<libc::c_void>(),
                SET_SIZE,
            )
        };
        if done != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Blocks no signal.
///
/// # Errors
/// The error of the kernel, which knows no reason to refuse.
pub(crate) fn unblock_all() -> io::Result<()> {
    block_only(&[])
}

/// Blocks these signals and no other.
///
/// # Errors
/// The error of the kernel, which knows no reason to refuse.
pub fn block_only(signals: &[libc::c_int]) -> io::Result<()> {
    // The first signal is the lowest bit.
    let set = signals.iter().fold(0_u64, |set, signal| set | 1 << (signal - 1));
    // SAFETY: the kernel reads SET_SIZE bytes from `set` and writes nothing as the old set is null.
    let done = unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const set,
            std::ptr::null_mut::<libc::c_void>(),
            SET_SIZE,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Ignores SIGPIPE, so that a write to a reader that is gone is an error and not the end, and waits for children with
/// their exit status kept: an ignored SIGCHLD, which is inherited, loses it.
///
/// # Errors
/// The error of the kernel, which knows no reason to refuse.
pub fn for_a_parent() -> io::Result<()> {
    // SAFETY: SIG_IGN and SIG_DFL run no code of this process.
    let done = unsafe { [libc::signal(libc::SIGPIPE, libc::SIG_IGN), libc::signal(libc::SIGCHLD, libc::SIG_DFL)] };
    if done.contains(&libc::SIG_ERR) { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Ignores SIGXFSZ, so that a write past `ulimit -f` is an error that is told, and not the end without a word. What this
/// process forks has the default again ([`default_all_but`]).
///
/// # Errors
/// The error of the kernel, which knows no reason to refuse.
pub(crate) fn fail_at_the_largest_file() -> io::Result<()> {
    // SAFETY: SIG_IGN runs no code of this process.
    let done = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    if done == libc::SIG_ERR { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Returns the name of a signal: `SIGKILL`, `SIGRTMIN+3`.
#[must_use]
pub fn name(signal: i32) -> String {
    const NAMES: [&str; 31] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ];
    // The first one that libc leaves to programs.
    const RTMIN: i32 = 34;
    match signal.checked_sub(1).and_then(|index| usize::try_from(index).ok()).and_then(|index| NAMES.get(index)) {
        Some(name) => format!("SIG{name}"),
        None if (RTMIN..=LAST).contains(&signal) => format!("SIGRTMIN+{}", signal - RTMIN),
        None => format!("signal {signal}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_manual() {
        assert_eq!(name(libc::SIGKILL), "SIGKILL");
        assert_eq!(name(libc::SIGXFSZ), "SIGXFSZ");
        assert_eq!(name(libc::SIGSYS), "SIGSYS");
        assert_eq!(name(libc::SIGHUP), "SIGHUP");
        assert_eq!(name(34), "SIGRTMIN+0");
        assert_eq!(name(32), "signal 32");
        assert_eq!(name(0), "signal 0");
        assert_eq!(name(i32::MIN + 1), "signal -2147483647");
    }
}
