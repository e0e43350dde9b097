//! From the units to what is reported of them.

use roundsman_sdk::glob;
use roundsman_sdk::text::count;
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::options::Options;
use crate::restarts::Restarts;
use crate::units::Listed;
use crate::{ACTIVE, RESTARTS, UNITS};

/// Every state that a unit can be in (systemctl --state=help): one without units is counted as 0.
const STATES: [&str; 6] = ["active", "reloading", "inactive", "failed", "activating", "deactivating"];
/// States of a unit that does its work.
const WORKING: [&str; 3] = ["active", "reloading", "refreshing"];

/// `restarts` is `None` where nobody asked.
pub fn judge(units: &[Listed], restarts: Option<&Result<Restarts, Failure>>, options: &Options) -> Outcome {
    let mut outcome = Outcome::new(summary(units, options));
    let mut told: Vec<&str> = Vec::new();
    for wanted in options.expected() {
        let found: Vec<&Listed> = units.iter().filter(|it| glob::matches(&wanted, &it.name)).collect();
        if found.is_empty() {
            let text = "not loaded: there is no such unit, or nothing started it";
            let missing = Part::new(text).judged(Status::Critical).metric(ACTIVE.count(0));
            outcome = outcome.part("unit", &wanted, Ok::<_, Failure>(missing));
        }
        for unit in found {
            if !told.contains(&unit.name.as_str()) {
                told.push(&unit.name);
                outcome = outcome.part("unit", &unit.name, Ok::<_, Failure>(expected(unit, restarts)));
            }
        }
    }
    for unit in units.iter().filter(|it| it.active == "failed" && !told.contains(&it.name.as_str())) {
        let ignored = glob::any(&options.ignore, &unit.name);
        let text = if ignored { "failed, ignored".to_owned() } else { said(unit) };
        let status = if ignored { Status::Ok } else { options.failed };
        outcome = outcome.subcheck(Subcheck::new("unit", &unit.name, text).judged(status));
    }
    if let Some(Err(failure)) = restarts {
        outcome = outcome.subcheck(Subcheck::failed("part", "restarts", failure.clone()));
    }
    for state in STATES {
        outcome = outcome.metric(UNITS.count(in_state(units, state)).label("state", state));
    }
    outcome.bounded("units")
}

fn expected(unit: &Listed, restarts: Option<&Result<Restarts, Failure>>) -> Part {
    let working = WORKING.contains(&unit.active.as_str());
    let status = match unit.active.as_str() {
        _ if working => Status::Ok,
        // One that waits for its restart has failed, however it is called.
        "activating" if !unit.sub.starts_with("auto-restart") => Status::Warning,
        _ => Status::Critical,
    };
    let known = restarts.and_then(|it| it.as_ref().ok());
    let restarted = known.and_then(|all| all.iter().find(|(name, _)| *name == unit.name)).map(|(_, number)| *number);
    let mut text = said(unit);
    if let Some(number) = restarted {
        text.push_str(&format!(", {}", count(number.try_into().unwrap_or(usize::MAX), "restart")));
    }
    let part = Part::new(text).judged(status).metric(ACTIVE.count(working.into()));
    part.metrics(restarted.map(|number| RESTARTS.count(number)))
}

/// `active (running)`, with what is wrong with its file.
fn said(unit: &Listed) -> String {
    let load = if unit.load == "loaded" { String::new() } else { format!(", {}", unit.load) };
    format!("{} ({}){load}", unit.active, unit.sub)
}

fn in_state(units: &[Listed], state: &str) -> u64 {
    units.iter().filter(|it| it.active == state).count() as u64
}

fn summary(units: &[Listed], options: &Options) -> String {
    let failed = in_state(units, "failed");
    let mut text = format!("{}, {} active, {failed} failed", count(units.len(), "unit"), in_state(units, "active"));
    if !options.expected.is_empty() {
        text.push_str(&format!(", {} expected", options.expected.len()));
    }
    text
}
