//! `/proc/net/bonding/BOND` (the kernel's bonding.rst): facts of the bond, then a block for each of its links.

use roundsman_sdk::parse::{Field, ParseError, lines};

#[derive(Debug, PartialEq)]
pub struct Bond {
    /// Such as `IEEE 802.3ad Dynamic link aggregation`.
    pub mode: String,
    pub up: bool,
    /// Whether the bond watches its links: if not, a failed link stays in use.
    pub watched: bool,
    /// The link that is used, in modes that use one at a time.
    pub active: Option<String>,
    pub links: Vec<Link>,
}

#[derive(Debug, PartialEq)]
pub struct Link {
    pub name: String,
    /// Such as `up`, `down` and `going back`.
    pub state: String,
    /// Such as `10000 Mbps`; `None` where none is known.
    pub speed: Option<String>,
    pub failures: u64,
    /// LACP data, in modes that have it.
    pub aggregator: Option<u64>,
    pub churned: Option<u64>,
}

impl Link {
    pub fn is_up(&self) -> bool {
        self.state == "up"
    }
}

/// Keys are with the text of the kernel's `bond_procfs.c`.
pub fn parse(text: &str) -> Result<Bond, ParseError> {
    let pairs: Vec<(Field, Field)> = lines(text).filter_map(|line| line.split_once(':').ok()).collect();
    let blocks: Vec<usize> = (0..pairs.len()).filter(|at| pairs[*at].0.text() == "Slave Interface").collect();
    let end = |at: usize| blocks.get(at).copied().unwrap_or(pairs.len());
    let head = &pairs[..end(0)];
    let links = (0..blocks.len()).map(|at| link(&pairs[end(at)..end(at + 1)]));
    let milliseconds = |key: &str| find(head, key).map_or(Ok(0), |it| it.integer::<u64>());
    Ok(Bond {
        mode: get(head, "Bonding Mode")?.text().to_owned(),
        up: get(head, "MII Status")?.text() == "up",
        watched: milliseconds("MII Polling Interval (ms)")? > 0 || milliseconds("ARP Polling Interval (ms)")? > 0,
        active: find(head, "Currently Active Slave").map(|it| it.text().to_owned()).filter(|it| it != "None"),
        links: links.collect::<Result<_, _>>()?,
    })
}

fn link(pairs: &[(Field, Field)]) -> Result<Link, ParseError> {
    let number = |key: &str| find(pairs, key).map(|it| it.integer::<u64>()).transpose();
    let churned = (number("Actor Churned Count")?, number("Partner Churned Count")?);
    Ok(Link {
        name: get(pairs, "Slave Interface")?.text().to_owned(),
        state: get(pairs, "MII Status")?.text().to_owned(),
        speed: find(pairs, "Speed").map(|it| it.text().to_owned()).filter(|it| it != "Unknown"),
        failures: get(pairs, "Link Failure Count")?.integer()?,
        aggregator: number("Aggregator ID")?,
        churned: churned.0.zip(churned.1).map(|(actor, partner)| actor.saturating_add(partner)),
    })
}

fn find<'a>(pairs: &[(Field<'a>, Field<'a>)], key: &str) -> Option<Field<'a>> {
    pairs.iter().find(|(it, _)| it.text() == key).map(|(_, value)| value.trimmed())
}

fn get<'a>(pairs: &[(Field<'a>, Field<'a>)], key: &str) -> Result<Field<'a>, ParseError> {
    let missing = || match pairs.first().filter(|(it, _)| it.text() == "Slave Interface") {
        Some((_, link)) => ParseError::whole(format!("there is no line \"{key}\" of the link{}", link.text())),
        None => ParseError::whole(format!("there is no line \"{key}\"")),
    };
    find(pairs, key).ok_or_else(missing)
}
