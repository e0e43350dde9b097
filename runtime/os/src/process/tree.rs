//! The end of a program with all that it started, those included that left its session.
//!
//! As a subreaper, this process becomes the parent of every descendant whose own parent has ended. So it kills its
//! children, reaps them, and looks again: those that they leave behind are its children by then. A child that it has
//! not reaped keeps its pid, so that no signal reaches a stranger.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpid, kill_process_group, set_child_subreaper};

use super::deadline::poll_until;
use super::pidfd::{Child, Exit};

/// Between SIGTERM and SIGKILL.
pub const GRACE: Duration = Duration::from_secs(2);

/// A program's tree after its end.
#[derive(Debug, PartialEq, Eq)]
pub struct TreeEnd {
    /// End of the program itself; `None` if it hangs in the kernel.
    pub leader: Option<Exit>,
    /// Processes that were killed and still hang in the kernel.
    pub stuck: Vec<Pid>,
}

/// Makes this process the parent of all its descendants that lose theirs. To be called once, before the first program
/// is started.
///
/// # Errors
/// None on the kernels that are supported.
pub fn adopt_orphans() -> io::Result<()> {
    Ok(set_child_subreaper(Some(getpid()))?)
}

/// Asks the program's process group and its orphans to end, gives them until `grace`, then does as [`kill`].
///
/// # Errors
/// As [`kill`].
pub fn terminate(leader: Child, spare: &[Pid], grace: Instant, give_up: Instant) -> io::Result<TreeEnd> {
    signal_group(&leader, Signal::TERM)?;
    for orphan in children(spare)?.into_iter().filter(|pid| *pid != leader.pid()) {
        signal_child(orphan, Signal::TERM)?;
    }
    poll_until(&mut [PollFd::new(&leader, PollFlags::IN)], grace)?;
    kill(leader, spare, give_up)
}

/// Kills and reaps the program and everything that descends from it: all children of this process but `spare`.
/// Processes that have not died by `give_up` are left as `stuck`: to be spared next time.
///
/// # Errors
/// `/proc` is not there to list children, or the kernel does not list them.
pub fn kill(mut leader: Child, spare: &[Pid], give_up: Instant) -> io::Result<TreeEnd> {
    signal_group(&leader, Signal::KILL)?;
    leader.kill()?;
    poll_until(&mut [PollFd::new(&leader, PollFlags::IN)], give_up)?;
    let exit = leader.try_wait()?;

    let mut spare = spare.to_vec();
    let mut stuck = Vec::new();
    if exit.is_none() {
        stuck.push(leader.pid());
        spare.push(leader.pid());
    }
    loop {
        let orphans = children(&spare)?;
        if orphans.is_empty() {
            return Ok(TreeEnd { leader: exit, stuck });
        }
        // All are signalled before the first is awaited: they may be many.
        for orphan in &orphans {
            signal_child(*orphan, Signal::KILL)?;
        }
        for orphan in orphans {
            let mut child = Child::of(orphan)?;
            poll_until(&mut [PollFd::new(&child, PollFlags::IN)], give_up)?;
            if child.try_wait()?.is_none() {
                stuck.push(orphan);
                spare.push(orphan);
            }
        }
    }
}

/// Returns the children of this process, which has one thread, but for `spare`; those that have ended and were not reaped
/// too.
fn children(spare: &[Pid]) -> io::Result<Vec<Pid>> {
    const LIST: &str = "/proc/thread-self/children";
    let text =
        std::fs::read_to_string(LIST).map_err(|error| io::Error::new(error.kind(), format!("{LIST}: {error}")))?;
    let pids = text.split_whitespace().filter_map(|word| word.parse().ok()).filter_map(Pid::from_raw);
    Ok(pids.filter(|pid| !spare.contains(pid)).collect())
}

/// Signals the group that the program leads. It is not reaped yet, so the group is its own.
fn signal_group(leader: &Child, signal: Signal) -> io::Result<()> {
    tolerate(kill_process_group(leader.pid(), signal))
}

/// Signals a child of this process that is not reaped yet.
fn signal_child(pid: Pid, signal: Signal) -> io::Result<()> {
    tolerate(rustix::process::kill_process(pid, signal))
}

/// One that has ended, or that took another user's rights by a grant's `may_gain_privileges`, cannot be signalled; it is
/// waited for all the same, and then is among the stuck.
fn tolerate(done: rustix::io::Result<()>) -> io::Result<()> {
    match done {
        Err(Errno::SRCH | Errno::PERM) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
