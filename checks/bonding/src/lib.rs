//! Bonded network interfaces: links of each, and whether the other end takes part.
#![forbid(unsafe_code)]

mod bond;
mod judge;
mod options;

use roundsman_sdk::parse::Field;
use roundsman_sdk::{Check, Context, Descriptor, Failure, Measure, Need, Outcome, Unit, files, tree};

use options::Options;

const BONDS: &str = "/proc/net/bonding/*";
/// Below this, a directory for each interface.
const INTERFACES: &str = "/sys/class/net";
/// The state of a link in LACP (IEEE 802.1AX), as bits, or `N/A` in other modes. `/proc/net/bonding` tells the other end to root
/// alone; this is told to all.
const LACP: &str = "*/bonding_slave/ad_actor_oper_port_state";
/// The bit that says that nothing was heard of the other end.
const DEFAULTED: u8 = 0x40;

const LINKS: Measure = Measure::gauge("links", Unit::Number, "links of the bond").labels(&["bond"]);
const LINKS_UP: Measure = Measure::gauge("links_up", Unit::Number, "links of the bond that are up").labels(&["bond"]);
const UP: Measure = of_link(Measure::gauge("up", Unit::Number, "1 where the link is up, else 0")).between(0.0, 1.0);
const FAILURES: Measure = of_link(Measure::counter("failures", Unit::Number, "times that the link went down"));
const CHURNED: Measure =
    of_link(Measure::counter("churned", Unit::Number, "times that both ends of LACP did not agree in time"));

const fn of_link(measure: Measure) -> Measure {
    measure.labels(&["bond", "link"])
}

/// The check; see README.md for its options and metrics.
pub struct Bonding;

impl Check for Bonding {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor = Descriptor::new(
            "bonding",
            env!("CARGO_PKG_VERSION"),
            "bonded network interfaces, their links and LACP partners",
        );
        let descriptor = [&LINKS, &LINKS_UP, &UP, &FAILURES, &CHURNED].into_iter().fold(descriptor, Descriptor::metric);
        descriptor
            .need(Need::files(BONDS, "the kernel tells the links of each bond here"))
            .need(Need::files(&format!("{INTERFACES}/{LACP}"), "whether the other end of a link takes part in LACP"))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let partners = partners()?;
        let mut bonds = Vec::new();
        for (path, text) in files::read_glob_text(BONDS)? {
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let seen = match text {
                // It was removed meanwhile.
                Err(error) if error.is_not_found() => continue,
                Err(error) => Err(Failure::from(error)),
                Ok(text) => bond::parse(&text).context(&path),
            };
            bonds.push((name, seen));
        }
        Ok(judge::judge(&bonds, &partners, &options))
    }
}

/// A link in LACP, and whether the other end was heard of.
type Partner = (String, Result<bool, Failure>);

/// All links in LACP.
fn partners() -> Result<Vec<Partner>, Failure> {
    let mut all = Vec::new();
    for link in tree::read(INTERFACES, &[LACP])?.things {
        let bits = |field: &Field| if field.text() == "N/A" { Ok(None) } else { field.integer::<u8>().map(Some) };
        match link.parsed("bonding_slave/ad_actor_oper_port_state", bits) {
            Ok(bits) => all.extend(bits.flatten().map(|bits| (link.name, Ok(bits & DEFAULTED == 0)))),
            Err(failure) => all.push((link.name, Err(failure))),
        }
    }
    Ok(all)
}

roundsman_sdk::export!(Bonding);

#[cfg(test)]
mod tests;
