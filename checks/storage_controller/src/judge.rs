//! From what belongs to the controllers to what is reported.

use roundsman_sdk::glob::{any, matches};
use roundsman_sdk::text::count;
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::options::Options;
use crate::thing::{Thing, Things};
use crate::{MEDIA_ERRORS, OTHER_ERRORS, PREDICTIVE_FAILURES, TEMPERATURE};

/// Reports each of them; `failed` are commands that told nothing.
pub fn judge(things: &Things, failed: &[(String, Failure)], options: &Options) -> Outcome {
    let number = |kind: &str| things.0.iter().filter(|(label, _)| label.contains(kind)).count();
    let (volumes, disks) = (count(number("volume "), "volume"), count(number("disk "), "disk"));
    let not_well = things.0.iter().filter(|(label, it)| status(label, it, options) != Status::Ok).count();
    let more = if not_well > 0 { format!(", {not_well} not in order") } else { String::new() };
    let mut outcome = Outcome::new(format!("{volumes} and {disks}{more}"));
    for (label, thing) in &things.0 {
        outcome = outcome.part("thing", label, part(label, thing, options));
    }
    for wanted in options.expected.iter().filter(|wanted| !things.0.iter().any(|(label, _)| matches(wanted, label))) {
        // A command that told nothing may have told of it.
        let status = if failed.is_empty() { Status::Critical } else { Status::Unknown };
        outcome = outcome.subcheck(Subcheck::new("thing", wanted, "is not there").judged(status));
    }
    for (command, failure) in failed {
        outcome = outcome.subcheck(Subcheck::failed("command", command, failure.clone()));
    }
    outcome.bounded("things")
}

fn status(label: &str, thing: &Thing, options: &Options) -> Status {
    if any(&options.ignore, label) { Status::Ok } else { thing.status.unwrap_or(Status::Ok) }
}

fn part(label: &str, thing: &Thing, options: &Options) -> Result<Part, Failure> {
    if let Some(failure) = &thing.broken {
        return Err(failure.clone());
    }
    // A thing of which nothing was told is not in order because of that.
    if thing.status.is_none() {
        return Err(Failure::new("its state is not told"));
    }
    let mut facts = thing.facts.clone();
    let counts = [(thing.media_errors, "media errors"), (thing.predictive_failures, "failures foretold")];
    facts.extend(
        counts.iter().filter_map(|(count, what)| (*count).filter(|it| *it > 0).map(|it| format!("{it} {what}"))),
    );
    Ok(Part::new(facts.join(", "))
        .metrics(thing.temperature.map(|degrees| TEMPERATURE.value(degrees)))
        .metrics(thing.media_errors.map(|errors| MEDIA_ERRORS.count(errors)))
        .metrics(thing.other_errors.map(|errors| OTHER_ERRORS.count(errors)))
        .metrics(thing.predictive_failures.map(|failures| PREDICTIVE_FAILURES.count(failures)))
        .judged(status(label, thing, options)))
}
