//! From what a command did to what is reported of it.

use roundsman_sdk::commands::{Command, Completed, Ending};
use roundsman_sdk::expect::{found, lacking, numbers};
use roundsman_sdk::text::{count, cut, excerpt, shown};
use roundsman_sdk::{Context, Failure, Outcome, Status};

use crate::options::Options;
use crate::{DURATION, EXIT_CODE, LINES};

/// A command that ended unexpectedly is judged by that alone: what it printed is not what the operator described.
pub fn judge(command: &Command, completed: &Completed, options: &Options) -> Result<Outcome, Failure> {
    let output = shown(&completed.standard_output);
    let errors = shown(&completed.standard_error);
    let lines = output.lines().count();
    let expected = matches!(completed.ending, Ending::Code(code) if options.expected_exits.contains(&code));

    let mut facts = vec![ending(completed, options, expected, &errors)];
    facts.push(if output.is_empty() { "no output".to_owned() } else { count(lines, "line") });
    let mut status = if expected { Status::Ok } else { options.unexpected_exit };
    let mut metrics = Vec::new();

    if expected || options.unexpected_exit == Status::Ok {
        if output.is_empty() {
            status = status.worse(options.empty_output);
        }
        for pattern in lacking(&output, &options.must_contain) {
            status = status.worse(options.missing_text);
            facts.push(format!("no line matches {pattern}"));
        }
        for (pattern, line) in found(&output, &options.must_not_contain) {
            status = status.worse(options.forbidden_text);
            facts.push(format!("{pattern} matches {line:?}"));
        }
        metrics = numbers(&output, &options.numbers).context(format!("output of {command}"))?;
    }

    let code = match completed.ending {
        Ending::Code(code) => Some(EXIT_CODE.value(f64::from(code))),
        Ending::Signal(_) => None,
    };
    let said = excerpt(&errors, options.lines).into_iter().map(|line| format!("standard error: {line}"));
    Ok(Outcome::new(format!("{}: {}", cut(&command.to_string(), 200), facts.join(", ")))
        .judged(status)
        .details(excerpt(&output, options.lines))
        .details(said)
        .metric(DURATION.value(completed.duration as f64 / 1e9))
        .metrics(code)
        .metric(LINES.count(lines as u64))
        .metrics(metrics))
}

fn ending(completed: &Completed, options: &Options, expected: bool, errors: &str) -> String {
    let mut text = completed.ending.to_string();
    if !expected {
        let codes: Vec<String> = options.expected_exits.iter().map(i32::to_string).collect();
        text.push_str(&format!(" (expected {})", codes.join(" or ")));
        if let Some(line) = errors.lines().find(|line| !line.trim().is_empty()) {
            text.push_str(&format!(" with {:?} on standard error", cut(line, 200)));
        }
    }
    text
}
