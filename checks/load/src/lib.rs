//! Load averages, in all and for each CPU.
#![forbid(unsafe_code)]

mod cpus;
mod loadavg;

use roundsman_sdk::text::decimal;
use roundsman_sdk::{
    Check, Context, Descriptor, Failure, Measure, Metric, Need, NoOptions, Outcome, Range, Unit, files,
};

use loadavg::Loadavg;

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
        let (averages, online) = (files::read_text(LOADAVG)?, files::read_text(ONLINE)?);
        let loadavg = loadavg::parse(&averages).context(LOADAVG)?;
        let cpus = cpus::parse(&online).context(ONLINE)?;
        Ok(judge(&loadavg, cpus))
    }
}

fn judge(loadavg: &Loadavg, cpus: u32) -> Outcome {
    let all = LOAD.iter().zip(loadavg.averages).map(|(measure, average)| measure.value(average));
    let shares =
        PER_CPU.iter().zip(loadavg.averages).map(|(measure, average)| measure.value(average / f64::from(cpus)));
    let metrics: Vec<Metric> = all.chain(shares).collect();
    let cpus_said = if cpus == 1 { "1 CPU".to_owned() } else { format!("{cpus} CPUs") };
    let averages = loadavg.averages.map(|average| decimal(average, 2)).join(", ");
    Outcome::new(format!("load {averages} on {cpus_said}; {} runnable tasks", loadavg.runnable))
        .metrics(metrics)
        .metric(CPUS.value(f64::from(cpus)))
        .metric(RUNNABLE.count(loadavg.runnable))
        .metric(TASKS.count(loadavg.tasks))
}

roundsman_sdk::export!(Load);

#[cfg(test)]
mod tests;
