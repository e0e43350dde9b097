//! `network = false` of a grant: a filter of system calls that makes every socket but local ones fail.
//!
//! A network namespace would cost 0.65 ms for each program, and empty `/proc/net` for it. The filter refuses all families but
//! two: UNIX, by which programs speak to services of this host, and NETLINK, by which they ask the kernel about it. So
//! families that are still to come are refused too. It also refuses io_uring, which makes sockets past every filter.
#![expect(unsafe_code, reason = "a child between fork and exec takes the filter on by a raw call")]

use std::fmt;
use std::io;

use rustix::io::Errno;
use seccompiler::sock_filter;

/// The filter, made before the fork.
pub struct NetworkFilter(Vec<sock_filter>);

impl fmt::Debug for NetworkFilter {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "NetworkFilter({} instructions)", self.0.len())
    }
}

/// The calls of one architecture that make sockets.
struct Calls {
    /// `AUDIT_ARCH_…` of linux/audit.h.
    architecture: u32,
    socket: u32,
    socketpair: u32,
    /// One call for all that sockets do, whose arguments are in memory, where a filter cannot look.
    multiplexed: Option<u32>,
}

/// The same number on every architecture.
const IO_URING_SETUP: u32 = 425;
/// A call for x32 differs from one for x86-64 by this bit alone.
const X32: u32 = 0x4000_0000;

/// Architectures whose programs this kernel may run; a 64-bit program can make calls of the 32-bit one as well.
const ARCHITECTURES: &[Calls] = &[
    #[cfg(target_arch = "x86_64")]
    Calls { architecture: 0xc000_003e, socket: 41, socketpair: 53, multiplexed: None },
    #[cfg(target_arch = "x86_64")]
    Calls { architecture: 0x4000_0003, socket: 359, socketpair: 360, multiplexed: Some(102) },
    #[cfg(target_arch = "aarch64")]
    Calls { architecture: 0xc000_00b7, socket: 198, socketpair: 199, multiplexed: None },
    #[cfg(target_arch = "aarch64")]
    Calls { architecture: 0x4000_0028, socket: 281, socketpair: 288, multiplexed: Some(102) },
];

/// Offsets in the kernel's `struct seccomp_data`, in bytes. The lower half of an argument comes first on
/// the processors that are known, and is all that the kernel takes of a family.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FAMILY: u32 = 16;

impl NetworkFilter {
    #[must_use]
    pub fn new() -> Self {
        let mut code = vec![load(ARCHITECTURE)];
        for calls in ARCHITECTURES {
            let part = of_architecture(calls);
            // Past the part of another architecture; each is a dozen instructions long.
            let past = u8::try_from(part.len()).unwrap_or(u8::MAX);
            code.push(jump(calls.architecture, 0, past));
            code.extend(part);
        }
        // One that this build does not know could name any call by any number.
        code.push(fail(Errno::PERM));
        Self(code)
    }

    /// Takes the filter on for good. New privileges must have been forbidden before.
    pub(super) fn enter(&self) -> Result<(), Errno> {
        let program = libc::sock_fprog {
            len: u16::try_from(self.0.len()).map_err(|_| Errno::INVAL)?,
            filter: self.0.as_ptr().cast_mut().cast(),
        };
        // SAFETY: the kernel reads `program` and the instructions that it points to, which both outlive the call, and
        // writes to neither; the two crates' `sock_filter` are the kernel's struct.
        let taken = unsafe {
            libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::c_ulong::from(libc::SECCOMP_MODE_FILTER),
                &raw const program,
                0_usize,
                0_usize,
            )
        };
        if taken == 0 { Ok(()) } else { Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)) }
    }
}

impl Default for NetworkFilter {
    fn default() -> Self {
        Self::new()
    }
}

/// Decides on a call of this architecture, whatever it is; nothing is behind it.
fn of_architecture(calls: &Calls) -> Vec<sock_filter> {
    let mut code = vec![load(NUMBER), statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, !X32)];
    if let Some(multiplexed) = calls.multiplexed {
        code.extend([jump(multiplexed, 0, 1), fail(Errno::AFNOSUPPORT)]);
    }
    code.extend([
        // As on a kernel without it, where programs do without.
        jump(IO_URING_SETUP, 0, 1),
        fail(Errno::NOSYS),
        jump(calls.socket, 2, 0),
        jump(calls.socketpair, 1, 0),
        ret(libc::SECCOMP_RET_ALLOW),
        load(FAMILY),
        jump(libc::AF_UNIX.unsigned_abs(), 1, 0),
        jump(libc::AF_NETLINK.unsigned_abs(), 0, 1),
        ret(libc::SECCOMP_RET_ALLOW),
        fail(Errno::AFNOSUPPORT),
    ]);
    code
}

fn load(offset: u32) -> sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset)
}

/// Skips `equal` instructions where what was loaded is `value`, else `other`.
fn jump(value: u32, equal: u8, other: u8) -> sock_filter {
    sock_filter { jt: equal, jf: other, ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value) }
}

fn fail(error: Errno) -> sock_filter {
    ret(libc::SECCOMP_RET_ERRNO | error.raw_os_error().unsigned_abs())
}

fn ret(action: u32) -> sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, action)
}

/// Codes of instructions are below 256.
#[expect(clippy::cast_possible_truncation, reason = "the kernel's constants for a field of 16 bits")]
const fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k }
}
