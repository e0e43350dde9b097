//! Messages that wait in the queue of a mail server, and how long the oldest one has.
#![forbid(unsafe_code)]

mod exim;
mod judge;
mod options;
mod postfix;
mod queue;

use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Unit, clock, commands};

use options::Options;
use queue::Queues;

const MESSAGES: Measure = Measure::gauge("messages", Unit::Number, "that wait in the queue").labels(&["queue"]);
const OLDEST_AGE: Measure =
    Measure::gauge("oldest_age", Unit::Seconds, "how long the oldest message has waited; none in an empty queue")
        .labels(&["queue"]);
const SIZE: Measure = Measure::gauge("size", Unit::Bytes, "of the messages").labels(&["queue"]);

/// The check; see README.md for its options and metrics.
pub struct Mailqueue;

impl Check for Mailqueue {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("mailqueue", env!("CARGO_PKG_VERSION"), "messages that wait in a mail server's queue")
            .metric(&MESSAGES)
            .metric(&OLDEST_AGE)
            .metric(&SIZE)
            .need(
                Need::command(&["/usr/sbin/postqueue", "-j"], "Postfix lists its queues; or else Exim below")
                    .optional(),
            )
            .need(Need::command(&["/usr/sbin/exim", "-bp"], "Exim lists its queue").optional())
    }

    fn run(_: Options) -> Result<Outcome, Failure> {
        let command = commands::only_granted("")?;
        let queues = command.parsed(|printed| parse(printed, command.argv()))?;
        Ok(judge::judge(&queues, clock::now() / 1_000_000_000))
    }
}

/// Reads what a server printed. Which one it is, its words and its arguments tell.
fn parse(printed: &str, argv: &[String]) -> Result<Queues, roundsman_sdk::parse::ParseError> {
    let first = printed.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.starts_with('{') || argv.iter().any(|it| it == "-j") {
        return postfix::json(printed);
    }
    if first.starts_with("-Queue ID-") || first.starts_with("Mail queue is empty") {
        return postfix::table(printed);
    }
    if argv.iter().any(|it| it == "-bpc") { exim::count(printed) } else { exim::list(printed) }
}

roundsman_sdk::export!(Mailqueue);

#[cfg(test)]
mod tests;
