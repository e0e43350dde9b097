//! A mark that tells the programs of a broker, and all their descendants, from every other process of the host: a resource
//! limit with a value that nobody else has.
//!
//! A process that left its session, closed its descriptors and lost its parents still has the limits that it was born
//! with; to set one takes no right and leaves no trace on disk. The one used bounds the CPU time of realtime processes, in
//! microseconds: the value is some 180,000 years. Root, or a program that
//! knows of the mark, can lower it: this finds what was forgotten, it does not confine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal, getrlimit, pidfd_open, pidfd_send_signal};

use super::running;

/// Name of the limit in `/proc/PID/limits`.
const ROW: &str = "Max realtime timeout";
/// The first byte of every mark; then 22 bits of a pid, which is all that Linux has, and 34 of a start.
const MAGIC: u64 = 0x52;
const PID_BITS: u32 = 22;
const START_BITS: u32 = 34;

/// Times that the processes are looked through: one may fork while it is looked at.
const PASSES: usize = 5;
/// Longest time for the hunt, of tens of thousands of processes too: a round waits for it. Processes that fork faster than
/// they are killed are left.
const LONGEST: Duration = Duration::from_secs(1);

/// The broker that started a program, as a limit of that program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrphanTag {
    pid: u32,
    /// The low bits of its start.
    start: u64,
}

impl OrphanTag {
    /// Returns the tag of what this process starts. `None` without `/proc`, or where this process has a lower limit itself.
    #[must_use]
    pub fn ours() -> Option<Self> {
        let pid = std::process::id();
        let mark = Self { pid, start: running::start(pid)? & low(START_BITS) };
        getrlimit(Resource::Rttime).maximum.is_none_or(|most| mark.value() <= most).then_some(mark)
    }

    pub(super) fn limit(self) -> (Resource, Rlimit) {
        (Resource::Rttime, Rlimit { current: Some(self.value()), maximum: Some(self.value()) })
    }

    fn value(self) -> u64 {
        MAGIC << (PID_BITS + START_BITS) | u64::from(self.pid) << START_BITS | self.start
    }

    fn of(value: u64) -> Option<Self> {
        let pid = u32::try_from(value >> START_BITS & low(PID_BITS)).ok()?;
        (value >> (PID_BITS + START_BITS) == MAGIC).then_some(Self { pid, start: value & low(START_BITS) })
    }

    /// Returns the mark that a process was born with. What it may have lowered is its soft limit.
    fn born_by(pid: Pid) -> Option<Self> {
        Self::in_limits(&fs::read_to_string(format!("/proc/{}/limits", pid.as_raw_nonzero())).ok()?)
    }

    fn in_limits(text: &str) -> Option<Self> {
        let row = text.lines().find_map(|line| line.strip_prefix(ROW))?;
        Self::of(row.split_whitespace().nth(1)?.parse().ok()?)
    }

    /// Tells whether the broker is gone: a process that has its number by now has another start.
    fn is_orphaned(self) -> bool {
        running::start(self.pid).map(|start| start & low(START_BITS)) != Some(self.start)
    }
}

const fn low(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// A process that was left behind, and killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    pub pid: u32,
    /// As it calls itself, at most 15 bytes: it may hold anything.
    pub name: String,
}

/// Kills what brokers left that were killed themselves, and says what that was, by pid. Those of brokers that live are left
/// alone, whatever round they belong to.
pub fn kill_orphans() -> Vec<Orphan> {
    let (begun, mut killed) = (Instant::now(), BTreeMap::new());
    for _ in 0..PASSES {
        let before = killed.len();
        // One that dies of it may still be there in the next pass.
        let in_time = processes().into_iter().take_while(|_| begun.elapsed() < LONGEST);
        killed.extend(in_time.filter_map(kill_orphan));
        if killed.len() == before {
            break;
        }
    }
    killed.into_iter().map(|(pid, name)| Orphan { pid, name }).collect()
}

/// Returns all that run; what is dead and not buried yet is none.
fn processes() -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(Pid::from_raw).collect()
}

/// Returns its number and name, if it is one and was killed.
fn kill_orphan(pid: Pid) -> Option<(u32, String)> {
    let is_orphan = || OrphanTag::born_by(pid).is_some_and(OrphanTag::is_orphaned);
    if !is_orphan() || !runs(pid) || !counts_as_we_do(pid) {
        return None;
    }
    // The number may be another process's by now: once it is held, it is looked at again.
    let held = pidfd_open(pid, PidfdFlags::empty()).ok()?;
    let name = name(pid);
    let killed = is_orphan() && !matches!(pidfd_send_signal(&held, Signal::KILL), Err(Errno::SRCH | Errno::PERM));
    let number = u32::try_from(pid.as_raw_nonzero().get()).ok()?;
    killed.then_some((number, name))
}

/// Empty where it ended meanwhile.
fn name(pid: Pid) -> String {
    let bytes = fs::read(format!("/proc/{}/comm", pid.as_raw_nonzero())).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned()
}

/// Tells whether its pids are ours: the mark of a process in a container names a broker there.
fn counts_as_we_do(pid: Pid) -> bool {
    let space = |of: &str| fs::metadata(format!("/proc/{of}/ns/pid")).map(|space| (space.dev(), space.ino())).ok();
    let theirs = space(&pid.as_raw_nonzero().to_string());
    theirs.is_some() && theirs == space("self")
}

fn runs(pid: Pid) -> bool {
    u32::try_from(pid.as_raw_nonzero().get()).is_ok_and(|pid| running::start(pid).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_a_limit_and_back() {
        let mark = OrphanTag { pid: 4_194_303, start: low(START_BITS) - 7 };
        assert_eq!(OrphanTag::of(mark.value()), Some(mark));
        assert!(mark.value() < u64::MAX >> 1);
        let row = |hard: &str| format!("Limit  Soft Limit  Hard Limit  Units\n{ROW}      1000    {hard}    us\n");
        assert_eq!(OrphanTag::in_limits(&row(&mark.value().to_string())), Some(mark));
        for other in ["unlimited", "1000", "", "18446744073709551615"] {
            assert_eq!(OrphanTag::in_limits(&row(other)), None, "{other}");
        }
        assert_eq!(OrphanTag::in_limits(""), None);
    }

    #[test]
    fn this_process_was_born_by_no_broker() {
        let ours = OrphanTag::ours().unwrap();
        assert!(!ours.is_orphaned());
        assert!(OrphanTag { start: ours.start ^ 1, ..ours }.is_orphaned());
        assert_eq!(OrphanTag::born_by(rustix::process::getpid()), None);
    }
}
