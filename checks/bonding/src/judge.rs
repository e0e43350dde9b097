//! From the bonds to what is reported of them.

use roundsman_sdk::text::count;
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::bond::{Bond, Link};
use crate::options::Options;
use crate::{CHURNED, FAILURES, LINKS, LINKS_UP, Partner, UP};

pub fn judge(bonds: &[(String, Result<Bond, Failure>)], partners: &[Partner], options: &Options) -> Outcome {
    let links: Vec<&Link> = bonds.iter().filter_map(|(_, seen)| seen.as_ref().ok()).flat_map(|it| &it.links).collect();
    let up = links.iter().filter(|it| it.is_up()).count();
    let mut outcome = Outcome::new(match bonds.len() {
        0 => "no bonds".to_owned(),
        all => format!("{}, {up} of {} up", count(all, "bond"), count(links.len(), "link")),
    });
    for (name, seen) in bonds {
        let part = seen.as_ref().map(|bond| part(name, bond, partners, options)).map_err(Failure::clone);
        outcome = outcome.part("bond", name, part);
        for link in seen.iter().flat_map(|bond| &bond.links) {
            outcome = with_link(outcome, name, link, partner(partners, link), options);
        }
    }
    for name in options.expected.keys().filter(|name| !bonds.iter().any(|(it, _)| it == *name)) {
        outcome = outcome.subcheck(Subcheck::new("bond", name, "there is no such bond").judged(Status::Critical));
    }
    outcome.bounded("links")
}

/// Tells whether an LACP link has a partner; `None` in other modes.
fn partner<'a>(partners: &'a [Partner], link: &Link) -> Option<&'a Result<bool, Failure>> {
    partners.iter().find(|(name, _)| *name == link.name).map(|(_, heard)| heard)
}

fn part(name: &str, bond: &Bond, partners: &[Partner], options: &Options) -> Part {
    let up: Vec<&Link> = bond.links.iter().filter(|it| it.is_up()).collect();
    let mut facts = vec![bond.mode.clone(), format!("{} of {} up", up.len(), count(bond.links.len(), "link"))];
    let mut status = Status::Ok;
    let mut wrong = |is: Status, text: String| {
        status = status.worse(is);
        facts.push(text);
    };
    if !bond.up || up.is_empty() {
        wrong(Status::Critical, "down".into());
    }
    let deaf = |link: &&Link| matches!(partner(partners, link), Some(Ok(false)));
    if !up.is_empty() && up.iter().all(deaf) {
        wrong(Status::Critical, "no LACP partner: the switch does not bond these ports".into());
    }
    let mut aggregators: Vec<u64> = up.iter().filter_map(|it| it.aggregator).collect();
    aggregators.sort_unstable();
    aggregators.dedup();
    if aggregators.len() > 1 {
        let text = format!("its links are in {} aggregators, of which one is used", aggregators.len());
        wrong(Status::Warning, text);
    }
    if let Some(expected) = options.expected.get(name).filter(|expected| bond.links.len() < **expected) {
        wrong(Status::Warning, format!("{expected} links expected"));
    }
    let mut speeds: Vec<&str> = up.iter().filter_map(|it| it.speed.as_deref()).collect();
    speeds.sort_unstable();
    speeds.dedup();
    facts.extend((speeds.len() > 1).then(|| format!("mixed speeds: {}", speeds.join(", "))));
    facts.extend(bond.active.as_ref().map(|active| format!("{active} is active")));
    facts.extend((!bond.watched).then(|| "links are not watched (miimon 0)".to_owned()));
    let part = Part::new(facts.join(", ")).judged(status);
    part.metric(LINKS.count(bond.links.len() as u64)).metric(LINKS_UP.count(up.len() as u64))
}

fn with_link(
    outcome: Outcome,
    bond: &str,
    link: &Link,
    partner: Option<&Result<bool, Failure>>,
    options: &Options,
) -> Outcome {
    let ignored = options.ignore.contains(&link.name);
    let mut facts = vec![link.state.clone()];
    facts.extend(link.speed.clone());
    let mut status = if link.is_up() { Status::Ok } else { Status::Warning };
    match partner {
        Some(Ok(false)) if link.is_up() => {
            facts.push("no LACP partner".into());
            status = Status::Warning;
        }
        Some(Err(failure)) => {
            facts.push(failure.message.clone());
            status = status.worse(Status::Unknown);
        }
        _ => {}
    }
    if ignored {
        facts.push("ignored".into());
        status = Status::Ok;
    }
    let labelled = |metric: roundsman_sdk::Metric| metric.label("bond", bond).label("link", &link.name);
    outcome
        .subcheck(Subcheck::new("bond", bond, facts.join(", ")).label("link", &link.name).judged(status))
        .metric(labelled(UP.count(link.is_up().into())))
        .metric(labelled(FAILURES.count(link.failures)))
        .metrics(link.churned.map(|it| labelled(CHURNED.count(it))))
}
