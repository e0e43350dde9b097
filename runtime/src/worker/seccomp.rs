//! The system calls that a worker may make, with their arguments.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Memory, the socket, time, and leaving: what computing and asking take.
const ALLOWED: [i64; 21] = [
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_exit_group,
];

/// Calls that take a file's name: libc makes some on its own account (trimming memory reads
/// `/proc/sys/vm/overcommit_memory`, a panic asks for the directory), so they fail instead of killing.
const FILE_NAMES: &[i64] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
];

/// The filters of one worker, in the order in which they are installed; the strictest verdict counts.
///
/// # Errors
/// This processor is none that the filter knows.
pub fn filters(worker: u32) -> Result<[BpfProgram; 2], seccompiler::Error> {
    let names = FILE_NAMES.iter().map(|call| (*call, Vec::new()));
    let refuse = SeccompAction::Errno(libc::EACCES.unsigned_abs());
    let refused = SeccompFilter::new(names.clone().collect(), SeccompAction::Allow, refuse, arch()?)?;

    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    rules.extend(names);
    // `abort` raises its signal by these.
    rules.insert(libc::SYS_tgkill, vec![argument(0, SeccompCmpOp::Eq, worker)?]);
    // The standard library's debug builds ask whether a descriptor that they close is open.
    rules.insert(libc::SYS_fcntl, vec![argument(1, SeccompCmpOp::Eq, libc::F_GETFD.unsigned_abs())?]);
    // RLIMIT_DATA counts private memory that can be written, and none of these. Executable memory is not refused: a
    // worker runs code that was compiled a moment before.
    let kind = (libc::MAP_TYPE | libc::MAP_GROWSDOWN | libc::MAP_HUGETLB).unsigned_abs();
    let private = libc::MAP_PRIVATE.unsigned_abs();
    rules.insert(libc::SYS_mmap, vec![argument(3, SeccompCmpOp::MaskedEq(kind.into()), private)?]);
    let allowed = SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, arch()?)?;
    Ok([refused.try_into()?, allowed.try_into()?])
}

fn argument(index: u8, operator: SeccompCmpOp, value: u32) -> Result<SeccompRule, seccompiler::Error> {
    let condition = SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value.into())?;
    Ok(SeccompRule::new(vec![condition])?)
}

fn arch() -> Result<seccompiler::TargetArch, seccompiler::Error> {
    Ok(std::env::consts::ARCH.try_into()?)
}
