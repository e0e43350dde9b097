//! Takes from a worker everything that computing and asking its broker do not need.

use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{Resource, Rlimit};
use serde::{Deserialize, Serialize};

use super::seccomp;
use roundsman_os::process::filter::FilterError;
use roundsman_os::process::starved;

/// Memory that a worker's process needs besides that of its component, in bytes.
const ENGINE_MEMORY: u64 = 64 << 20;

/// Stack of a worker, in bytes, which RLIMIT_DATA does not count: what `ulimit -s` is as a rule.
const STACK: u64 = 8 << 20;

/// The layers that a worker takes on; decided once, before the first fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers {
    pub seccomp: bool,
    pub landlock: bool,
}

/// A layer that was there when the round looked, and then was not.
#[derive(Debug, thiserror::Error)]
pub enum LockdownError {
    #[error("limits of the process: {0}")]
    Limits(#[from] rustix::io::Errno),
    #[error("Landlock: {0}")]
    Landlock(#[from] landlock::RulesetError),
    #[error("Landlock was not enforced")]
    LandlockNotEnforced,
    #[error("seccomp: {0}")]
    Filter(#[from] FilterError),
    #[error("seccomp: {0}")]
    Seccomp(#[from] seccompiler::Error),
}

/// Resources that a locked process may use.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ProcessBounds {
    /// Bytes, besides those that the engine needs.
    pub memory: u64,
    /// CPU time in seconds, where it is bounded by more than a deadline.
    pub cpu: Option<u64>,
    /// Bytes that it may write into the descriptors that it has.
    pub output: u64,
}

impl ProcessBounds {
    /// Names the limit of who started the round that gives the process less memory than this; `None` if there is none.
    #[must_use]
    pub(crate) fn starved(&self) -> Option<String> {
        starved::memory_below(self.all_memory())
    }

    fn all_memory(&self) -> u64 {
        self.memory.saturating_add(ENGINE_MEMORY)
    }
}

/// Changes of memory that a locked process may make. None may make any executable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryRule {
    /// Only what RLIMIT_DATA counts, or what nobody can touch.
    Writable,
    /// As the engine does with code that it has made; then it counts no more.
    AlsoReadOnly,
}

/// Locks the calling process for good: no more memory than `bounds` and what the engine needs, no processes, no new
/// privileges, no files, no other system calls than `seccomp` names. The uid is changed before.
///
/// # Errors
/// A layer of `layers` could not be taken on; the caller must then not run anything.
pub fn lock(layers: Layers, bounds: ProcessBounds, rule: MemoryRule) -> Result<(), LockdownError> {
    limit(Resource::Data, bounds.all_memory())?;
    limit(Resource::Nproc, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, bounds.output)?;
    limit(Resource::Stack, STACK)?;
    if let Some(seconds) = bounds.cpu {
        // At the soft limit SIGXCPU, which says what was reached; SIGKILL for one that has blocked it.
        let hard = lowered(Resource::Cpu, seconds.saturating_add(1));
        let soft = Some(hard.map_or(seconds, |hard| hard.min(seconds)));
        rustix::process::setrlimit(Resource::Cpu, Rlimit { current: soft, maximum: hard })?;
    }
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    rustix::thread::set_no_new_privs(true)?;
    if layers.landlock {
        landlock()?;
    }
    if layers.seccomp {
        seccompiler::apply_filter(&seccomp::filter(std::process::id(), rule)?)?;
    }
    Ok(())
}

/// Lowers one limit; one that is lower already stays.
fn limit(resource: Resource, value: u64) -> rustix::io::Result<()> {
    let maximum = lowered(resource, value);
    rustix::process::setrlimit(resource, Rlimit { current: maximum, maximum })
}

/// Returns `value`, or the hard limit that there is where that is lower.
fn lowered(resource: Resource, value: u64) -> Option<u64> {
    Some(rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX).min(value))
}

/// Forbids the whole file system, TCP, and signals and abstract sockets that leave the domain; as far as this kernel's
/// Landlock goes.
fn landlock() -> Result<(), LockdownError> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .restrict_self()?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err(LockdownError::LandlockNotEnforced),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

/// Finds the layers that this kernel offers.
#[must_use]
pub fn available() -> Layers {
    let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").unwrap_or_default();
    let seccomp = actions.split_whitespace().any(|action| action == "kill_process");
    Layers { seccomp, landlock: enforces(ABI::V1) }
}

/// Returns the version of this kernel's Landlock, as far as [`lock`] makes use of one; `None` where there is none.
#[must_use]
pub fn landlock_version() -> Option<u8> {
    let versions = [(6, ABI::V6), (5, ABI::V5), (4, ABI::V4), (3, ABI::V3), (2, ABI::V2), (1, ABI::V1)];
    versions.into_iter().find(|(_, abi)| enforces(*abi)).map(|(number, _)| number)
}

/// Tells whether this kernel forbids, when asked to, everything that this version can forbid.
fn enforces(abi: ABI) -> bool {
    let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let rules = rules.handle_access(AccessFs::from_all(abi));
    let rules = rules.and_then(|rules| match AccessNet::from_all(abi) {
        none if none.is_empty() => Ok(rules),
        network => rules.handle_access(network),
    });
    let rules = rules.and_then(|rules| match Scope::from_all(abi) {
        none if none.is_empty() => Ok(rules),
        scope => rules.scope(scope),
    });
    rules.and_then(|rules| rules.create()).is_ok()
}
