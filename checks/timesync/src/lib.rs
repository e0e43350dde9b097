//! Time of the host: whether it follows a source, and by how much it is off.
#![forbid(unsafe_code)]

mod chrony;
mod clock;
mod judge;
mod ntpq;
mod options;
mod timedatectl;
mod unsynchronised;

use roundsman_sdk::commands::Command;
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Range, Unit};

use options::{From, Options};

const TRACKING: [&str; 4] = ["/usr/bin/chronyc", "-n", "-c", "tracking"];
const SOURCES: [&str; 4] = ["/usr/bin/chronyc", "-n", "-c", "sources"];
const NTPQ_VARIABLES: [&str; 3] = ["/usr/bin/ntpq", "-c", "rv 0 leap,stratum,offset,rootdelay,rootdisp"];
const NTPQ_PEERS: [&str; 2] = ["/usr/bin/ntpq", "-pn"];
const TIMEDATECTL: [&str; 2] = ["/usr/bin/timedatectl", "show"];

const SYNCHRONISED: Measure =
    Measure::gauge("synchronised", Unit::Number, "1 where the clock follows a source, else 0").between(0.0, 1.0);
const OFFSET: Measure = Measure::gauge("offset", Unit::Seconds, "time that the clock is ahead of its source")
    .warning(Range::between(-0.1, 0.1))
    .critical(Range::between(-1.0, 1.0));
const ROOT_DELAY: Measure = Measure::gauge("root_delay", Unit::Seconds, "way to the source of all time and back");
const ROOT_DISPERSION: Measure =
    Measure::gauge("root_dispersion", Unit::Seconds, "error that may have come up on this way");
const STRATUM: Measure = Measure::gauge("stratum", Unit::Number, "steps from the source of all time");
const SOURCE_OFFSET: Measure = of_source("source_offset", Unit::Seconds, "offset of the source when it last answered");
const SOURCE_STRATUM: Measure = of_source("source_stratum", Unit::Number, "stratum of the source");
const ANSWERS: Measure = of_source("answers", Unit::Number, "answers to the last 8 questions").between(0.0, 8.0);
const AGE: Measure = of_source("age", Unit::Seconds, "time since the last answer; none before the first one");

const fn of_source(name: &'static str, unit: Unit, help: &'static str) -> Measure {
    Measure::gauge(name, unit, help).labels(&["source"])
}

/// The check; see README.md for its options and metrics.
pub struct Timesync;

impl Check for Timesync {
    type Options = Options;

    fn describe() -> Descriptor {
        let metrics = [
            &SYNCHRONISED,
            &OFFSET,
            &ROOT_DELAY,
            &ROOT_DISPERSION,
            &STRATUM,
            &SOURCE_OFFSET,
            &SOURCE_STRATUM,
            &ANSWERS,
            &AGE,
        ];
        let descriptor =
            Descriptor::new("timesync", env!("CARGO_PKG_VERSION"), "time of the host: source, offset, stratum");
        metrics.into_iter().fold(descriptor, Descriptor::metric)
    }

    fn needs(options: &Options) -> Vec<Need> {
        match options.from {
            From::Chrony => vec![
                Need::command(&TRACKING, "whether and how chrony keeps the time"),
                Need::command(&SOURCES, "the sources that chrony asks"),
            ],
            From::Ntpq => vec![
                Need::command(&NTPQ_VARIABLES, "whether and how ntpd keeps the time"),
                Need::command(&NTPQ_PEERS, "the sources that ntpd asks"),
            ],
            From::Timedatectl => vec![Need::command(&TIMEDATECTL, "whether the clock is synchronised")],
        }
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let (clock, sources) = match options.from {
            From::Chrony => (read(&TRACKING, chrony::tracking)?, Some(read(&SOURCES, chrony::sources))),
            From::Ntpq => (read(&NTPQ_VARIABLES, ntpq::variables)?, Some(read(&NTPQ_PEERS, ntpq::peers))),
            From::Timedatectl => (read(&TIMEDATECTL, timedatectl::parse)?, None),
        };
        let (off_for, unkept) = unsynchronised::remember(clock.synchronised);
        Ok(judge::judge(&clock, sources, off_for, &options).subchecks(unkept))
    }
}

type Parse<T> = fn(&str) -> Result<T, roundsman_sdk::parse::ParseError>;

/// Runs a program by its file name: in which folder it is, the grant says.
fn read<T>(argv: &[&str], parse: Parse<T>) -> Result<T, Failure> {
    let name = argv[0].rsplit('/').next().unwrap_or(argv[0]);
    Command::new([&[name], &argv[1..]].concat()).parsed(parse)
}

roundsman_sdk::export!(Timesync);

#[cfg(test)]
mod tests;
