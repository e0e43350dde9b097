//! Processes of the host: how many, in which states, and by groups that the operator names.
#![forbid(unsafe_code)]

mod cpu;
mod group;
mod judge;
mod options;
mod stat;
mod stuck;

use roundsman_sdk::{Check, Context, Descriptor, Failure, Measure, Need, Outcome, Problem, Unit, files, parse};

use group::Groups;
use options::Options;
use stat::Process;

const STAT: &str = "/proc/[0-9]*/stat";
const STATUS: &str = "/proc/[0-9]*/status";
const CMDLINE: &str = "/proc/[0-9]*/cmdline";
const CGROUP: &str = "/proc/[0-9]*/cgroup";
const OPEN_FILES: &str = "/proc/[0-9]*/fd";
const UPTIME: &str = "/proc/uptime";

const ALL: Measure = Measure::gauge("all", Unit::Number, "processes, those of the kernel not among them");
const KERNEL: Measure = Measure::gauge("kernel_threads", Unit::Number, "threads of the kernel");
const THREADS: Measure = Measure::gauge("all_threads", Unit::Number, "threads of all these processes");
const STATES: Measure =
    Measure::gauge("in_state", Unit::Number, "processes and threads of the kernel, by state").labels(&["state"]);
const OLDEST_ZOMBIE: Measure =
    Measure::gauge("oldest_zombie", Unit::Seconds, "time since the oldest zombie was first seen; 0 without any");
const OLDEST_UNINTERRUPTIBLE: Measure = Measure::gauge(
    "oldest_uninterruptible",
    Unit::Seconds,
    "time for which one process was seen in uninterruptible sleep in every run; 0 without any",
);
const PROCESSES: Measure = group_metric("processes", Unit::Number, "processes of the group");
const GROUP_THREADS: Measure = group_metric("threads", Unit::Number, "threads of the group");
const RSS: Measure = group_metric("rss", Unit::Bytes, "resident memory of the group; shared pages count in each");
const CPU: Measure = group_metric("cpu", Unit::Percent, "time of CPUs that the group took since the run before");
const FILES: Measure = group_metric("open_files", Unit::Number, "open files of the group, on Linux 6.2 and later");
const OLDEST: Measure = group_metric("oldest", Unit::Seconds, "age of the oldest process of the group");

const fn group_metric(name: &'static str, unit: Unit, help: &'static str) -> Measure {
    Measure::gauge(name, unit, help).labels(&["group"])
}

/// The check; see README.md for its options and metrics.
pub struct Processes;

impl Check for Processes {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor =
            Descriptor::new("processes", env!("CARGO_PKG_VERSION"), "processes by state, and by groups that you name");
        let metrics = [
            &ALL,
            &KERNEL,
            &THREADS,
            &STATES,
            &OLDEST_ZOMBIE,
            &OLDEST_UNINTERRUPTIBLE,
            &PROCESSES,
            &GROUP_THREADS,
            &RSS,
            &CPU,
            &FILES,
            &OLDEST,
        ];
        let descriptor = metrics.into_iter().fold(descriptor, Descriptor::metric);
        descriptor.need(Need::files(STAT, "the kernel tells the state of each process here"))
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn needs(options: &Options) -> Vec<Need> {
        let wanted = [
            (!options.groups.is_empty(), Need::files(STATUS, "the memory of the processes of groups")),
            (!options.groups.is_empty(), Need::files(UPTIME, "the age of processes")),
            (options.groups.iter().any(|it| it.cmdline.is_some()), Need::files(CMDLINE, "whole command lines")),
            (options.reads_cgroups(), Need::files(CGROUP, "which service or container a process belongs to")),
            (options.open_files, Need::metadata(OPEN_FILES, "how many files a process has open")),
        ];
        wanted.into_iter().filter_map(|(wanted, need)| wanted.then_some(need)).collect()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let (mut all, broken) = look()?;
        group::complete(&mut all, &options)?;
        if options.without_containers {
            all.retain(|it| !it.in_container());
        }
        let (ages, forgotten) = stuck::remember(&all);
        let groups = Groups::of(&all, &options);
        let (usage, unkept) = groups.usage(&options, uptime());
        let outcome = judge::judge(&all, &groups, usage, &ages, broken, &options);
        Ok(outcome.subchecks(unkept).subchecks(forgotten).bounded("groups"))
    }
}

/// All processes, and one line of each that could not be told. One that ended between the list and the look is none.
fn look() -> Result<(Vec<Process>, Vec<String>), Failure> {
    let (mut all, mut broken) = (Vec::new(), Vec::new());
    for (path, text) in files::read_glob(STAT)? {
        match text {
            Ok(text) => match stat::parse(&text) {
                Ok(process) => all.push(process),
                Err(error) => broken.push(format!("{path}: {error}")),
            },
            Err(error) if error.is_not_found() || error.errno() == Some("ESRCH") => {}
            Err(error) => broken.push(error.to_string()),
        }
    }
    if all.is_empty() {
        let first = broken.first().map_or("no process is there, which cannot be", String::as_str);
        return Err(Failure::new(format!("{STAT}: {first}")));
    }
    Ok((all, broken))
}

/// Seconds since the host began.
fn uptime() -> Result<f64, Failure> {
    let text = files::read_text(UPTIME)?;
    let row = parse::rows(&text).next().ok_or_else(|| parse::ParseError::whole("the text is empty"));
    row.and_then(|row| stat::hundredths(row.column(0)?)).context(UPTIME)
}

roundsman_sdk::export!(Processes);

#[cfg(test)]
mod tests;
