//! Units of systemd: those that failed, and those that must be active.
#![forbid(unsafe_code)]

mod judge;
mod options;
mod restarts;
mod units;

use roundsman_sdk::commands::Command;
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Unit};

use options::Options;
use restarts::Restarts;

const PROGRAM: &str = "systemctl";
/// JSON from systemd 246 on; older ones take the word and print the plain table.
const LIST: [&str; 7] =
    ["/usr/bin/systemctl", "list-units", "--all", "--plain", "--no-legend", "--full", "--output=json"];
/// Followed by the units that are expected.
const SHOW: [&str; 4] = ["/usr/bin/systemctl", "show", "--property=Id,NRestarts", "--"];

const UNITS: Measure = Measure::gauge("units", Unit::Number, "units that systemd has, by state").labels(&["state"]);
const ACTIVE: Measure = Measure::gauge("active", Unit::Number, "1 where the expected unit is active, else 0")
    .labels(&["unit"])
    .between(0.0, 1.0);
const RESTARTS: Measure =
    Measure::counter("restarts", Unit::Number, "restarts of the expected unit by systemd itself").labels(&["unit"]);

/// The check; see README.md for its options and metrics.
pub struct Systemd;

impl Check for Systemd {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("systemd", env!("CARGO_PKG_VERSION"), "units of systemd: failed ones, and those that must run")
            .metric(&UNITS)
            .metric(&ACTIVE)
            .metric(&RESTARTS)
            .need(Need::command(&LIST, "systemd tells the state of its units by it"))
    }

    fn needs(options: &Options) -> Vec<Need> {
        let needed = options.restarts && !options.expected.is_empty();
        needed.then(|| Need::command(&show(options), "restarts of the expected units")).into_iter().collect()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let units = by_name(LIST.map(str::to_owned).to_vec()).parsed(units::parse)?;
        Ok(judge::judge(&units, restarts(&options).as_ref(), &options))
    }
}

/// Reads how often the expected units were restarted; `None` if the option is off.
fn restarts(options: &Options) -> Option<Result<Restarts, Failure>> {
    if !options.restarts || options.expected.is_empty() {
        return None;
    }
    Some(by_name(show(options)).parsed(restarts::parse))
}

fn show(options: &Options) -> Vec<String> {
    SHOW.map(str::to_owned).into_iter().chain(options.expected()).collect()
}

/// The program by its file name: in which folder it is, the grant says.
fn by_name(mut argv: Vec<String>) -> Command {
    argv[0] = PROGRAM.to_owned();
    Command::new(argv)
}

roundsman_sdk::export!(Systemd);

#[cfg(test)]
mod tests;
