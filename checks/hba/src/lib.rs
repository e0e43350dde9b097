//! Ports of Fibre Channel host bus adapters: their state, speed, names, and errors as rates.
#![forbid(unsafe_code)]

mod judge;
mod options;
mod port;

use std::collections::BTreeMap;

use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, OptionInfo, Outcome, Unit, ValueType, files, rates};

use options::Options;
use port::{COUNTERS, Port};

/// Below this, a directory for each port.
const HOSTS: &str = "/sys/class/fc_host";

/// What is read of each port.
const PATTERNS: [(&str, &str); 5] = [
    ("/sys/class/fc_host/*/port_state", "whether a port is online"),
    ("/sys/class/fc_host/*/speed", "the speed that a port has negotiated"),
    ("/sys/class/fc_host/*/port_name", "the name of a port in the fabric"),
    ("/sys/class/fc_host/*/node_name", "the name of the adapter in the fabric"),
    ("/sys/class/fc_host/*/statistics/*", "the error counters of a port"),
];

const ONLINE: Measure =
    Measure::gauge("online", Unit::Number, "1 where the port is online, else 0").labels(&["port"]).between(0.0, 1.0);
const SPEED: Measure =
    Measure::gauge("speed", Unit::Other(std::borrow::Cow::Borrowed("Gbit/s")), "negotiated; none where it is not")
        .labels(&["port"]);

/// The check; see README.md for its options and metrics.
pub struct Hba;

impl Check for Hba {
    type Options = Options;

    fn describe() -> Descriptor {
        use ValueType::{Integer, Texts};
        let descriptor = Descriptor::new("hba", env!("CARGO_PKG_VERSION"), "state and errors of Fibre Channel ports")
            .option(OptionInfo::new("expected", Integer, "ports that must be there; fewer are CRITICAL").or(0))
            .option(
                OptionInfo::new("ignore", Texts, "ports that may be in any state, by host or port name").or([(); 0]),
            )
            .metric(&ONLINE)
            .metric(&SPEED);
        let descriptor = COUNTERS.iter().fold(descriptor, |all, counter| all.metric(&counter.rate));
        PATTERNS.iter().fold(descriptor, |all, (pattern, reason)| all.need(Need::files(pattern, reason)))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let ports: Vec<Port> = look()?.iter().map(|(name, files)| Port::parse(name, files)).collect();
        let counters = ports.iter().flat_map(Port::counters);
        let rates = rates::per_second("statistics", counters)?;
        Ok(judge::judge(&ports, &rates, &options))
    }
}

/// The files of one port by their path below its directory.
type Files = BTreeMap<String, Result<String, String>>;

/// The ports by name, such as `host3`, with their files.
fn look() -> Result<BTreeMap<String, Files>, Failure> {
    let mut ports: BTreeMap<String, Files> = BTreeMap::new();
    for (pattern, _) in PATTERNS {
        for (path, text) in files::read_glob_text(pattern)? {
            let below = path.strip_prefix(HOSTS).and_then(|rest| rest.strip_prefix('/'));
            if let Some((port, file)) = below.and_then(|rest| rest.split_once('/')) {
                let text = text.map_err(|error| error.to_string());
                ports.entry(port.to_owned()).or_default().insert(file.to_owned(), text);
            }
        }
    }
    Ok(ports)
}

roundsman_sdk::export!(Hba);

#[cfg(test)]
mod tests;
