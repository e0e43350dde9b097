//! Any granted command: how it ended, what it must or must not say, and numbers picked out of what it says.
#![forbid(unsafe_code)]

mod judge;
mod options;

use roundsman_sdk::commands::{self, Command};
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, OptionInfo, Outcome, Problem, Status, Unit, ValueType};

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
        use ValueType::{Integer, Integers, Tables, Text, Texts};
        let option = |key, kind, help| OptionInfo::new(key, kind, help);
        Descriptor::new("command", env!("CARGO_PKG_VERSION"), "how a command ended and what it printed")
            .option(option("id", Text, "which granted command, by its id"))
            .option(option("argv", Texts, "which granted command, by its program and arguments"))
            .option(option("expected_exits", Integers, "exit codes that are in order").or([0]))
            .option(
                option("unexpected_exit", Text, "status of any other code but 126 and 127, and of a signal")
                    .or(Status::Critical),
            )
            .option(option("empty_output", Text, "status of a command that prints nothing").or(Status::Ok))
            .option(option("must_contain", Texts, "patterns that a line of its output must match").or([(); 0]))
            .option(option("missing_text", Text, "status where no line matches one of them").or(Status::Critical))
            .option(option("must_not_contain", Texts, "patterns that no line of its output may match").or([(); 0]))
            .option(option("forbidden_text", Text, "status where a line matches one of them").or(Status::Critical))
            .option(option("numbers", Tables, "metrics to pick out of its output").or([(); 0]))
            .option(option("lines", Integer, "lines of output and of errors shown in details, of each").or(100))
            .metric(&DURATION)
            .metric(&EXIT_CODE)
            .metric(&LINES)
            .free_metrics()
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn needs(options: &Options) -> Vec<Need> {
        options.argv.iter().map(|argv| Need::command(argv, "the options name this command")).collect()
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
