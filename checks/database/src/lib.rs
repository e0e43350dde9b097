//! Numbers out of a database: the rows that its client prints for a query.
#![forbid(unsafe_code)]

mod judge;
mod options;
mod query;
mod table;

use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Problem, Unit};

use options::Options;

const LABELS: &[&str] = &["query", "row"];

const VALUE: Measure = Measure::gauge("value", Unit::Number, "the last column of a row").labels(LABELS);
const ROWS: Measure = Measure::gauge("rows", Unit::Number, "that the query brought").labels(LABELS);
const DURATION: Measure =
    Measure::gauge("duration", Unit::Seconds, "how long the client took, with its connection").labels(LABELS);

/// The check; see README.md for its options and metrics.
pub struct Database;

impl Check for Database {
    type Options = Options;

    fn describe() -> Descriptor {
        let psql = ["/usr/bin/psql", "-X", "-A", "-t", "-F", "\t", "-c", "*"];
        Descriptor::new("database", env!("CARGO_PKG_VERSION"), "numbers that a database's client prints for a query")
            .metric(&VALUE)
            .metric(&ROWS)
            .metric(&DURATION)
            .need(Need::command_pattern(&psql, "the client of your database, with your query").optional())
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let queries = query::read()?;
        Ok(judge::judge(&queries, &options))
    }
}

roundsman_sdk::export!(Database);

#[cfg(test)]
mod tests;
