//! Time of the CPUs by what they did with it, and what waited for CPUs, memory and disks.
#![forbid(unsafe_code)]

mod judge;
mod pressure;
mod stat;

use roundsman_sdk::rates;
use roundsman_sdk::{Check, Context, Descriptor, Failure, Measure, Need, NoOptions, Outcome, Unit, files};

const STAT: &str = "/proc/stat";
const PRESSURE: &str = "/proc/pressure/*";

const USED: Measure =
    share("used_percent", "time in which the CPUs worked for this host: neither idle, nor waiting, nor stolen");
const USER: Measure = share("user_percent", "time in programs, guests of this host among them");
const SYSTEM: Measure = share("system_percent", "time in the kernel, interrupts among it");
const IOWAIT: Measure = share("iowait_percent", "time without work, while something waited for a disk");
const STEAL: Measure = share("steal_percent", "time that the hypervisor gave to others");
const BUSIEST: Measure = share("busiest_percent", "time in which the busiest single CPU worked");
const PRESSURE_SHARE: Measure =
    share("pressure_percent", "time in which some tasks, or all of them, waited").labels(&["resource", "tasks"]);
const SWITCHES: Measure = Measure::gauge("context_switches", Unit::Number, "switches between tasks a second");
const FORKS: Measure = Measure::gauge("forks", Unit::Number, "processes and threads that began a second");
const BLOCKED: Measure = Measure::gauge("blocked", Unit::Number, "tasks that wait for a disk now");

const fn share(name: &'static str, help: &'static str) -> Measure {
    Measure::gauge(name, Unit::Percent, help).between(0.0, 100.0)
}

/// The check; see README.md for its metrics.
pub struct Cpu;

impl Check for Cpu {
    type Options = NoOptions;

    fn describe() -> Descriptor {
        let metrics = [&USED, &USER, &SYSTEM, &IOWAIT, &STEAL, &BUSIEST, &PRESSURE_SHARE, &SWITCHES, &FORKS, &BLOCKED];
        let descriptor = Descriptor::new(
            "cpu",
            env!("CARGO_PKG_VERSION"),
            "time of the CPUs, and pressure on them, memory and disks",
        );
        metrics
            .into_iter()
            .fold(descriptor, Descriptor::metric)
            .need(Need::files(STAT, "the kernel counts the time of the CPUs here"))
            .need(Need::files(PRESSURE, "what waits for CPUs, memory and disks; not on every kernel"))
    }

    fn run(_: NoOptions) -> Result<Outcome, Failure> {
        let stat = stat::parse(&files::read_text(STAT)?).context(STAT)?;
        let mut pressures = Vec::new();
        for (path, text) in files::read_glob_text(PRESSURE)? {
            let resource = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let seen = match text {
                // A kernel that has it and keeps it switched off (psi=0) answers so.
                Err(error) if error.errno() == Some("EOPNOTSUPP") || error.is_not_found() => continue,
                Err(error) => Err(error.into()),
                Ok(text) => pressure::parse(&text).context(&path),
            };
            pressures.push((resource, seen));
        }
        let known = pressures.iter().filter_map(|(resource, seen)| Some((resource, seen.as_ref().ok()?)));
        let series = known.flat_map(|(resource, lines)| lines.iter().map(|it| (it.key(resource), it.total)));
        let (rates, unkept) = rates::per_second_or_part("cpu", stat.series().into_iter().chain(series));
        Ok(judge::judge(&stat, &pressures, &rates).subchecks(unkept))
    }
}

roundsman_sdk::export!(Cpu);

#[cfg(test)]
mod tests;
