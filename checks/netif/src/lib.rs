//! Network interfaces: up or down, speed, traffic, errors and drops as rates.
#![forbid(unsafe_code)]

mod counters;
mod interface;
mod judge;
mod options;
mod seen_up;

use std::borrow::Cow;

use roundsman_sdk::rates;
use roundsman_sdk::{Check, Context, Descriptor, Failure, Measure, Need, Outcome, Unit, files, tree};

use options::Options;

/// The counters of every interface in one file (proc(5)).
const COUNTERS: &str = "/proc/net/dev";
/// Below this, a directory for each interface.
const INTERFACES: &str = "/sys/class/net";
/// Files that are read for each interface, one a call.
const FILES: [(&str, &str); 4] = [
    ("*/operstate", "whether an interface is up"),
    ("*/flags", "whether the operator has switched it on"),
    ("*/speed", "the speed that it has negotiated"),
    ("*/carrier_changes", "how often its link came and went"),
];

const UP: Measure = of_interface("up", Unit::Number, "1 where the interface is up, else 0").between(0.0, 1.0);
const SPEED: Measure = of_interface("speed", Unit::Other(Cow::Borrowed("Mbit/s")), "negotiated; none where it is not");
const CHANGES: Measure =
    Measure::counter("carrier_changes", Unit::Number, "times that the link came or went").labels(&["interface"]);
const USED: Measure =
    of_interface("used_percent", Unit::Percent, "traffic of the busier direction, of the speed").between(0.0, 100.0);

const fn of_interface(name: &'static str, unit: Unit, help: &'static str) -> Measure {
    Measure::gauge(name, unit, help).labels(&["interface"])
}

/// The check; see README.md for its options and metrics.
pub struct Netif;

impl Check for Netif {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor =
            Descriptor::new("netif", env!("CARGO_PKG_VERSION"), "network interfaces: state, traffic, errors and drops");
        let descriptor = [&UP, &SPEED, &CHANGES, &USED].into_iter().fold(descriptor, Descriptor::metric);
        let descriptor = counters::RATES.iter().fold(descriptor, |all, (_, rate)| all.metric(rate));
        let descriptor = descriptor.need(Need::files(COUNTERS, "the kernel counts traffic, errors and drops here"));
        FILES.iter().fold(descriptor, |all, (file, why)| all.need(Need::files(&format!("{INTERFACES}/{file}"), why)))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let tree = tree::read(INTERFACES, &FILES.map(|(file, _)| file))?;
        let counters = counters::parse(&files::read_text(COUNTERS)?).context(COUNTERS)?;
        let wanted = |name: &str| options.looks_at(name);
        let (rates, unkept) = rates::per_second_or_part("counters", counters::series(&counters, wanted));
        let interfaces = tree.things.iter().filter(|it| wanted(&it.name));
        let interfaces = interfaces.map(|it| (it.name.as_str(), interface::parse(it))).collect::<Vec<_>>();
        let (seen_up, forgotten) = seen_up::remember(&interfaces);
        Ok(judge::judge(&interfaces, &rates, &seen_up, &tree.errors, &options).subchecks(unkept).subchecks(forgotten))
    }
}

roundsman_sdk::export!(Netif);

#[cfg(test)]
mod tests;
