//! Disks that a host reaches by several paths: how many of them each map has, and how many work.
#![forbid(unsafe_code)]

mod judge;
mod map;
mod options;
mod paths;

use roundsman_sdk::parse::ParseError;
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Unit, commands};

use map::Map;
use options::Options;

const PATHS: Measure = Measure::gauge("paths", Unit::Number, "that the map has").labels(&["map"]);
const USABLE: Measure = Measure::gauge("usable_paths", Unit::Number, "those of them that work").labels(&["map"]);
const FAULTS: Measure =
    Measure::counter("path_faults", Unit::Number, "failures of paths since the map was made").labels(&["map"]);

/// The check; see README.md for its options and metrics.
pub struct Multipath;

impl Check for Multipath {
    type Options = Options;

    fn describe() -> Descriptor {
        let json = ["/usr/sbin/multipathd", "show", "maps", "json"];
        Descriptor::new("multipath", env!("CARGO_PKG_VERSION"), "paths of multipath maps, and whether they work")
            .metric(&PATHS)
            .metric(&USABLE)
            .metric(&FAULTS)
            .need(
                Need::command(&json, "the daemon tells maps and paths; of versions without json see the README")
                    .optional(),
            )
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let command = commands::only_granted("")?;
        let maps = command.parsed(parse)?;
        Ok(judge::judge(&maps, &options))
    }
}

/// Reads what the daemon printed, in either format.
fn parse(printed: &str) -> Result<Vec<Map>, ParseError> {
    if printed.trim_start().starts_with('{') { map::parse(printed) } else { paths::parse(printed) }
}

roundsman_sdk::export!(Multipath);

#[cfg(test)]
mod tests;
