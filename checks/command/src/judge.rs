//! From what a command did to what is reported of it.

use roundsman_sdk::commands::{Command, Completed, Ending};
use roundsman_sdk::expect::{Picked, found, lacking, said};
use roundsman_sdk::text::{count, cut, excerpt, shown};
use roundsman_sdk::{Outcome, Status, Subcheck};

use crate::exits::Meaning;
use crate::options::Options;
use crate::{DURATION, EXIT_CODE, LINES};

/// A command that ended in a way that nobody named is judged by that alone: what it printed is not what the operator
/// described.
pub fn judge(command: &Command, completed: &Completed, options: &Options) -> Outcome {
    let output = shown(&completed.standard_output);
    let errors = shown(&completed.standard_error);
    let lines = output.lines().count();
    let meaning = options.exits.meaning(&completed.ending);
    let (status, mut troubles, found) = match &meaning {
        Meaning::Named(named) => {
            let empty = if output.is_empty() { options.empty_output } else { Status::Ok };
            let (status, troubles) = texts(&output, options, named.worse(empty));
            (status, troubles, options.wanted().pick(&output).risen(&options.wanted()))
        }
        Meaning::Alone(status, _) => (*status, Vec::new(), Picked::default()),
    };

    let printed = if output.is_empty() { "no output".to_owned() } else { count(lines, "line") };
    let ending = format!("{}, {printed}", ending(completed, &meaning, &errors));
    let is_in_order = matches!(meaning, Meaning::Named(Status::Ok)) && status == Status::Ok && found.broken.is_empty();
    let values = said(&found.metrics);
    let summary = options.summary.as_ref().and_then(|it| it.of(&output, &found.metrics));
    let has_summary = summary.is_some();
    let mut facts: Vec<String> = summary.into_iter().collect();
    if !is_in_order || (!has_summary && values.is_empty()) {
        facts.push(ending.clone());
    }
    facts.append(&mut troubles);
    if !has_summary {
        facts.extend(values);
    }

    let code = match completed.ending {
        Ending::Code(code) => Some(EXIT_CODE.value(f64::from(code))),
        Ending::Signal(_) => None,
    };
    let ran = (!is_in_order).then(|| format!("{}: {ending}", cut(&command.to_string(), 500)));
    let said = excerpt(&errors, options.lines).into_iter().map(|line| format!("standard error: {line}"));
    let broken = found
        .broken
        .iter()
        .map(|(name, error)| Subcheck::new("number", name, format!("{name}: {error}")).judged(Status::Unknown));
    let judged = found.judged.into_iter();
    judged
        .chain(broken)
        .fold(Outcome::new(facts.join(", ")), Outcome::subcheck)
        .judged(status)
        .details(ran)
        .details(excerpt(&output, options.lines))
        .details(said)
        .metric(DURATION.value(completed.duration as f64 / 1e9))
        .metrics(code)
        .metric(LINES.count(lines as u64))
        .metrics(found.metrics)
}

/// The status of a text that lacks what must be there, or has what must not, and what is wrong with it.
fn texts(output: &str, options: &Options, mut status: Status) -> (Status, Vec<String>) {
    let mut troubles = Vec::new();
    for pattern in lacking(output, &options.must_contain) {
        status = status.worse(options.missing_text);
        troubles.push(format!("no line matches {pattern}"));
    }
    for (pattern, line) in found(output, &options.must_not_contain) {
        status = status.worse(options.forbidden_text);
        troubles.push(format!("{pattern} matches {line:?}"));
    }
    (status, troubles)
}

fn ending(completed: &Completed, meaning: &Meaning, errors: &str) -> String {
    let mut text = completed.ending.to_string();
    if let Meaning::Alone(_, why) = meaning {
        text.push_str(&format!(" ({why})"));
    }
    if !matches!(meaning, Meaning::Named(Status::Ok))
        && let Some(line) = errors.lines().find(|line| !line.trim().is_empty())
    {
        text.push_str(&format!(" with {:?} on standard error", cut(line, 200)));
    }
    text
}
