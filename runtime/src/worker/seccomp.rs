//! Makes the filter of system calls of a worker from the list in `system_calls`.
//!
//! Each worker makes its own filter, as it names its pid, and the kernel then translates it and tries it for every system
//! call there is. So it is one program, and a search in it takes few steps: that of a library, two programs that compare
//! one number after the other, took a tenth of what a check costs. The tests compare the two.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, sock_filter};

use super::lockdown::Memory;
use super::system_calls::{Kind, Rule, SYSTEM_CALLS};

/// The kernel's number of this processor's calls (`AUDIT_ARCH_…`); a program may make those of others.
const ARCHITECTURE: Option<u32> = match () {
    () if cfg!(target_arch = "x86_64") => Some(0xc000_003e),
    () if cfg!(target_arch = "aarch64") => Some(0xc000_00b7),
    () => None,
};

/// Reason why no filter could be made.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    #[error("the system calls of this processor are not known")]
    Architecture,
    /// A jump within a filter is 255 steps at most.
    #[error("the filter is too long")]
    Long,
}

/// Decision about a call that does not kill.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Allow,
    /// It fails with EACCES.
    Refuse,
    /// Allowed if all tests of one of these hold; otherwise it kills.
    AllowIf(Vec<Vec<Test>>),
}

/// Comparison of the lower half of an argument, masked, with a value. The kernel takes each of those arguments for an `int`, or
/// ignores the upper half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Test {
    argument: u32,
    mask: u32,
    value: u32,
}

/// Makes the filter of the process `worker`.
///
/// # Errors
/// This processor is none that the filter knows.
pub fn filter(worker: u32, memory: Memory) -> Result<BpfProgram, FilterError> {
    program(&verdicts(worker, memory), ARCHITECTURE.ok_or(FilterError::Architecture)?)
}

/// Decides about each call of the list; every other call kills.
fn verdicts(worker: u32, memory: Memory) -> BTreeMap<u32, Verdict> {
    let verdict = |rule: Rule| match rule {
        Rule::Allow => Verdict::Allow,
        Rule::Fail => Verdict::Refuse,
        Rule::Only(kind) => Verdict::AllowIf(tests(kind, worker, memory)),
    };
    // Numbers of calls are small, and none is negative.
    SYSTEM_CALLS.iter().filter_map(|call| Some((u32::try_from(call.number).ok()?, verdict(call.rule)))).collect()
}

/// Returns the alternatives of which one must hold for arguments of this kind.
///
/// RLIMIT_DATA counts private memory that can be written, while it can. So a worker gets no other memory than that and what
/// nobody can touch, and it stays what it is: memory that is only read costs page tables, which nothing counts.
fn tests(kind: Kind, worker: u32, memory: Memory) -> Vec<Vec<Test>> {
    let protection = |protection: i32| is(2, protection.unsigned_abs());
    let writable = protection(libc::PROT_READ | libc::PROT_WRITE);
    match kind {
        Kind::ThisProcess => vec![vec![is(0, worker)]],
        Kind::DescriptorFlags => vec![vec![is(1, libc::F_GETFD.unsigned_abs())]],
        Kind::NewMemory => {
            let mask = (libc::MAP_TYPE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN | libc::MAP_HUGETLB).unsigned_abs();
            let value = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).unsigned_abs();
            let private = Test { argument: 3, mask, value };
            vec![vec![protection(libc::PROT_NONE), private], vec![writable, private]]
        }
        Kind::Protection if memory == Memory::AlsoReadOnly => {
            vec![vec![writable], vec![protection(libc::PROT_READ)]]
        }
        Kind::Protection => vec![vec![writable]],
        Kind::GivingBack => vec![vec![is(2, libc::MADV_DONTNEED.unsigned_abs())]],
    }
}

fn is(argument: u32, value: u32) -> Test {
    Test { argument, mask: u32::MAX, value }
}

/// Makes the program that gives each call its verdict: it halves the numbers until those that are left share one.
fn program(verdicts: &BTreeMap<u32, Verdict>, architecture: u32) -> Result<BpfProgram, FilterError> {
    let mut code = Backwards::default();
    let kill = code.push(ret(libc::SECCOMP_RET_KILL_PROCESS));
    let allow = code.push(ret(libc::SECCOMP_RET_ALLOW));
    let refuse = code.push(ret(libc::SECCOMP_RET_ERRNO | libc::EACCES.unsigned_abs()));
    // From which number on which part of the program decides.
    let mut ranges = vec![(0, kill)];
    for (call, verdict) in verdicts {
        let place = match verdict {
            Verdict::Allow => allow,
            Verdict::Refuse => refuse,
            Verdict::AllowIf(any) => code.any_of(any, allow, kill)?,
        };
        ranges.extend([(*call, place), (call + 1, kill)]);
    }
    // Where one call follows another, nothing is between them: the last that begins at a number holds from there on.
    ranges.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 = later.1;
        }
        same
    });
    ranges.dedup_by_key(|(_, place)| *place);
    let decide = code.search(&ranges)?;
    let number = code.after(load(offset::NUMBER), decide)?;
    code.jump(libc::BPF_JEQ, architecture, number, kill)?;
    code.push(load(offset::ARCHITECTURE));
    Ok(code.forwards())
}

/// Offsets in the kernel's `struct seccomp_data`, in bytes.
mod offset {
    pub const NUMBER: u32 = 0;
    pub const ARCHITECTURE: u32 = 4;
    /// Of the first argument; each has eight bytes, the lower half first on the processors that are known.
    pub const ARGUMENTS: u32 = 16;
}

/// A program from its end to its beginning, as jumps lead forwards only: their targets are there before they are.
#[derive(Default)]
struct Backwards(Vec<sock_filter>);

/// An instruction by its number from the end.
type Place = usize;

impl Backwards {
    fn push(&mut self, instruction: sock_filter) -> Place {
        self.0.push(instruction);
        self.0.len() - 1
    }

    /// An instruction that goes on at `next`, which must be what was pushed last or takes a jump there.
    fn after(&mut self, instruction: sock_filter, next: Place) -> Result<Place, FilterError> {
        if next + 1 != self.0.len() {
            self.jump(libc::BPF_JEQ, 0, next, next)?;
        }
        Ok(self.push(instruction))
    }

    /// Goes on at `yes` where the comparison of what was loaded with `value` holds, else at `no`.
    fn jump(&mut self, comparison: u32, value: u32, yes: Place, no: Place) -> Result<Place, FilterError> {
        let here = self.0.len();
        let steps = |to: Place| u8::try_from(here - to - 1).map_err(|_| FilterError::Long);
        let (jt, jf) = (steps(yes)?, steps(no)?);
        Ok(self.push(sock_filter { code: short(libc::BPF_JMP | comparison | libc::BPF_K), jt, jf, k: value }))
    }

    fn any_of(&mut self, any: &[Vec<Test>], yes: Place, no: Place) -> Result<Place, FilterError> {
        any.iter().rev().try_fold(no, |no, all| {
            all.iter().rev().try_fold(yes, |yes, test| {
                let mut place = self.jump(libc::BPF_JEQ, test.value, yes, no)?;
                if test.mask != u32::MAX {
                    place = self.push(statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, test.mask));
                }
                self.after(load(offset::ARGUMENTS + 8 * test.argument), place)
            })
        })
    }

    /// Goes on where the last of `ranges` says that begins at the number that was loaded, or before it.
    fn search(&mut self, ranges: &[(u32, Place)]) -> Result<Place, FilterError> {
        match ranges {
            [] => Err(FilterError::Long),
            [(_, place)] => Ok(*place),
            _ => {
                let (lower, upper) = ranges.split_at(ranges.len() / 2);
                let first = upper.first().map_or(0, |(number, _)| *number);
                let yes = self.search(upper)?;
                let no = self.search(lower)?;
                self.jump(libc::BPF_JGE, first, yes, no)
            }
        }
    }

    fn forwards(mut self) -> BpfProgram {
        self.0.reverse();
        self.0
    }
}

fn load(offset: u32) -> sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset)
}

fn ret(action: u32) -> sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, action)
}

fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter { code: short(code), jt: 0, jf: 0, k }
}

/// Codes of instructions are below 256.
#[expect(clippy::cast_possible_truncation, reason = "the kernel's constants for a field of 16 bits")]
const fn short(code: u32) -> u16 {
    code as u16
}

#[cfg(test)]
#[path = "seccomp_tests.rs"]
mod tests;
