//! From what waits to what is reported of it.

use roundsman_sdk::glob::any;
use roundsman_sdk::text::{count, duration};
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::options::Options;
use crate::pending::{Package, Pending};
use crate::{HELD_BACK, LISTS_AGE, PENDING, SECURITY};

/// Packages that are named in a text.
const NAMED: usize = 10;

/// Reports each manager; `fetched` and `now` are in seconds since 1970 UTC.
pub fn judge(
    managers: &[(String, Result<Pending, Failure>)],
    fetched: Result<Option<i64>, Failure>,
    now: i64,
    options: &Options,
) -> Outcome {
    let age = fetched.map(|at| at.map(|at| u64::try_from(now.saturating_sub(at)).unwrap_or(0)));
    let mut facts: Vec<String> = managers.iter().filter_map(|(_, it)| Some(said(it.as_ref().ok()?, options))).collect();
    if let Ok(Some(age)) = age {
        facts.push(format!("lists are {} old", duration(age)));
    }
    let mut outcome = Outcome::new(if facts.is_empty() { "nothing is known".to_owned() } else { facts.join(", ") });
    for (name, pending) in managers {
        outcome = outcome.part("manager", name, pending.as_ref().map_err(Failure::clone).map(|it| part(it, options)));
    }
    match age {
        Ok(Some(age)) => outcome.metric(LISTS_AGE.count(age)),
        // What was never fetched tells of no update.
        Ok(None) => outcome.subcheck(Subcheck::new("part", "lists", "were never fetched").judged(Status::Unknown)),
        Err(failure) => outcome.subcheck(Subcheck::failed("part", "lists", failure)),
    }
}

fn counted<'a>(pending: &'a Pending, options: &Options) -> Vec<&'a Package> {
    pending.packages.iter().filter(|it| !any(&options.ignore, &it.name)).collect()
}

fn said(pending: &Pending, options: &Options) -> String {
    let packages = counted(pending, options);
    let security = packages.iter().filter(|it| it.security).count();
    match (packages.len(), security) {
        (0, _) => "no updates".to_owned(),
        (all, 0) => count(all, "update"),
        (all, security) => format!("{}, {security} for security", count(all, "update")),
    }
}

/// Names those for security first.
fn part(pending: &Pending, options: &Options) -> Part {
    let packages = counted(pending, options);
    let (secure, others): (Vec<&Package>, Vec<&Package>) = packages.iter().partition(|it| it.security);
    let names: Vec<&str> = secure.iter().chain(&others).take(NAMED).map(|it| it.name.as_str()).collect();
    let more = packages.len() - names.len();
    let mut text = said(pending, options);
    if !names.is_empty() {
        text.push_str(&format!(": {}", names.join(", ")));
    }
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    Part::new(text)
        .metric(PENDING.count(packages.len() as u64))
        .metric(SECURITY.count(secure.len() as u64))
        .metrics(pending.held_back.map(|number| HELD_BACK.count(number)))
}
