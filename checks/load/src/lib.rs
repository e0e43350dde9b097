//! Load averages, in all and for each CPU.
#![forbid(unsafe_code)]

mod cpus;
mod judge;
mod loadavg;

use roundsman_sdk::{Check, Context, Descriptor, Failure, Measure, Need, NoOptions, Outcome, Range, Unit, files};

const LOADAVG: &str = "/proc/loadavg";
const ONLINE: &str = "/sys/devices/system/cpu/online";

const fn average(name: &'static str, help: &'static str) -> Measure {
    Measure::gauge(name, Unit::Number, help)
}

static LOAD: [Measure; 3] = [
    average("load1", "tasks that ran or waited, on average over 1 minute"),
    average("load5", "tasks that ran or waited, on average over 5 minutes"),
    average("load15", "tasks that ran or waited, on average over 15 minutes"),
];
static PER_CPU: [Measure; 3] = [
    average("load1_per_cpu", "load1 for each CPU online"),
    average("load5_per_cpu", "load5 for each CPU online").warning(Range::up_to(2.0)).critical(Range::up_to(4.0)),
    average("load15_per_cpu", "load15 for each CPU online"),
];
static CPUS: Measure = Measure::gauge("cpus", Unit::Number, "CPUs online");
static RUNNABLE: Measure = Measure::gauge("runnable", Unit::Number, "tasks that run or wait for a CPU now");
static TASKS: Measure = Measure::gauge("tasks", Unit::Number, "processes and threads that exist");

/// The check; see README.md for its metrics.
pub struct Load;

impl Check for Load {
    type Options = NoOptions;

    fn describe() -> Descriptor {
        let descriptor = Descriptor::new("load", env!("CARGO_PKG_VERSION"), "load averages, in all and for each CPU");
        let metrics = LOAD.iter().chain(&PER_CPU).chain([&CPUS, &RUNNABLE, &TASKS]);
        metrics
            .fold(descriptor, Descriptor::metric)
            .need(Need::files(LOADAVG, "the kernel tells load averages here"))
            .need(Need::files(ONLINE, "the CPUs that share the load"))
    }

    fn run(_: NoOptions) -> Result<Outcome, Failure> {
        let averages = files::read_text(LOADAVG)?;
        let loadavg = loadavg::parse(&averages).context(LOADAVG)?;
        let cpus = match files::read_text(ONLINE) {
            // What to grant is said with the failure.
            Err(error) if error.is_denied() => return Err(error.into()),
            Err(error) => Err(error.to_string()),
            Ok(online) => cpus::parse(&online).map_err(|error| format!("{ONLINE}: {error}")),
        };
        Ok(judge::judge(&loadavg, &cpus))
    }
}

roundsman_sdk::export!(Load);

#[cfg(test)]
mod tests;
