//! For how long processes are zombies or in uninterruptible sleep: the kernel does not tell, so what each run saw is kept.

use roundsman_sdk::{Subcheck, clock, log, state};
use serde::{Deserialize, Serialize};

use crate::stat::Process;

const KEY: &str = "stuck";
/// The states that are remembered: zombies, and uninterruptible sleep.
pub const ZOMBIE: char = 'Z';
pub const UNINTERRUPTIBLE: char = 'D';
/// Most processes that are remembered, so that a host with thousands of zombies keeps within `limits.state`.
const MOST: usize = 200;

/// A process that was seen in one of these states, and since when in every run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Stuck {
    pub pid: u32,
    /// With the pid it names one process: pids are used again.
    started: u64,
    pub state: char,
    pub name: String,
    /// Nanoseconds since 1970 UTC.
    since: i64,
    #[serde(skip)]
    pub seconds: f64,
}

/// Remembers those that are in such a state now, the longest first. Where they cannot be kept none ever gets old: a
/// subcheck says so.
pub fn remember(all: &[Process]) -> (Vec<Stuck>, Option<Subcheck>) {
    let before: Vec<Stuck> = match state::get_json(KEY) {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => {
            log::warning(&format!("zombies of the run before cannot be read, times begin anew: {error}"));
            Vec::new()
        }
    };
    let now = clock::now();
    let mut stuck: Vec<Stuck> = all.iter().filter_map(|process| still(process, &before, now)).collect();
    stuck.sort_unstable_by_key(|it| (it.since, it.pid));
    stuck.truncate(MOST);
    let kept = if stuck.is_empty() && before.is_empty() { Ok(()) } else { state::set_json(KEY, &stuck) };
    (stuck, kept.err().map(|error| Subcheck::failed("part", "ages", error)))
}

fn still(process: &Process, before: &[Stuck], now: i64) -> Option<Stuck> {
    if ![ZOMBIE, UNINTERRUPTIBLE].contains(&process.state) {
        return None;
    }
    let same = |it: &&Stuck| {
        (it.pid, it.started, it.state) == (process.pid, process.started, process.state) && it.since <= now
    };
    let since = before.iter().find(same).map_or(now, |it| it.since);
    let seconds = now.saturating_sub(since) as f64 / 1e9;
    let (pid, started, state, name) = (process.pid, process.started, process.state, process.name.clone());
    Some(Stuck { pid, started, state, name, since, seconds })
}
