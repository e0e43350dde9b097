//! Updates of packages that wait to be installed, and how old the lists are that tell so.
#![forbid(unsafe_code)]

mod apt;
mod dnf;
mod judge;
mod lists;
mod options;
mod pending;
mod zypper;

use roundsman_sdk::commands::{self, Command, Ending, GrantedCommand};
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Range, Unit, clock};

use options::Options;
use pending::Pending;

const PENDING: Measure =
    Measure::gauge("pending", Unit::Number, "packages that wait to be updated").labels(&["manager"]);
const SECURITY: Measure =
    Measure::gauge("security", Unit::Number, "those of them that mend a fault of security").labels(&["manager"]);
const HELD_BACK: Measure =
    Measure::gauge("held_back", Unit::Number, "packages that this kind of update leaves as they are")
        .labels(&["manager"]);
/// Lists are fetched once a day as a rule, at a time that is drawn anew each day.
const LISTS_AGE: Measure = Measure::gauge("lists_age", Unit::Seconds, "since the lists of packages were fetched last")
    .warning(Range::up_to(2.0 * 86_400.0));

/// The check; see README.md for its options and metrics.
pub struct Updates;

impl Check for Updates {
    type Options = Options;

    fn describe() -> Descriptor {
        let apt = ["/usr/bin/apt-get", "-s", "-o", "Debug::NoLocking=true", "dist-upgrade"];
        let dnf = ["/usr/bin/dnf", "-C", "-q", "updateinfo", "list", "--updates"];
        let zypper = ["/usr/bin/zypper", "--non-interactive", "--no-refresh", "list-patches"];
        let descriptor = Descriptor::new(
            "updates",
            env!("CARGO_PKG_VERSION"),
            "updates of packages that wait, and the age of the lists",
        )
        .metric(&PENDING)
        .metric(&SECURITY)
        .metric(&HELD_BACK)
        .metric(&LISTS_AGE)
        .need(Need::command(&apt, "apt tells what it would do, and does nothing").optional())
        .need(Need::command(&dnf, "dnf tells it from what it has, and fetches nothing").optional())
        .need(Need::command(&zypper, "zypper tells it from what it has, and fetches nothing").optional());
        lists::PLACES
            .iter()
            .chain([&lists::OF_ZYPPER])
            .fold(descriptor, |all, place| all.need(Need::metadata(place, "when the lists were fetched").optional()))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let granted = commands::all_granted()?;
        let managers: Vec<(String, Result<Pending, Failure>)> =
            granted.iter().map(|it| (name(it), pending(it))).collect();
        let fetched = lists::fetched();
        Ok(judge::judge(&managers, fetched, clock::now() / 1_000_000_000, &options))
    }
}

/// Returns the name of the program, such as `apt-get`.
fn name(granted: &GrantedCommand) -> String {
    let program = granted.argv.first().map(String::as_str).unwrap_or_default();
    program.rsplit('/').next().unwrap_or_default().to_owned()
}

fn pending(granted: &GrantedCommand) -> Result<Pending, Failure> {
    let command = Command::new(granted.argv.iter().cloned());
    let completed = command.run()?;
    let name = name(granted);
    let is_apt = name.starts_with("apt");
    // dnf says by 100 that there are updates (dnf(8), check-update).
    let code = if is_apt || completed.ending != Ending::Code(100) { 0 } else { 100 };
    if completed.ending != Ending::Code(code) {
        return Err(completed.failure(&command));
    }
    let text = completed.text(&command)?;
    match name.as_str() {
        "zypper" => command.read(text, zypper::parse),
        _ if is_apt => command.read(text, apt::parse),
        _ => command.read(text, dnf::parse),
    }
}

roundsman_sdk::export!(Updates);

#[cfg(test)]
mod tests;
