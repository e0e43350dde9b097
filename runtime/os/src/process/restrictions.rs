//! Restrictions of a granted program, beyond those of all programs.
#![expect(
    unsafe_code,
    reason = "a filter of system calls and a Landlock domain are taken on by raw calls between fork and exec"
)]

use std::fmt;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

use landlock::{CompatLevel, Compatible as _, Ruleset, RulesetAttr as _, Scope};
use rustix::io::Errno;
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::network::NetworkFilter;

/// Restrictions of a program; none by default.
#[derive(Debug, Default)]
pub struct Restrictions {
    /// It may make no socket that leads out of this host.
    pub network: Option<NetworkFilter>,
    /// It signals only what it started itself.
    pub signals: Option<SignalScope>,
    /// Processes that its user may have, itself among them. Root is not bounded by it.
    pub processes: Option<u64>,
    /// All the capabilities that it and its descendants can ever have. Only a process with CAP_SETPCAP can take the others away.
    pub capabilities: Option<CapabilitySet>,
}

/// A Landlock domain that signals do not leave. It also keeps its processes from looking at others through `ptrace` and
/// what `/proc/PID` guards like it.
pub struct SignalScope(OwnedFd);

impl fmt::Debug for SignalScope {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("SignalScope")
    }
}

impl SignalScope {
    /// Prepares a domain, for a child to enter.
    ///
    /// # Errors
    /// This kernel has no Landlock that knows signals: they came with Linux 6.12.
    pub fn prepare() -> Result<Self, NoSignalScope> {
        let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement).scope(Scope::Signal);
        let created: Option<OwnedFd> = ruleset.and_then(Ruleset::create).map_err(|_| NoSignalScope)?.into();
        created.map(Self).ok_or(NoSignalScope)
    }

    /// Enters the domain for good. New privileges must have been forbidden before.
    pub(super) fn enter(&self) -> Result<(), Errno> {
        // SAFETY: the call takes two integers and touches no memory of this process.
        let entered = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, self.0.as_raw_fd(), 0_u32) };
        if entered == 0 { Ok(()) } else { Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)) }
    }
}

/// The kernel cannot keep signals within a tree of processes.
#[derive(Debug, thiserror::Error)]
#[error("this kernel's Landlock keeps no signals: that takes Linux 6.12, with `landlock` in the boot parameter `lsm=`")]
pub struct NoSignalScope;

/// Takes every capability that is not in `kept` from this process and from what it executes, set-user-ID programs
/// too: all that exec gives root is what the bounding set has left.
pub(super) fn keep_only(kept: CapabilitySet) -> Result<(), Errno> {
    for number in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        if kept.contains(capability) {
            continue;
        }
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // The kernel knows none of this number, nor any above.
            Err(Errno::INVAL) => break,
            done => done?,
        }
    }
    rustix::thread::clear_ambient_capability_set()?;
    let ours = rustix::thread::capabilities(None)?;
    rustix::thread::set_capabilities(
        None,
        CapabilitySets {
            effective: ours.effective & kept,
            permitted: ours.permitted & kept,
            inheritable: CapabilitySet::empty(),
        },
    )
}
