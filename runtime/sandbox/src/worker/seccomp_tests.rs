//! The filter against the one that a library makes of the same rules, run by an interpreter of our own; the list against the
//! document.

use roundsman_tests::document::{read, table};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

use seccompiler::sock_filter;

use super::*;
use crate::worker::system_calls::SystemCall;

/// A system call as the kernel shows it to a filter.
#[derive(Debug, Clone, Copy)]
struct Call {
    number: u32,
    architecture: u32,
    arguments: [u64; 6],
}

/// Runs the program for a call: classic BPF, as much of it as filters here have, checked as the kernel does.
fn verdict(program: &[sock_filter], call: Call) -> u32 {
    let mut bytes = Vec::new();
    bytes.extend(call.number.to_ne_bytes());
    bytes.extend(call.architecture.to_ne_bytes());
    bytes.extend(0_u64.to_ne_bytes());
    bytes.extend(call.arguments.iter().flat_map(|argument| argument.to_ne_bytes()));
    let (mut at, mut accumulator) = (0, 0_u32);
    loop {
        let sock_filter { code, jt, jf, k } = program[at];
        at += 1;
        let jump = |holds: bool| usize::from(if holds { jt } else { jf });
        match u32::from(code) {
            code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => {
                let from = usize::try_from(k).unwrap();
                accumulator = u32::from_ne_bytes(bytes[from..from + 4].try_into().unwrap());
            }
            code if code == libc::BPF_ALU | libc::BPF_AND | libc::BPF_K => accumulator &= k,
            code if code == libc::BPF_JMP | libc::BPF_JA => at += usize::try_from(k).unwrap(),
            code if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K => at += jump(accumulator == k),
            code if code == libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K => at += jump(accumulator >= k),
            code if code == libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K => at += jump(accumulator > k),
            code if code == libc::BPF_RET | libc::BPF_K => return k,
            other => panic!("the instruction {other:#x}"),
        }
    }
}

/// Makes the library's filters of these verdicts: each has one action for calls that match, and one for all others.
fn of_library(verdicts: &BTreeMap<u32, SyscallRule>) -> [BpfProgram; 2] {
    let arch: TargetArch = std::env::consts::ARCH.try_into().unwrap();
    let rule = |tests: &Vec<Test>| {
        let condition = |test: &Test| {
            let operator = SeccompCmpOp::MaskedEq(test.mask.into());
            let argument = u8::try_from(test.argument).unwrap();
            SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, test.value.into()).unwrap()
        };
        SeccompRule::new(tests.iter().map(condition).collect()).unwrap()
    };
    let rules = |wanted: fn(&SyscallRule) -> bool| -> BTreeMap<i64, Vec<SeccompRule>> {
        let chosen = verdicts.iter().filter(|(_, verdict)| wanted(verdict));
        chosen
            .map(|(call, verdict)| match verdict {
                SyscallRule::AllowIf(any) => (i64::from(*call), any.iter().map(rule).collect()),
                _ => (i64::from(*call), Vec::new()),
            })
            .collect()
    };
    let refuse = SeccompAction::Errno(libc::EACCES.unsigned_abs());
    let refusing =
        SeccompFilter::new(rules(|verdict| *verdict == SyscallRule::Refuse), SeccompAction::Allow, refuse, arch);
    let allowing = SeccompFilter::new(rules(|_| true), SeccompAction::KillProcess, SeccompAction::Allow, arch);
    [refusing.unwrap().try_into().unwrap(), allowing.unwrap().try_into().unwrap()]
}

/// Returns the strictest verdict of several filters, as the kernel takes it: killing, then failing, then allowing.
fn strictest(programs: &[BpfProgram], call: Call) -> u32 {
    let rank = |action: &u32| match *action {
        libc::SECCOMP_RET_KILL_PROCESS => 0,
        libc::SECCOMP_RET_ALLOW => 2,
        _ => 1,
    };
    programs.iter().map(|program| verdict(program, call)).min_by_key(rank).unwrap()
}

const WORKER: u32 = 4711;

/// Returns values at which a rule changes its mind, and what lies around and above them.
fn values() -> Vec<u64> {
    let edges = [0, 1, 2, 3, 4, 7, 8, 0x21, 0x22, 0x122, 0x0004_0022, 0x0100_0022, WORKER.into(), u64::from(u32::MAX)];
    edges.into_iter().flat_map(|value| [value, value + 1, value | 1 << 32, value | 1 << 63]).collect()
}

#[test]
fn each_call_gets_the_verdict_of_a_filter_by_a_library() {
    let native = ARCHITECTURE.unwrap();
    for memory in [MemoryRule::Writable, MemoryRule::AlsoReadOnly] {
        let ours = filter(WORKER, memory).unwrap();
        let theirs = of_library(&verdicts(WORKER, memory));
        let mut seen = BTreeMap::new();
        let mut compare = |call: Call| {
            let verdict = verdict(&ours, call);
            assert_eq!(verdict, strictest(&theirs, call), "{call:?}");
            *seen.entry(verdict).or_insert(0) += 1;
        };
        // Of x32 and beyond, too.
        let numbers = (0..1024).chain([0x4000_0000, 0x4000_0001, u32::MAX - 1, u32::MAX]);
        for number in numbers {
            for architecture in [native, 0x4000_0003, 0xc000_00b7, 0xc000_003e, 0] {
                for value in values() {
                    compare(Call { number, architecture, arguments: [value; 6] });
                }
            }
        }
        for number in [libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_madvise, libc::SYS_fcntl, libc::SYS_tgkill] {
            let number = u32::try_from(number).unwrap();
            for protection in values() {
                for flags in values() {
                    let arguments = [0, 1, protection, flags, 1, 1];
                    compare(Call { number, architecture: native, arguments });
                }
            }
        }
        // Nothing that is compared is all of one kind.
        assert_eq!(seen.len(), 3, "{seen:?}");
    }
}

#[test]
fn a_search_takes_few_steps_and_the_program_is_small() {
    let program = filter(WORKER, MemoryRule::AlsoReadOnly).unwrap();
    assert!(program.len() < 100, "{} instructions", program.len());
}

#[test]
fn a_filter_that_is_too_long_is_an_error() {
    let calls = (0..1000).map(|call| (2 * call, SyscallRule::Allow)).collect();
    assert!(matches!(program(&calls, DefaultAction::Kill, 0), Err(FilterError::Long)));
}

/// Calls that only x86-64 has, which the document lists for all.
const OF_X86_64: [&str; 5] = ["open", "stat", "lstat", "access", "readlink"];

#[test]
fn the_page_lists_each_call_with_its_rule_and_its_reason() {
    let rule = |rule: CallRule| match rule {
        CallRule::Allow => "made",
        CallRule::Fail => "fails",
        CallRule::Only(ArgumentKind::ThisProcess) => "made, for this process",
        CallRule::Only(ArgumentKind::DescriptorFlags) => "made, with `F_GETFD`",
        CallRule::Only(ArgumentKind::NewMemory) => "made, for such memory",
        CallRule::Only(ArgumentKind::Protection) => "made, for such a change",
        CallRule::Only(ArgumentKind::GivingBack) => "made, with `MADV_DONTNEED`",
    };
    let name = |call: &SystemCall| call.name.trim_start_matches("SYS_").to_owned();
    let ours: Vec<Vec<String>> = SYSTEM_CALLS
        .iter()
        .map(|call| vec![format!("`{}`", name(call)), rule(call.rule).to_owned(), call.why.to_owned()])
        .collect();
    let mut rows = table(&read("docs/system-calls.md"), &["call", "is"]);
    rows.retain(|row| cfg!(target_arch = "x86_64") || !OF_X86_64.contains(&row[0].trim_matches('`')));
    assert_eq!(rows, ours);
}

#[test]
fn no_call_is_listed_twice() {
    let mut numbers: Vec<i64> = SYSTEM_CALLS.iter().map(|call| call.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), SYSTEM_CALLS.len());
}
