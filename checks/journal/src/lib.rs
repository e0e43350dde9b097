//! New entries of the journal of systemd, judged by patterns.
#![forbid(unsafe_code)]

mod entry;
mod judge;
mod options;
mod read;

use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Problem, Unit};

use options::Options;

const ENTRIES: Measure = Measure::gauge("entries", Unit::Number, "new ones since the run before");
const LINES: Measure = Measure::gauge("lines", Unit::Number, "new entries that match the pattern").labels(&["pattern"]);

/// The check; see README.md for its options and metrics.
pub struct Journal;

impl Check for Journal {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("journal", env!("CARGO_PKG_VERSION"), "new entries of the journal, judged by patterns")
            .metric(&ENTRIES)
            .metric(&LINES)
            .need(Need::command(&read::NEWEST, "where to begin").optional())
            .need(Need::command_pattern(&read::SINCE, "the entries since then").optional())
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let new = read::new()?;
        Ok(judge::judge(&new, &options))
    }
}

roundsman_sdk::export!(Journal);

#[cfg(test)]
mod tests;
