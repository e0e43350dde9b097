//! From the arrays to what is reported of them.

use roundsman_sdk::text::{count, decimal};
use roundsman_sdk::{Error, Failure, Outcome, Part, Status, Subcheck};

use crate::array::Array;
use crate::options::Options;
use crate::{DEGRADED, DISKS, ERRORS, FAULTY, MISMATCHES, SPARES, SYNC};

type Seen = (String, Result<Option<Array>, Failure>);

/// State of an array that takes no reads and no writes.
const STOPPED: &str = "inactive";
/// Actions on an array whose disks are not all in use yet.
const MENDING: [&str; 3] = ["recover", "resync", "reshape"];

/// `missed` are arrays that `/proc/mdstat` lists and sysfs does not; `errors` kinds of files that could not be looked for.
pub fn judge(arrays: &[Seen], missed: &[String], errors: &[Error], options: &Options) -> Outcome {
    let there: Vec<&Seen> = arrays.iter().filter(|(_, seen)| !matches!(seen, Ok(None))).collect();
    let mut outcome = Outcome::new(match there.len() + missed.len() {
        0 => "no arrays".to_owned(),
        all => count(all, "array"),
    });
    for (name, seen) in &there {
        let ignored = options.ignore.contains(name);
        let part = seen.as_ref().map_err(Failure::clone).and_then(|seen| {
            let array = seen.as_ref().ok_or_else(|| Failure::new("it is gone"))?;
            Ok::<_, Failure>(part(name, array, ignored))
        });
        outcome = outcome.part("array", name, part);
    }
    for name in missed {
        let text = format!("/proc/mdstat lists it, and /sys/block/{name}/md cannot be read");
        outcome = outcome.subcheck(Subcheck::new("array", name, text).judged(Status::Unknown));
    }
    let known = |name: &String| there.iter().any(|(it, _)| it == name) || missed.contains(name);
    for name in options.expected.iter().filter(|name| !known(name)) {
        outcome = outcome.subcheck(Subcheck::new("array", name, "there is no such array").judged(Status::Critical));
    }
    for error in errors {
        outcome = outcome.subcheck(Subcheck::failed("part", &error.on, error.clone()));
    }
    outcome.bounded("arrays")
}

fn part(name: &str, array: &Array, ignored: bool) -> Part {
    let of = |word: &str| array.members.iter().filter(|it| it.is(word)).map(|it| it.name.as_str()).collect::<Vec<_>>();
    let (faulty, spares) = (of("faulty"), of("spare"));
    let mut part = Part::new(text(array, &faulty, &spares) + if ignored { ", ignored" } else { "" });
    if !ignored {
        part = part.judged(status(array, !faulty.is_empty()));
    }
    if array.container {
        return part;
    }
    let errors = array
        .members
        .iter()
        .filter_map(|it| Some(ERRORS.count(it.errors?).label("array", name).label("disk", &it.name)));
    part.metrics(array.disks.map(|it| DISKS.count(it)))
        .metrics(array.degraded.map(|it| DEGRADED.count(it)))
        .metric(FAULTY.count(faulty.len() as u64))
        .metric(SPARES.count(spares.len() as u64))
        .metrics(array.mismatches.map(|it| MISMATCHES.count(it)))
        .metrics(array.done.map(|it| SYNC.value(it)))
        .metrics(errors)
}

fn status(array: &Array, faulty: bool) -> Status {
    let mending = array.action.as_ref().is_some_and(|it| MENDING.contains(&it.as_str()));
    match array.degraded {
        _ if array.container => Status::Ok,
        _ if array.state == STOPPED => Status::Critical,
        Some(1..) if !mending => Status::Critical,
        Some(1..) => Status::Warning,
        _ if faulty || mending => Status::Warning,
        _ => Status::Ok,
    }
}

fn text(array: &Array, faulty: &[&str], spares: &[&str]) -> String {
    if array.container {
        return "a container of arrays".into();
    }
    let mut facts = vec![match array.state.as_str() {
        STOPPED => format!("{STOPPED}, with {}", count(array.members.len(), "disk")),
        state => match array.disks {
            Some(disks) => format!("{} of {}, {state}", array.level, count(disks as usize, "disk")),
            None => format!("{}, {state}", array.level),
        },
    }];
    if let Some(degraded @ 1..) = array.degraded {
        facts.push(format!("{degraded} missing"));
    }
    if !faulty.is_empty() {
        facts.push(format!("faulty: {}", faulty.join(" ")));
    }
    if !spares.is_empty() {
        facts.push(count(spares.len(), "spare"));
    }
    if let Some(action) = array.action.as_ref().filter(|it| *it != "idle") {
        facts.push(match array.done {
            Some(done) => format!("{action} {} %", decimal(done, 1)),
            None => action.clone(),
        });
    }
    facts.join(", ")
}
