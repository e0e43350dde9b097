//! From what a command did to what is reported of it.

use roundsman_sdk::commands::{Command, Completed, Ending};
use roundsman_sdk::expect::{Numbers, found, lacking, numbers, said};
use roundsman_sdk::text::{count, cut, excerpt, shown};
use roundsman_sdk::{Outcome, Status, Subcheck};

use crate::options::Options;
use crate::{DURATION, EXIT_CODE, LINES};

/// A command that ended unexpectedly is judged by that alone: what it printed is not what the operator described.
pub fn judge(command: &Command, completed: &Completed, options: &Options) -> Outcome {
    let output = shown(&completed.standard_output);
    let errors = shown(&completed.standard_error);
    let lines = output.lines().count();
    let mut status = of_ending(completed, options);
    let (mut troubles, mut found) = (Vec::new(), Numbers::default());

    if status == Status::Ok {
        if output.is_empty() {
            status = status.worse(options.empty_output);
        }
        (status, troubles) = texts(&output, options, status);
        found = numbers(&output, &options.numbers);
    }

    let printed = if output.is_empty() { "no output".to_owned() } else { count(lines, "line") };
    let ending = format!("{}, {printed}", ending(completed, options, &errors));
    let values = said(&found.metrics);
    let is_in_order = status == Status::Ok && found.broken.is_empty();
    let facts =
        if is_in_order && !values.is_empty() { values } else { [vec![ending.clone()], troubles, values].concat() };

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
    broken
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

/// A shell, `env` and most wrappers end with these where they could not run what they were to run: nothing is known then.
fn could_not_run(code: i32) -> Option<&'static str> {
    match code {
        126 => Some("a program could not be executed"),
        127 => Some("a program was not found"),
        _ => None,
    }
}

fn of_ending(completed: &Completed, options: &Options) -> Status {
    match completed.ending {
        Ending::Code(code) if options.expected_exits.contains(&code) => Status::Ok,
        Ending::Code(code) if could_not_run(code).is_some() => Status::Unknown,
        Ending::Code(_) | Ending::Signal(_) => options.unexpected_exit,
    }
}

fn ending(completed: &Completed, options: &Options, errors: &str) -> String {
    let mut text = completed.ending.to_string();
    let code = if let Ending::Code(code) = completed.ending { Some(code) } else { None };
    if code.is_none_or(|code| !options.expected_exits.contains(&code)) {
        let codes: Vec<String> = options.expected_exits.iter().map(i32::to_string).collect();
        match code.and_then(could_not_run) {
            Some(meaning) => text.push_str(&format!(" ({meaning})")),
            None => text.push_str(&format!(" (expected {})", codes.join(" or "))),
        }
        if let Some(line) = errors.lines().find(|line| !line.trim().is_empty()) {
            text.push_str(&format!(" with {:?} on standard error", cut(line, 200)));
        }
    }
    text
}
