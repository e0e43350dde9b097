//! Processes by their states: a file for each, all read in one call.

use roundsman_bench_guests::stat;
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, NoOptions, Outcome, Unit, files};

const STAT: &str = "/proc/[0-9]*/stat";
const PROCESSES: Measure = Measure::gauge("processes", Unit::Number, "processes that exist");

struct Processes;

impl Check for Processes {
    type Options = NoOptions;

    fn describe() -> Descriptor {
        Descriptor::new("processes", "0.1.0", "processes by their states")
            .metric(&PROCESSES)
            .need(Need::files(STAT, "the kernel tells the state of a process here"))
    }

    fn run(_: NoOptions) -> Result<Outcome, Failure> {
        let mut states = Vec::new();
        for (_, text) in files::read_glob_text(STAT)? {
            // A process that has ended since is none.
            if let Ok(text) = text {
                stat::count(&mut states, &text);
            }
        }
        Ok(Outcome::new(stat::said(&states)).metric(PROCESSES.count(states.iter().map(|(_, count)| count).sum())))
    }
}

roundsman_sdk::export!(Processes);
