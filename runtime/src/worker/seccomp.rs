//! The system calls that a worker may make, with their arguments.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::lockdown::Memory;

/// Memory, the socket, time, and leaving: what computing and asking take.
const ALLOWED: [i64; 18] = [
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_munmap,
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
pub fn filters(worker: u32, memory: Memory) -> Result<[BpfProgram; 2], seccompiler::Error> {
    let names = FILE_NAMES.iter().map(|call| (*call, Vec::new()));
    // Whoever reallocates copies then. A stack that is moved may grow, and RLIMIT_DATA counts no stack.
    let refused = names.chain([(libc::SYS_mremap, Vec::new())]);
    let refuse = SeccompAction::Errno(libc::EACCES.unsigned_abs());
    let refusing = SeccompFilter::new(refused.clone().collect(), SeccompAction::Allow, refuse, arch()?)?;

    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    rules.extend(refused);
    // `abort` raises its signal by these.
    rules.insert(libc::SYS_tgkill, vec![argument(0, SeccompCmpOp::Eq, worker)?]);
    // The standard library's debug builds ask whether a descriptor that they close is open.
    rules.insert(libc::SYS_fcntl, vec![argument(1, SeccompCmpOp::Eq, libc::F_GETFD.unsigned_abs())?]);
    rules.extend(of_memory(memory)?);
    let allowed = SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, arch()?)?;
    Ok([refusing.try_into()?, allowed.try_into()?])
}

/// RLIMIT_DATA counts private memory that can be written, while it can. So there is no other to be had than that and what
/// nobody can touch, and it stays what it is: what is read only costs page tables, which nothing counts.
fn of_memory(memory: Memory) -> Result<[(i64, Vec<SeccompRule>); 3], seccompiler::Error> {
    let kind = (libc::MAP_TYPE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN | libc::MAP_HUGETLB).unsigned_abs();
    let private = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).unsigned_abs();
    let mapped = |protection: i32| {
        let protection = condition(2, SeccompCmpOp::Eq, protection.unsigned_abs())?;
        Ok::<_, seccompiler::Error>(SeccompRule::new(vec![
            protection,
            condition(3, SeccompCmpOp::MaskedEq(kind.into()), private)?,
        ])?)
    };
    let writable = libc::PROT_READ | libc::PROT_WRITE;
    let mut made = vec![argument(2, SeccompCmpOp::Eq, writable.unsigned_abs())?];
    if memory == Memory::AlsoReadOnly {
        made.push(argument(2, SeccompCmpOp::Eq, libc::PROT_READ.unsigned_abs())?);
    }
    Ok([
        (libc::SYS_mmap, vec![mapped(libc::PROT_NONE)?, mapped(writable)?]),
        (libc::SYS_mprotect, made),
        // libc gives memory back so. Other advice fills page tables.
        (libc::SYS_madvise, vec![argument(2, SeccompCmpOp::Eq, libc::MADV_DONTNEED.unsigned_abs())?]),
    ])
}

fn argument(index: u8, operator: SeccompCmpOp, value: u32) -> Result<SeccompRule, seccompiler::Error> {
    Ok(SeccompRule::new(vec![condition(index, operator, value)?])?)
}

fn condition(index: u8, operator: SeccompCmpOp, value: u32) -> Result<SeccompCondition, seccompiler::Error> {
    Ok(SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value.into())?)
}

fn arch() -> Result<seccompiler::TargetArch, seccompiler::Error> {
    Ok(std::env::consts::ARCH.try_into()?)
}
