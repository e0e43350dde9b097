//! System calls of a broker without commands: it answers its worker, reads clocks and counters, and starts readers.
//! One with commands has no filter, as all that it starts would have it too.

use std::io;

use roundsman_os::process::filter::{SyscallRule, Test, is, take_on};
use roundsman_os::process::rights::Ids;

/// Of the broker itself, and of a reader until that takes on its own filter. What is opened for writing could be written to,
/// as far as the broker's user may; nothing is made, cut off, removed or changed.
const ALLOWED: &[i64] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_openat2,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_getdents64,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_ppoll,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_sched_yield,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Of its readers, by descriptors that only it has.
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_waitid,
    // With which a reader gives up what it does not need.
    libc::SYS_prctl,
    libc::SYS_seccomp,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_restrict_self,
    libc::SYS_setgroups,
    libc::SYS_capget,
    libc::SYS_capset,
];

/// Takes the filter on for good; `reader` is whom a reader becomes.
///
/// # Errors
/// The kernel or the processor has no such filter; the broker must then answer nobody.
pub fn filter(reader: Option<Ids>) -> io::Result<()> {
    take_on(rules(reader)).map_err(io::Error::other)
}

/// Returns the verdict on each call that is listed; any other fails with EPERM.
fn rules(reader: Option<Ids>) -> Vec<(i64, SyscallRule)> {
    let if_all = |tests: Vec<Test>| SyscallRule::AllowIf(vec![tests]);
    let without = |argument, bits: i32| Test { argument, mask: bits.cast_unsigned(), value: 0 };
    // Of O_TMPFILE the bit that is its own. `/dev/null` is opened for both.
    let makes = libc::O_CREAT | libc::O_TRUNC | (libc::O_TMPFILE & !libc::O_DIRECTORY);
    // Any signal at its end, and what libc has the kernel write down.
    let fork = 0xff | libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID;
    let anonymous = libc::MAP_ANONYMOUS.unsigned_abs();
    let memory = vec![without(2, libc::PROT_EXEC), Test { argument: 3, mask: anonymous, value: anonymous }];
    let mut all: Vec<_> = ALLOWED.iter().map(|call| (*call, SyscallRule::Allow)).collect();
    all.extend([
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_open, if_all(vec![without(1, makes)])),
        (libc::SYS_openat, if_all(vec![without(2, makes)])),
        (libc::SYS_mmap, if_all(memory)),
        (libc::SYS_mprotect, if_all(vec![without(2, libc::PROT_EXEC)])),
        // To its readers.
        (libc::SYS_socketpair, if_all(vec![is(0, libc::AF_UNIX.unsigned_abs())])),
        // A fork, and neither a thread nor a namespace.
        (libc::SYS_clone, if_all(vec![without(0, !fork)])),
        // `abort` raises its signal by this, in a reader too.
        (libc::SYS_tgkill, if_all(vec![is(2, libc::SIGABRT.unsigned_abs())])),
    ]);
    if let Some(Ids { uids, gids }) = reader {
        let exactly = |ids: [u32; 3]| if_all((0..).zip(ids).map(|(argument, id)| is(argument, id)).collect());
        all.extend([(libc::SYS_setresuid, exactly(uids)), (libc::SYS_setresgid, exactly(gids))]);
    }
    all
}
