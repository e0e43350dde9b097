//! From the processes to what is reported of them.

use roundsman_sdk::text::{count, duration, size};
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::group::{Groups, Usage};
use crate::options::{Group, Options};
use crate::stat::Process;
use crate::stuck::{Stuck, UNINTERRUPTIBLE, ZOMBIE};
use crate::{
    ALL, CPU, FILES, GROUP_THREADS, KERNEL, OLDEST, OLDEST_UNINTERRUPTIBLE, OLDEST_ZOMBIE, PROCESSES, RSS, STATES,
    THREADS,
};

/// States by the letters that the kernel has for them (proc(5)).
const WORDS: [(&str, &str); 6] =
    [("R", "running"), ("S", "sleeping"), ("D", "uninterruptible"), ("Z", "zombie"), ("Tt", "stopped"), ("I", "idle")];
/// Zombies, and processes in uninterruptible sleep, that are told by name.
const NAMED: usize = 10;

pub fn judge(
    all: &[Process],
    groups: &Groups,
    usage: Vec<Result<Usage, Failure>>,
    stuck: &[Stuck],
    broken: Vec<String>,
    options: &Options,
) -> Outcome {
    let (kernel, ours): (Vec<&Process>, Vec<&Process>) = all.iter().partition(|it| it.of_kernel);
    let threads: u64 = ours.iter().map(|it| it.threads).sum();
    let mut outcome = Outcome::new(summary(&ours, threads))
        .metric(ALL.count(ours.len() as u64))
        .metric(KERNEL.count(kernel.len() as u64))
        .metric(THREADS.count(threads))
        .metric(OLDEST_ZOMBIE.value(longest(stuck, ZOMBIE)))
        .metric(OLDEST_UNINTERRUPTIBLE.value(longest(stuck, UNINTERRUPTIBLE)));
    for (letters, word) in WORDS {
        let number = all.iter().filter(|it| letters.contains(it.state)).count() as u64;
        outcome = outcome.metric(STATES.count(number).label("state", word));
    }
    for ((group, members), usage) in groups.0.iter().zip(usage) {
        outcome = outcome.part("group", &group.name, usage.map(|usage| part(group, members, &usage)));
    }
    if !broken.is_empty() {
        let text = format!("{} not told: {}", count_of(broken.len()), broken[0]);
        outcome = outcome.subcheck(Subcheck::new("part", "stat", text).judged(Status::Unknown));
    }
    let named = stuck.iter().take(NAMED).map(|it| {
        let state = if it.state == ZOMBIE { "a zombie" } else { "in uninterruptible sleep" };
        format!("{} ({}) is {state}, for {} at least", it.name, it.pid, duration(it.seconds as u64))
    });
    let outcome = outcome.details(named);
    if options.without_containers { outcome.detail("processes in containers are left out") } else { outcome }
}

fn part(group: &Group, members: &[&Process], usage: &Usage) -> Part {
    let number = members.len() as u64;
    let mut text = format!("{}, {}", count_of(members.len()), size(usage.rss));
    if let Some(oldest) = usage.oldest {
        text.push_str(&format!(", oldest {}", duration(oldest as u64)));
    }
    if group.expected > 0 {
        text.push_str(&format!(", {} expected", group.expected));
    }
    Part::new(text)
        .judged(if number < group.expected { Status::Critical } else { Status::Ok })
        .metric(PROCESSES.count(number))
        .metric(GROUP_THREADS.count(usage.threads))
        .metric(RSS.count(usage.rss))
        .metrics(usage.cpu.map(|it| CPU.value(it)))
        .metrics(usage.open_files.map(|it| FILES.count(it)))
        .metrics(usage.oldest.map(|it| OLDEST.value(it)))
}

fn summary(ours: &[&Process], threads: u64) -> String {
    let of = |state: char| ours.iter().filter(|it| it.state == state).count();
    let zombies = count(of(ZOMBIE), "zombie");
    let (running, waiting) = (of('R'), of(UNINTERRUPTIBLE));
    let all = count_of(ours.len());
    format!("{all}, {threads} threads, {running} running, {waiting} in uninterruptible sleep, {zombies}")
}

fn longest(stuck: &[Stuck], state: char) -> f64 {
    stuck.iter().filter(|it| it.state == state).map(|it| it.seconds).fold(0.0, f64::max)
}

fn count_of(processes: usize) -> String {
    if processes == 1 { "1 process".into() } else { format!("{processes} processes") }
}
