//! The child of a start, from fork to exec: it gives up everything in one sequence of system calls, and says over a pipe
//! which of them failed. Between fork and exec nothing is allocated, locked or unwound.
#![expect(unsafe_code, reason = "fork, dup2 and execve have no safe wrapper")]
#![expect(clippy::disallowed_methods, reason = "the one place that starts programs")]

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};
use std::ptr;

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{Gid, Pid, Resource, Rlimit, Uid};

use super::pidfd::Child;
use super::restrictions::{self, Restrictions};
use super::{fork, keyring, signals, stdio};

/// Everything that the child needs, made before the fork.
pub(super) struct Prepared<'a> {
    pub program: &'a CStr,
    /// Null-terminated lists of texts that live as long as this.
    pub argv: &'a Pointers<'a>,
    pub env: &'a Pointers<'a>,
    /// Become what stdin, stdout and stderr are. All are above 2, as 0 to 2 are always open.
    pub stdio: [BorrowedFd<'a>; 3],
    pub limits: &'a [(Resource, Rlimit)],
    pub address_space: Option<Rlimit>,
    pub user: Option<(Uid, Gid, &'a [Gid])>,
    pub may_gain_privileges: bool,
    pub restrictions: &'a Restrictions,
    /// This process, with which the program dies.
    pub parent: Pid,
}

/// A null-terminated list, as exec takes it.
pub(super) struct Pointers<'a> {
    list: Vec<*const libc::c_char>,
    _texts: &'a [CString],
}

impl<'a> Pointers<'a> {
    pub(super) fn to(texts: &'a [CString]) -> Self {
        Self { list: texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect(), _texts: texts }
    }
}

/// Steps of the child, in this order; an error names its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Session,
    Keyring,
    Signals,
    Limits,
    Stdio,
    Descriptors,
    Privileges,
    Scope,
    Groups,
    User,
    Capabilities,
    Life,
    Directory,
    Memory,
    Network,
    Exec,
}

/// Size of a report of a step that failed, in bytes: its number, then the number of the error.
pub(super) const REPORT: usize = 5;

impl Step {
    const ALL: [Self; 16] = [
        Self::Session,
        Self::Keyring,
        Self::Signals,
        Self::Limits,
        Self::Stdio,
        Self::Descriptors,
        Self::Privileges,
        Self::Scope,
        Self::Groups,
        Self::User,
        Self::Capabilities,
        Self::Life,
        Self::Directory,
        Self::Memory,
        Self::Network,
        Self::Exec,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Session => "giving it a session",
            Self::Keyring => "giving it a session keyring",
            Self::Signals => "resetting its signals",
            Self::Limits => "lowering its limits",
            Self::Stdio => "giving it stdin, stdout and stderr",
            Self::Descriptors => "closing descriptors",
            Self::Groups => "changing its groups",
            Self::User => "changing its user",
            Self::Scope => "keeping its signals to itself",
            Self::Capabilities => "taking capabilities from it",
            Self::Network => "taking the network from it",
            Self::Life => "tying its life to ours",
            Self::Privileges => "forbidding new privileges",
            Self::Directory => "changing its directory",
            Self::Memory => "limiting its memory",
            Self::Exec => "executing it",
        }
    }

    fn report(self, error: Errno) -> [u8; REPORT] {
        let [a, b, c, d] = error.raw_os_error().to_ne_bytes();
        [self as u8, a, b, c, d]
    }

    /// Reads a report; `None` for one that no child of ours wrote.
    pub(super) fn read(report: [u8; REPORT]) -> Option<(Self, Errno)> {
        let [step, number @ ..] = report;
        let step = Self::ALL.get(usize::from(step))?;
        Some((*step, Errno::from_raw_os_error(i32::from_ne_bytes(number))))
    }
}

/// Forks a child that becomes the program. It writes to `report`, which closes on exec, only where it fails.
///
/// # Errors
/// EAGAIN or ENOMEM of fork, EMFILE or ENFILE for the pidfd.
pub(super) fn fork_program(prepared: &Prepared<'_>, report: BorrowedFd<'_>) -> io::Result<Child> {
    // SAFETY: the child calls `become_program` alone, which makes system calls on memory prepared before and never
    // returns, so that neither locks nor destructors of this process matter to it.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => become_program(prepared, report),
        pid => Child::of(Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidData)?),
    }
}

fn become_program(prepared: &Prepared<'_>, report: BorrowedFd<'_>) -> ! {
    let mut step = Step::Session;
    let error = match confine(prepared, &mut step) {
        Err(error) => error,
        Ok(()) => {
            step = Step::Exec;
            // SAFETY: the path is NUL-terminated, the lists are null-terminated, and all outlive the call.
            unsafe { libc::execve(prepared.program.as_ptr(), prepared.argv.list.as_ptr(), prepared.env.list.as_ptr()) };
            errno_of(&io::Error::last_os_error())
        }
    };
    // Nobody is left to be told if this fails.
    let _ = rustix::io::write(report, &step.report(error));
    // SAFETY: ends this process and touches no memory of it.
    unsafe { libc::_exit(127) }
}

/// Does everything that comes before exec. `step` says what is being done.
fn confine(prepared: &Prepared<'_>, step: &mut Step) -> Result<(), Errno> {
    leave_parent(prepared, step)?;
    take_stdio(prepared, step)?;
    give_up_rights(prepared, step)?;

    *step = Step::Life;
    fork::die_with_parent(prepared.parent).map_err(|error| errno_of(&error))?;

    *step = Step::Directory;
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    rustix::process::chdir(c"/")?;

    // Late, as this process is larger than the program may be, and its stack could not grow any more.
    *step = Step::Memory;
    if let Some(limit) = &prepared.address_space {
        rustix::process::setrlimit(Resource::As, same(limit))?;
    }

    if let Some(filter) = &prepared.restrictions.network {
        *step = Step::Network;
        filter.enter()?;
    }
    Ok(())
}

/// Takes a session and a keyring of its own, no signal of the parent's choice, and its limits.
fn leave_parent(prepared: &Prepared<'_>, step: &mut Step) -> Result<(), Errno> {
    *step = Step::Session;
    rustix::process::setsid()?;

    *step = Step::Keyring;
    keyring::join_an_empty_one()?;

    *step = Step::Signals;
    signals::default_all_but(&[]).map_err(|error| errno_of(&error))?;
    signals::unblock_all().map_err(|error| errno_of(&error))?;

    *step = Step::Limits;
    for (resource, limit) in prepared.limits {
        rustix::process::setrlimit(*resource, same(limit))?;
    }
    Ok(())
}

/// Makes the three descriptors its own, and has all others closed by exec.
fn take_stdio(prepared: &Prepared<'_>, step: &mut Step) -> Result<(), Errno> {
    *step = Step::Stdio;
    for (target, source) in (0..).zip(&prepared.stdio) {
        // SAFETY: no Rust value of this child owns the targets.
        if unsafe { libc::dup2(source.as_raw_fd(), target) } < 0 {
            return Err(errno_of(&io::Error::last_os_error()));
        }
    }

    *step = Step::Descriptors;
    // At exec, so that the report still goes out.
    stdio::close_range(3, RawFd::MAX, libc::CLOSE_RANGE_CLOEXEC).map_err(|error| errno_of(&error))
}

/// Gives up new privileges, signals to others, the user, and capabilities.
fn give_up_rights(prepared: &Prepared<'_>, step: &mut Step) -> Result<(), Errno> {
    *step = Step::Privileges;
    if !prepared.may_gain_privileges {
        rustix::thread::set_no_new_privs(true)?;
    }

    let Restrictions { signals, capabilities, .. } = prepared.restrictions;
    if let Some(scope) = signals {
        *step = Step::Scope;
        scope.enter()?;
    }

    // By raw system calls, which are for this one thread; libc's would ask the others of the parent to follow.
    if let Some((uid, gid, groups)) = prepared.user {
        *step = Step::Groups;
        rustix::thread::set_thread_groups(groups)?;
        rustix::thread::set_thread_res_gid(gid, gid, gid)?;
        *step = Step::User;
        rustix::thread::set_thread_res_uid(uid, uid, uid)?;
    }

    if let Some(kept) = capabilities {
        *step = Step::Capabilities;
        restrictions::keep_only(*kept)?;
    }
    Ok(())
}

/// Returns a copy: the type has none of its own.
fn same(limit: &Rlimit) -> Rlimit {
    Rlimit { current: limit.current, maximum: limit.maximum }
}

fn errno_of(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        for step in Step::ALL {
            assert_eq!(Step::read(step.report(Errno::TXTBSY)), Some((step, Errno::TXTBSY)));
        }
        assert_eq!(Step::read([200, 0, 0, 0, 0]), None);
    }
}
