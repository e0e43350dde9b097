//! From the backups to what is reported of them.

use roundsman_sdk::glob::matches;
use roundsman_sdk::text::{count, duration, size};
use roundsman_sdk::{Failure, Outcome, Part, Status};

use crate::item::{Item, Seen};
use crate::options::Options;
use crate::{AGE, BACKUPS, SIZE};

/// Reports each of them; `now` is in seconds since 1970 UTC.
pub fn judge(items: &[Item], now: i64, options: &Options) -> Outcome {
    let newest = items.iter().filter_map(|it| Some(it.seen.as_ref().ok()?.at)).max();
    let newest = newest.map(|at| format!(", the newest {} old", duration(age(at, now)))).unwrap_or_default();
    let mut outcome = Outcome::new(count(items.len(), "backup") + &newest);
    for glob in &options.backups {
        let of_glob: Vec<&Item> = items.iter().filter(|it| matches(glob, &it.name)).collect();
        outcome = outcome.part("backup", glob, part(&of_glob, now));
    }
    outcome.bounded("backups")
}

fn part(items: &[&Item], now: i64) -> Result<Part, Failure> {
    let seen = items.iter().filter_map(|it| Some((it, *it.seen.as_ref().ok()?)));
    let newest: Option<(&&Item, Seen)> = seen.max_by_key(|(_, seen)| seen.at);
    let Some((item, Seen { at, size: bytes })) = newest else {
        let broken = items.iter().find_map(|it| it.seen.as_ref().err());
        return broken.map_or_else(|| Ok(Part::new("there is none").judged(Status::Critical)), |it| Err(it.clone()));
    };
    let age = age(at, now);
    let mut facts = vec![count(items.len(), "backup"), format!("the newest {} old", duration(age))];
    facts.push(item.name.clone());
    facts.extend(bytes.map(size));
    // What could not be read may be newer.
    let broken = items.iter().find_map(|it| it.seen.as_ref().err().map(|failure| (it, failure)));
    facts.extend(broken.map(|(it, failure)| format!("of {}: {}", it.name, failure.message)));
    Ok(Part::new(facts.join(", "))
        .metric(AGE.count(age))
        .metric(BACKUPS.count(items.len() as u64))
        .metrics(bytes.map(|bytes| SIZE.count(bytes)))
        .judged(if broken.is_some() { Status::Unknown } else { Status::Ok }))
}

/// Returns the age in seconds. One of the future, by another clock, was made just now.
fn age(at: i64, now: i64) -> u64 {
    u64::try_from(now.saturating_sub(at)).unwrap_or(0)
}
