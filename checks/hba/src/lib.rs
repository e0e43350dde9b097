//! Ports of Fibre Channel host bus adapters: their state, speed, names, and errors as rates.
#![forbid(unsafe_code)]

mod judge;
mod options;
mod port;

use roundsman_sdk::rates::{self, Rates};
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Unit, files};

use options::Options;
use port::{COUNTERS, Port};

/// Below this, a directory for each port.
const HOSTS: &str = "/sys/class/fc_host";

/// The part of the verdict that needs what the run before kept.
const RATES: &str = "rates";

/// Files that are read for each port.
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
        let descriptor = Descriptor::new("hba", env!("CARGO_PKG_VERSION"), "state and errors of Fibre Channel ports")
            .metric(&ONLINE)
            .metric(&SPEED);
        let descriptor = COUNTERS.iter().fold(descriptor, |all, counter| all.metric(&counter.rate));
        PATTERNS.iter().fold(descriptor, |all, (pattern, reason)| all.need(Need::files(pattern, reason)))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let Seen { ports, mut broken } = look()?;
        let ports: Vec<Port> = ports.iter().map(|(name, files)| Port::parse(name, files)).collect();
        let counters = ports.iter().flat_map(Port::counters);
        let rates = rates::per_second("statistics", counters).unwrap_or_else(|error| {
            broken.push((RATES, error.to_string()));
            Rates::default()
        });
        Ok(judge::judge(&ports, &rates, &broken, &options))
    }
}

/// The files of one port by their path below its directory.
type Files = Vec<(String, Result<String, String>)>;

/// The ports of the host, as far as they could be read.
struct Seen {
    /// The ports by name, such as `host3`, with their files.
    ports: Vec<(String, Files)>,
    /// Parts that could not be judged for any port, each with the reason.
    broken: Vec<(&'static str, String)>,
}

fn look() -> Result<Seen, Failure> {
    let (mut ports, mut broken): (Vec<(String, Files)>, _) = (Vec::new(), Vec::new());
    for (pattern, _) in PATTERNS {
        let all = match files::read_glob_text(pattern) {
            // What to grant is said with the failure.
            Err(error) if error.is_denied() => return Err(error.into()),
            Err(error) => {
                broken.push((pattern, error.to_string()));
                continue;
            }
            Ok(all) => all,
        };
        for (path, text) in all {
            let below = path.strip_prefix(HOSTS).and_then(|rest| rest.strip_prefix('/'));
            if let Some((port, file)) = below.and_then(|rest| rest.split_once('/')) {
                let at = ports.iter().position(|(name, _)| name == port).unwrap_or_else(|| {
                    ports.push((port.to_owned(), Files::new()));
                    ports.len() - 1
                });
                ports[at].1.push((file.to_owned(), text.map_err(|error| error.to_string())));
            }
        }
    }
    Ok(Seen { ports, broken })
}

roundsman_sdk::export!(Hba);

#[cfg(test)]
mod tests;
