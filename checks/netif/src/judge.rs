//! From the interfaces to what is reported of them.

use roundsman_sdk::rates::Rates;
use roundsman_sdk::text::{count, decimal, size};
use roundsman_sdk::{Error, Failure, Outcome, Part, Status, Subcheck, glob};

use crate::counters::{RATES, RECEIVED, SENT, key};
use crate::interface::Interface;
use crate::options::Options;
use crate::{CHANGES, SPEED, UP, USED};

type Seen<'a> = (&'a str, Result<Option<Interface>, Failure>);

/// `errors` are kinds of files that could not be looked for at all.
pub fn judge(all: &[Seen], rates: &Rates, seen_up: &[String], errors: &[Error], options: &Options) -> Outcome {
    let there: Vec<_> = all.iter().filter(|(_, seen)| !matches!(seen, Ok(None))).collect();
    let up = there.iter().filter(|(_, seen)| matches!(seen, Ok(Some(it)) if it.is_up())).count();
    let mut outcome = Outcome::new(format!("{up} of {} up", count(there.len(), "interface")));
    for (name, seen) in there {
        let was_up = seen_up.iter().any(|it| it == name);
        let part = seen.as_ref().map_err(Failure::clone).and_then(|seen| {
            let interface = seen.as_ref().ok_or_else(|| Failure::new("it is gone"))?;
            Ok::<_, Failure>(part(name, interface, was_up, rates, options))
        });
        outcome = outcome.part("interface", *name, part);
    }
    for wanted in options.expected.iter().filter(|wanted| !all.iter().any(|it| is_there(it, wanted))) {
        let text = "there is no such interface";
        outcome = outcome.subcheck(Subcheck::new("interface", wanted, text).judged(Status::Critical));
    }
    for error in errors {
        outcome = outcome.subcheck(Subcheck::failed("part", &error.on, error.clone()));
    }
    outcome.bounded("interfaces")
}

fn is_there((name, seen): &Seen, wanted: &str) -> bool {
    glob::matches(wanted, name) && !matches!(seen, Ok(None))
}

fn part(name: &str, interface: &Interface, was_up: bool, rates: &Rates, options: &Options) -> Part {
    let up = interface.is_up();
    let mut facts = vec![if interface.on { interface.state.clone() } else { "switched off".into() }];
    let status = match () {
        () if up => Status::Ok,
        () if options.expects(name) => Status::Critical,
        () if was_up && !glob::any(&options.may_be_down, name) => {
            facts.push("was up before".into());
            Status::Warning
        }
        () => Status::Ok,
    };
    facts.extend(interface.speed.map(|speed| format!("{speed} Mbit/s")));
    let rate = |column: usize| rates.get(&key(name, column));
    if let (Some(received), Some(sent)) = (rate(RECEIVED), rate(SENT)) {
        facts.push(format!("{}/s in, {}/s out", size(received as u64), size(sent as u64)));
    }
    let used = interface.speed.and_then(|speed| used(rate(RECEIVED)?.max(rate(SENT)?), speed));
    facts.extend(used.map(|used| format!("{} % used", decimal(used, 0))));
    let values = RATES.iter().filter_map(|(column, measure)| Some(measure.value(rate(*column)?)));
    Part::new(facts.join(", "))
        .judged(status)
        .metric(UP.count(up.into()))
        .metrics(interface.speed.map(|speed| SPEED.count(speed)))
        .metrics(interface.changes.map(|changes| CHANGES.count(changes)))
        .metrics(used.map(|used| USED.value(used)))
        .metrics(values)
}

/// Percent of the speed, in Mbit/s, that so many bytes a second are. Counters that advance in bursts may show more than all.
fn used(bytes: f64, speed: u64) -> Option<f64> {
    (speed > 0).then(|| (bytes * 8.0 / (speed as f64 * 1e6) * 100.0).min(100.0))
}
