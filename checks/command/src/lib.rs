//! Any granted command: how it ended, what it must or must not say, and numbers picked out of what it says.
#![forbid(unsafe_code)]

mod each;
mod exits;
mod judge;
mod options;
mod ran;

use roundsman_sdk::commands::{self, Command};
use roundsman_sdk::expect;
use roundsman_sdk::{Check, Descriptor, Failure, Measure, MetricInfo, Need, Outcome, Problem, Unit};

use each::{Each, Time};
use options::Options;
use ran::Ran;

/// The label of the metrics below where there is a command for each of many things; a descriptor cannot have the operator's.
const EACH: &str = "each";
const DURATION: Measure = Measure::gauge("duration", Unit::Seconds, "how long the command ran").labels(&[EACH]);
const EXIT_CODE: Measure =
    Measure::gauge("exit_code", Unit::Number, "what it returned; no series where a signal ended it")
        .between(0.0, 255.0)
        .labels(&[EACH]);
const LINES: Measure = Measure::gauge("lines", Unit::Number, "lines of its standard output").labels(&[EACH]);

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
        exits::replaced(key, config).or_else(|| expect::replaced(key, config))
    }

    fn needs(options: &Options) -> Vec<Need> {
        let named = options.argv.iter().map(|argv| Need::command(argv, "the options name this command"));
        let things = options.each.iter().map(|each| Need::metadata(&each.glob, "the command runs for each of these"));
        named.chain(things).chain(options.wanted().needs()).collect()
    }

    fn metrics(options: &Options) -> Option<Vec<MetricInfo>> {
        options.other_series.is_none().then(|| options.declared())
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        match &options.each {
            Some(each) => Ok(judge::many(&each.label, run_each(each, &options)?, &options)),
            None => {
                let command = choose(&options)?;
                let completed = command.run()?;
                Ok(judge::one(Ran::of(command, &completed, &options), &options))
            }
        }
    }
}

fn run_each(each: &Each, options: &Options) -> Result<Vec<judge::Looked>, Failure> {
    let things = each.things(options.id.as_deref())?;
    let mut time = Time::of_run();
    let mut run = |command: Command| {
        if !time.is_left() {
            return Err(Failure::new("not looked at: limits.timeout leaves no time for it; a larger one does"));
        }
        let completed = time.spend(|| command.run())?;
        Ok(Ran::of(command, &completed, options))
    };
    Ok(things.into_iter().map(|(name, command)| (name, command.and_then(&mut run))).collect())
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
