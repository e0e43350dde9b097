//! Time of CPUs that processes took since the run before.

use roundsman_sdk::Subcheck;
use roundsman_sdk::rates::{self, Rates};

use crate::stat::Process;

/// Rates of each process: those that ended are forgotten, so that a group's rate never falls below what the rest took.
pub fn rates<'a>(members: impl Iterator<Item = &'a Process>) -> (Rates, Option<Subcheck>) {
    let mut counters: Vec<(String, u64)> = members.map(|it| (key(it), it.ran)).collect();
    // A process may be in several groups.
    counters.sort_unstable();
    counters.dedup();
    rates::per_second_or_part("cpu", counters)
}

/// Percent of one CPU: hundredths of a second in each second. `None` where no process was there in the run before.
pub fn percent(members: &[&Process], rates: &Rates) -> Option<f64> {
    let known: Vec<f64> = members.iter().filter_map(|it| rates.get(&key(it))).collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

/// With its start, as pids are used again.
fn key(process: &Process) -> String {
    format!("{}.{}", process.pid, process.started)
}
