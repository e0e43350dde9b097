//! From sensors and events to what is reported of them.

use roundsman_sdk::glob::{any, matches};
use roundsman_sdk::text::count;
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::NEW_EVENTS;
use crate::events::Event;
use crate::options::Options;
use crate::sensor::{Seen, Sensor};

/// Events that are shown.
const SHOWN: usize = 20;

/// Reports sensors and events; `events` are the new ones; `None` where no log was asked for. `failed` are commands that
/// told nothing.
pub fn judge(sensors: &[Sensor], events: Option<&[Event]>, failed: &[(String, Failure)], options: &Options) -> Outcome {
    let there = || sensors.iter().filter(|it| !matches!(it.seen, Ok(None)));
    let bad: Vec<&Event> = events.unwrap_or_default().iter().filter(|it| !it.nominal).collect();
    let mut facts = vec![count(there().count(), "sensor")];
    facts.extend(events.map(|events| count(events.len(), "new event")));
    let mut outcome = Outcome::new(facts.join(", "));
    for sensor in there() {
        let part = match &sensor.seen {
            Ok(Some(seen)) => Ok(part(seen, any(&options.ignore, &sensor.name))),
            Ok(None) => continue,
            Err(failure) => Err(failure.clone()),
        };
        outcome = outcome.part("sensor", &sensor.name, part);
    }
    for wanted in options.expected.iter().filter(|wanted| !there().any(|it| matches(wanted, &it.name))) {
        let status = if failed.is_empty() { Status::Critical } else { Status::Unknown };
        outcome = outcome.subcheck(Subcheck::new("expected", wanted, "is not there, or has no reading").judged(status));
    }
    if let Some(events) = events {
        outcome = outcome.metric(NEW_EVENTS.count(events.len() as u64));
        let last = bad.last().map(|it| it.text.clone());
        let status = if bad.is_empty() { Status::Ok } else { options.events };
        outcome = outcome
            .subcheck(Subcheck::new("part", "log", last.unwrap_or_else(|| "nothing bad is new".into())).judged(status));
        outcome = outcome.details(bad.iter().rev().take(SHOWN).map(|it| it.text.clone()));
    }
    for (command, failure) in failed {
        outcome = outcome.subcheck(Subcheck::failed("command", command, failure.clone()));
    }
    outcome.bounded("sensors")
}

fn part(seen: &Seen, ignored: bool) -> Part {
    let ignored = ignored && seen.status != Status::Ok;
    let text = if ignored { format!("{}, ignored", seen.text) } else { seen.text.clone() };
    Part::new(text).metrics(seen.metric.clone()).judged(if ignored { Status::Ok } else { seen.status })
}
