//! Lock of a reader, taken before its first request: it reads, answers its broker, and can do nothing else.

use std::os::fd::{AsRawFd as _, BorrowedFd};

use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope};

use crate::worker::lockdown::Layers;
use roundsman_grants::Grants;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_os::process::filter::{FilterError, SyscallRule, Test, is, take_on};

/// Reading, memory, time, and leaving. `openat2` takes its flags from memory, where no filter sees them: what it opens for
/// writing cannot be written to.
const ALLOWED: [i64; 34] = [
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_lseek,
    libc::SYS_openat2,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_fstatfs,
    libc::SYS_getdents64,
    libc::SYS_readlinkat,
    libc::SYS_ppoll,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_clock_getres,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Why a reader is not locked; it must then not read anything.
#[derive(Debug, thiserror::Error)]
pub enum NotLocked {
    #[error("Landlock: {0}")]
    Landlock(#[from] landlock::RulesetError),
    #[error("Landlock was not enforced")]
    NotEnforced,
    #[error("seccomp: {0}")]
    Filter(#[from] FilterError),
}

/// Locks the calling process for good, which answers its broker on `socket` within these grants.
///
/// # Errors
/// `NotLocked`; the caller must then end.
pub fn lock(layers: Layers, socket: BorrowedFd<'_>, grants: &Grants) -> Result<(), NotLocked> {
    // Whoever is in a domain of Landlock sees neither `exe`, `cwd`, `fd` nor `io` of a process outside of it.
    if layers.landlock && !sees_processes(grants) {
        forbid_writing()?;
    }
    if layers.seccomp {
        take_on(rules(socket.as_raw_fd().unsigned_abs()))?;
    }
    Ok(())
}

/// Tells whether a grant reaches files of single processes.
#[must_use]
pub fn sees_processes(grants: &Grants) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let of_pattern = |pattern: &PathPattern| {
        let may_be_a_number = pattern.literal_part(1).is_none_or(|part| is_number(&part));
        pattern.depth() > 1 && pattern.matches_start(["proc"]) && may_be_a_number
    };
    let of_path = |path: &String| {
        let parsed = RequestedPath::parse(path);
        parsed.is_ok_and(|path| matches!(path.parts().collect::<Vec<_>>()[..], ["proc", pid, ..] if is_number(pid)))
    };
    grants.files.iter().chain(&grants.metadata).any(of_pattern) || grants.unsafe_files.iter().any(of_path)
}

fn forbid_writing() -> Result<(), NotLocked> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_write(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .restrict_self()?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err(NotLocked::NotEnforced),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

/// Returns the verdict on each call that is listed; any other fails with EPERM.
fn rules(socket: u32) -> impl Iterator<Item = (i64, SyscallRule)> {
    let heard = || vec![vec![is(0, socket)], vec![is(0, 2)]];
    let without = |argument, bits: i32| Test { argument, mask: bits.unsigned_abs(), value: 0 };
    // Of O_TMPFILE the bit that is its own.
    let writes = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | (libc::O_TMPFILE & !libc::O_DIRECTORY);
    let kind = libc::MAP_TYPE | libc::MAP_ANONYMOUS;
    let private = is_masked(3, kind, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let asks = |command: i32| vec![is(1, command.unsigned_abs())];
    let own = std::process::id();
    let some = [
        (libc::SYS_write, SyscallRule::AllowIf(heard())),
        (libc::SYS_writev, SyscallRule::AllowIf(heard())),
        // A file that took the number of one of them could be written to.
        (libc::SYS_close, SyscallRule::AllowUnless(heard())),
        (libc::SYS_openat, SyscallRule::AllowIf(vec![vec![without(2, writes)]])),
        (libc::SYS_mmap, SyscallRule::AllowIf(vec![vec![without(2, libc::PROT_EXEC), private]])),
        (libc::SYS_mprotect, SyscallRule::AllowIf(vec![vec![without(2, libc::PROT_EXEC)]])),
        (libc::SYS_fcntl, SyscallRule::AllowIf(vec![asks(libc::F_GETFD), asks(libc::F_GETFL)])),
        // `abort` raises its signal by this.
        (libc::SYS_tgkill, SyscallRule::AllowIf(vec![vec![is(0, own)]])),
    ];
    ALLOWED.into_iter().map(|call| (call, SyscallRule::Allow)).chain(some)
}

fn is_masked(argument: u32, mask: i32, value: i32) -> Test {
    Test { argument, mask: mask.unsigned_abs(), value: value.unsigned_abs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_of_single_processes_are_told_from_others() {
        let sees = |files: &[&str]| {
            let files = files.iter().map(|text| PathPattern::parse(text).unwrap()).collect();
            sees_processes(&Grants { files, ..Grants::default() })
        };
        for pattern in ["/proc/*/stat", "/proc/[0-9]*/io", "/proc/12/io", "/*/*/io", "/proc/*"] {
            assert!(sees(&[pattern]), "{pattern}");
        }
        assert!(!sees(&["/proc/net/dev", "/proc/mounts", "/sys/class/net/*/operstate", "/var/log/*", "/proc/sys/*/*"]));
        assert!(sees_processes(&Grants { unsafe_files: vec!["/proc/12/environ".to_owned()], ..Grants::default() }));
    }
}
