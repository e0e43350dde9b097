//! The newest backup: how old it is, how large, and how many there are, from restic, borg, or files.
#![forbid(unsafe_code)]

mod borg;
mod files_of;
mod item;
mod judge;
mod options;
mod restic;

use roundsman_sdk::parse::{ParseError, document};
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Problem, Range, Unit, clock, commands};

use item::Item;
use options::Options;

/// An hour more than a day, and than two: a backup that is made each night takes longer now and then.
const AGE: Measure = Measure::gauge("age", Unit::Seconds, "of the newest backup")
    .labels(&["backup"])
    .warning(Range::up_to(25.0 * 3_600.0))
    .critical(Range::up_to(49.0 * 3_600.0));
const BACKUPS: Measure = Measure::gauge("backups", Unit::Number, "that there are").labels(&["backup"]);
const SIZE: Measure =
    Measure::gauge("size", Unit::Bytes, "of the newest backup, where that is told").labels(&["backup"]);

/// The check; see README.md for its options and metrics.
pub struct Backup;

impl Check for Backup {
    type Options = Options;

    fn describe() -> Descriptor {
        let restic = ["/usr/bin/restic", "snapshots", "--json", "--no-lock"];
        Descriptor::new(
            "backup",
            env!("CARGO_PKG_VERSION"),
            "age, size and number of backups of restic, borg, or as files",
        )
        .metric(&AGE)
        .metric(&BACKUPS)
        .metric(&SIZE)
        .need(
            Need::command(&restic, "restic lists its snapshots; or else borg below, or the files that you name")
                .optional(),
        )
        .need(Need::command_pattern(&["/usr/bin/borg", "list", "--json", "*"], "borg lists its archives").optional())
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let items = if options.files.is_empty() { repository()? } else { files_of::items(&options.files)? };
        Ok(judge::judge(&items, clock::now() / 1_000_000_000, &options))
    }
}

/// Runs the granted command, and reads what it lists of its repository.
fn repository() -> Result<Vec<Item>, Failure> {
    let command = commands::only_granted("files")?;
    command.parsed(|printed| parse(printed, clock::utc_offset()))
}

/// Reads a list of restic or of borg, which differ in their outermost value. `offset` is of local time, in seconds.
fn parse(printed: &str, offset: i32) -> Result<Vec<Item>, ParseError> {
    let document = document(printed)?;
    let root = document.root();
    if root.items().is_ok() { restic::items(&root) } else { borg::items(&root, offset) }
}

roundsman_sdk::export!(Backup);

#[cfg(test)]
mod tests;
