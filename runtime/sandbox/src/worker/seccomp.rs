//! Makes the filter of system calls of a worker from the list in `system_calls`.
//!
//! Each worker makes its own filter, as it names its pid.

use std::collections::BTreeMap;

use seccompiler::BpfProgram;

use super::lockdown::MemoryRule;
use super::system_calls::{ArgumentKind, CallRule, SYSTEM_CALLS};
use roundsman_os::process::filter::{self, ARCHITECTURE, DefaultAction, FilterError, SyscallRule, Test, is, program};

/// Makes the filter of the process `worker`.
///
/// # Errors
/// This processor is none that the filter knows.
pub fn filter(worker: u32, memory: MemoryRule) -> Result<BpfProgram, FilterError> {
    program(&verdicts(worker, memory), DefaultAction::Kill, ARCHITECTURE.ok_or(FilterError::Architecture)?)
}

/// Decides about each call of the list; every other call kills.
fn verdicts(worker: u32, memory: MemoryRule) -> BTreeMap<u32, SyscallRule> {
    let verdict = |rule: CallRule| match rule {
        CallRule::Allow => SyscallRule::Allow,
        CallRule::Fail => SyscallRule::Refuse,
        CallRule::Only(kind) => SyscallRule::AllowIf(tests(kind, worker, memory)),
    };
    filter::verdicts(SYSTEM_CALLS.iter().map(|call| (call.number, verdict(call.rule))))
}

/// Returns the alternatives of which one must hold for arguments of this kind.
///
/// RLIMIT_DATA counts private memory that can be written, while it can. So a worker gets no other memory than that and what
/// nobody can touch, and it stays what it is: memory that is only read costs page tables, which nothing counts.
fn tests(kind: ArgumentKind, worker: u32, memory: MemoryRule) -> Vec<Vec<Test>> {
    let protection = |protection: i32| is(2, protection.unsigned_abs());
    let writable = protection(libc::PROT_READ | libc::PROT_WRITE);
    match kind {
        ArgumentKind::ThisProcess => vec![vec![is(0, worker)]],
        ArgumentKind::DescriptorFlags => vec![vec![is(1, libc::F_GETFD.unsigned_abs())]],
        ArgumentKind::NewMemory => {
            let mask = (libc::MAP_TYPE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN | libc::MAP_HUGETLB).unsigned_abs();
            let value = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).unsigned_abs();
            let private = Test { argument: 3, mask, value };
            vec![vec![protection(libc::PROT_NONE), private], vec![writable, private]]
        }
        ArgumentKind::Protection if memory == MemoryRule::AlsoReadOnly => {
            vec![vec![writable], vec![protection(libc::PROT_READ)]]
        }
        ArgumentKind::Protection => vec![vec![writable]],
        ArgumentKind::GivingBack => vec![vec![is(2, libc::MADV_DONTNEED.unsigned_abs())]],
    }
}

#[cfg(test)]
#[path = "seccomp_tests.rs"]
mod tests;
