//! Filters of system calls: each call by its number and arguments, to what becomes of it.
//!
//! The kernel translates a filter and tries it for every system call there is when it is taken on. So it is one program, and
//! a search in it takes few steps: that of a library, two programs that compare one number after the other, took a tenth of
//! what a check costs. The tests of the worker's filter compare the two.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, sock_filter};

/// The kernel's number of this processor's calls (`AUDIT_ARCH_…`); a program may make those of others.
pub const ARCHITECTURE: Option<u32> = match () {
    () if cfg!(target_arch = "x86_64") => Some(0xc000_003e),
    () if cfg!(target_arch = "aarch64") => Some(0xc000_00b7),
    () => None,
};

/// Reason why there is no filter.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    #[error("the system calls of this processor are not known")]
    Architecture,
    /// A jump within a filter is 255 steps at most.
    #[error("the filter is too long")]
    Long,
    #[error("the kernel: {0}")]
    Kernel(#[from] seccompiler::Error),
}

/// Rule for a system call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyscallRule {
    Allow,
    /// It fails with EACCES.
    Refuse,
    /// Allowed where all tests of one of these hold, else as a call without a verdict.
    AllowIf(Vec<Vec<Test>>),
    /// As a call without a verdict where all tests of one of these hold, else allowed.
    AllowUnless(Vec<Vec<Test>>),
}

/// Rule for a call that is not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultAction {
    /// It kills the process.
    Kill,
    /// It fails with EPERM.
    Fail,
}

/// Test of the lower half of an argument, masked, for a value. The kernel takes each of those for an `int`, or ignores
/// the upper half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Test {
    pub argument: u32,
    pub mask: u32,
    pub value: u32,
}

/// Tells whether an argument has this value.
#[must_use]
pub fn is(argument: u32, value: u32) -> Test {
    Test { argument, mask: u32::MAX, value }
}

/// Takes on, for good, a filter that fails each call without a verdict.
///
/// # Errors
/// There is no such filter, or the kernel refuses it; the process should then end.
pub fn take_on(all: impl IntoIterator<Item = (i64, SyscallRule)>) -> Result<(), FilterError> {
    let architecture = ARCHITECTURE.ok_or(FilterError::Architecture)?;
    Ok(seccompiler::apply_filter(&program(&verdicts(all), DefaultAction::Fail, architecture)?)?)
}

/// Returns the calls of this processor with their verdicts, by number. A call that is named twice has the last one.
pub fn verdicts(all: impl IntoIterator<Item = (i64, SyscallRule)>) -> BTreeMap<u32, SyscallRule> {
    // Numbers of calls are small, and none is negative.
    all.into_iter().filter_map(|(call, verdict)| Some((u32::try_from(call).ok()?, verdict))).collect()
}

/// Returns the program that gives each call its verdict: it halves the numbers until those that are left share one. A program
/// of another processor's numbers kills.
///
/// # Errors
/// It would be too long.
pub fn program(
    verdicts: &BTreeMap<u32, SyscallRule>,
    otherwise: DefaultAction,
    architecture: u32,
) -> Result<BpfProgram, FilterError> {
    let mut code = Backwards::default();
    let kill = code.push(ret(libc::SECCOMP_RET_KILL_PROCESS));
    let other = match otherwise {
        DefaultAction::Kill => kill,
        DefaultAction::Fail => code.push(ret(libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs())),
    };
    let allow = code.push(ret(libc::SECCOMP_RET_ALLOW));
    let refuse = code.push(ret(libc::SECCOMP_RET_ERRNO | libc::EACCES.unsigned_abs()));
    // From which number on which part of the program decides.
    let mut ranges = vec![(0, other)];
    for (call, verdict) in verdicts {
        let place = match verdict {
            SyscallRule::Allow => allow,
            SyscallRule::Refuse => refuse,
            SyscallRule::AllowIf(any) => code.any_of(any, allow, other)?,
            SyscallRule::AllowUnless(any) => code.any_of(any, other, allow)?,
        };
        ranges.extend([(*call, place), (call + 1, other)]);
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
    pub(crate) const NUMBER: u32 = 0;
    pub const ARCHITECTURE: u32 = 4;
    /// The offset of the first argument; each has eight bytes, the lower half first on the processors that are known.
    pub(crate) const ARGUMENTS: u32 = 16;
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

    /// Returns an instruction that goes on at `next`, which must be what was pushed last or takes a jump there.
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
