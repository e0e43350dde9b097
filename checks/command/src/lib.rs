//! Any granted command: how it ended, what it must or must not say, and numbers picked out of what it says.
#![forbid(unsafe_code)]

mod exits;
mod judge;
mod options;

use roundsman_sdk::commands::{self, Command};
use roundsman_sdk::{Check, Descriptor, Failure, Measure, MetricInfo, Need, Outcome, Problem, Unit};

use options::Options;

const DURATION: Measure = Measure::gauge("duration", Unit::Seconds, "how long the command ran");
const EXIT_CODE: Measure =
    Measure::gauge("exit_code", Unit::Number, "what it returned; no series where a signal ended it")
        .between(0.0, 255.0);
const LINES: Measure = Measure::gauge("lines", Unit::Number, "lines of its standard output");

/// The names that an operator's numbers cannot have.
const OWN_METRICS: [&str; 3] = ["duration", "exit_code", "lines"];

/// The check; see README.md for its options and metrics.
pub struct RunCommand;

impl Check for RunCommand {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("command", env!("CARGO_PKG_VERSION"), "how a command ended and what it printed")
            .metric(&DURATION)
            .metric(&EXIT_CODE)
            .metric(&LINES)
            .free_metrics()
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn replaced(key: &str, config: &str) -> Option<String> {
        exits::replaced(key, config)
    }

    fn needs(options: &Options) -> Vec<Need> {
        options.argv.iter().map(|argv| Need::command(argv, "the options name this command")).collect()
    }

    fn metrics(options: &Options) -> Option<Vec<MetricInfo>> {
        Some(options.wanted().declared())
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let command = choose(&options)?;
        let completed = command.run()?;
        Ok(judge::judge(&command, &completed, &options))
    }
}

fn choose(options: &Options) -> Result<Command, Failure> {
    match (&options.argv, &options.id) {
        (Some(argv), _) => Ok(Command::new(argv.iter().cloned())),
        (None, Some(id)) => commands::by_id(id, "id"),
        (None, None) => commands::only_granted("id"),
    }
}

roundsman_sdk::export!(RunCommand);

#[cfg(test)]
mod tests;
