//! From what commands did to what is reported of it.

use roundsman_sdk::expect::Picked;
use roundsman_sdk::text::{count, excerpt};
use roundsman_sdk::{Failure, Metric, Outcome, Status, Subcheck};

use crate::EACH;
use crate::options::Options;
use crate::ran::Ran;

/// A thing by its name, and what its command did or why there is nothing to look at.
pub type Looked = (String, Result<Ran, Failure>);

/// Reports one command.
pub fn one(mut ran: Ran, options: &Options) -> Outcome {
    ran.found = std::mem::take(&mut ran.found).told(&options.wanted());
    let said = excerpt(&ran.errors, options.lines).into_iter().map(|line| format!("standard error: {line}"));
    // What was looked for and is not there comes before what is.
    let mut facts = ran.facts(&ran.found.metrics, options);
    if let Some((name, error)) = ran.found.broken.first() {
        facts = format!("{name}: {error}, {facts}");
    }
    let outcome = Outcome::new(facts)
        .judged(ran.status)
        .details(ran.trouble())
        .details(excerpt(&ran.output, options.lines))
        .details(said)
        .metrics(ran.own());
    with(outcome, ran.found)
}

/// Reports each of many things: its command is a subcheck, and all that came of it has the label of the thing.
pub fn many(label: &str, things: Vec<Looked>, options: &Options) -> Outcome {
    let (mut all, mut rans) = (Picked::default(), Vec::new());
    let mut outcome = Outcome::new("");
    let (mut failed, mut troubled) = (0, 0);
    let number = things.len();
    for (name, ran) in things {
        match ran {
            Ok(mut ran) => {
                let found = std::mem::take(&mut ran.found).labelled(label, &name);
                ran.found.broken.clone_from(&found.broken);
                all.add(found);
                rans.push((name, ran));
            }
            Err(failure) => {
                failed += 1;
                outcome = outcome.subcheck(Subcheck::failed(label, name, failure));
            }
        }
    }
    let all = all.told(&options.wanted());
    let mut shown = Vec::new();
    for (name, mut ran) in rans {
        let text = ran.facts(&of_thing(&all, label, &name), options);
        outcome = outcome.subcheck(Subcheck::new(label, &name, text).judged(ran.status));
        outcome = outcome.metrics(ran.own().into_iter().map(|metric| metric.label(EACH, &name)));
        if let Some(trouble) = ran.trouble() {
            troubled += 1;
            shown.push(format!("{name}: {trouble}"));
            shown.extend(excerpt(&ran.output, options.lines).into_iter().map(|line| format!("{name}: {line}")));
            let errors = excerpt(&ran.errors, options.lines).into_iter();
            shown.extend(errors.map(|line| format!("{name}: standard error: {line}")));
        }
    }
    outcome.summary = match number {
        0 => "there is none, so nothing was looked at".to_owned(),
        _ => format!("{}, {} in trouble", count(number, label), failed + troubled),
    };
    let nothing = if number == 0 { Status::Unknown } else { Status::Ok };
    with(outcome.judged(nothing).details(excerpt(&shown.join("\n"), usize::MAX)), all)
}

/// The numbers of one thing, without its label: it stands before them.
fn of_thing(all: &Picked, label: &str, name: &str) -> Vec<Metric> {
    let is_it = |(it, value): &(String, String)| it == label && value == name;
    let own = all.metrics.iter().filter(|metric| metric.labels.iter().any(is_it)).cloned();
    own.map(|mut metric| {
        metric.labels.retain(|pair| !is_it(pair));
        metric
    })
    .collect()
}

/// Adds what was picked out of what was printed.
fn with(mut outcome: Outcome, found: Picked) -> Outcome {
    outcome.subchecks.extend(found.judged);
    for (name, error) in &found.broken {
        let broken = Subcheck::new("number", name, format!("{name}: {error}")).judged(Status::Unknown);
        outcome = outcome.subcheck(broken);
    }
    outcome.metrics(found.metrics).bounded("parts")
}
