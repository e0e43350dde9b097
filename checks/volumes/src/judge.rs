//! From the volumes to what is reported of them.

use roundsman_sdk::glob::{any, matches};
use roundsman_sdk::text::count;
use roundsman_sdk::{Failure, Outcome, Part, Range, Status, Subcheck};

use crate::options::Options;
use crate::volume::{Volume, Volumes};
use crate::{DEVICE_ERRORS, FREE, METADATA_PERCENT, SIZE, USED_PERCENT};

/// Reports each of them; `failed` are commands that told nothing.
pub fn judge(volumes: &Volumes, failed: &[(String, Failure)], options: &Options) -> Outcome {
    let looked_at = || volumes.0.iter().filter(|(label, _)| !any(&options.exclude, label));
    let not_well = looked_at().filter(|(label, it)| status(label, it, options) != Status::Ok).count();
    let more = if not_well > 0 { format!(", {not_well} not in order") } else { String::new() };
    let mut outcome = Outcome::new(count(looked_at().count(), "volume") + &more);
    for (label, volume) in looked_at() {
        outcome = outcome.part("volume", label, part(label, volume, options));
    }
    for wanted in options.expected.iter().filter(|wanted| !looked_at().any(|(label, _)| matches(wanted, label))) {
        // A command that told nothing may have told of it.
        let status = if failed.is_empty() { Status::Critical } else { Status::Unknown };
        outcome = outcome.subcheck(Subcheck::new("volume", wanted, "is not there").judged(status));
    }
    for (command, failure) in failed {
        outcome = outcome.subcheck(Subcheck::failed("command", command, failure.clone()));
    }
    outcome.bounded("volumes")
}

fn status(label: &str, volume: &Volume, options: &Options) -> Status {
    if any(&options.ignore, label) { Status::Ok } else { volume.status.unwrap_or(Status::Ok) }
}

fn part(label: &str, volume: &Volume, options: &Options) -> Result<Part, Failure> {
    if let Some(failure) = &volume.broken {
        return Err(failure.clone());
    }
    let mut facts = Vec::new();
    for fact in &volume.facts {
        // Two commands tell some of them.
        if !facts.contains(fact) {
            facts.push(fact.clone());
        }
    }
    let used = volume.used_percent.map(|percent| {
        let metric = USED_PERCENT.value(percent);
        if volume.must_have_room { metric.warning(Range::up_to(80.0)).critical(Range::up_to(90.0)) } else { metric }
    });
    let errors = volume.devices.iter().map(|(device, errors)| DEVICE_ERRORS.count(*errors).label("device", device));
    Ok(Part::new(facts.join(", "))
        .metrics(used)
        .metrics(volume.metadata_percent.map(|percent| METADATA_PERCENT.value(percent)))
        .metrics(volume.size.map(|size| SIZE.count(size)))
        .metrics(volume.free.map(|free| FREE.count(free)))
        .metrics(errors)
        .judged(status(label, volume, options)))
}
