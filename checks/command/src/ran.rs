//! What a command did, as the options look at it.

use roundsman_sdk::commands::{Command, Completed, Ending};
use roundsman_sdk::expect::{Picked, found, lacking, said};
use roundsman_sdk::text::{count, cut, shown};
use roundsman_sdk::{Metric, Status};

use crate::exits::Meaning;
use crate::options::Options;
use crate::{DURATION, EXIT_CODE, LINES};

/// A command that came to its end.
pub struct Ran {
    command: Command,
    pub output: String,
    pub errors: String,
    /// How it ended, and with what word on standard error.
    ending: String,
    is_expected: bool,
    pub status: Status,
    /// What its output lacks, or must not have.
    troubles: Vec<String>,
    pub found: Picked,
    own: Vec<Metric>,
}

impl Ran {
    /// A command that ended in a way that nobody named is judged by that alone: what it printed is not what the operator
    /// described.
    pub fn of(command: Command, completed: &Completed, options: &Options) -> Self {
        let output = shown(&completed.standard_output).into_owned();
        let errors = shown(&completed.standard_error).into_owned();
        let meaning = options.exits.meaning(&completed.ending);
        let (status, troubles, found) = match &meaning {
            Meaning::Named(named) => {
                let empty = if output.is_empty() { options.empty_output } else { Status::Ok };
                let (status, troubles) = texts(&output, options, named.worse(empty));
                (status, troubles, options.wanted().pick(&output))
            }
            Meaning::Alone(status, _) => (*status, Vec::new(), Picked::default()),
        };
        let lines = output.lines().count();
        let printed = if output.is_empty() { "no output".to_owned() } else { count(lines, "line") };
        let mut own = vec![DURATION.value(completed.duration as f64 / 1e9)];
        if let Ending::Code(code) = completed.ending {
            own.push(EXIT_CODE.value(f64::from(code)));
        }
        own.push(LINES.count(lines as u64));
        Self {
            command,
            ending: format!("{}, {printed}", ending(completed, &meaning, &errors)),
            is_expected: matches!(meaning, Meaning::Named(Status::Ok)),
            output,
            errors,
            status,
            troubles,
            found,
            own,
        }
    }

    /// How long it ran, what it returned and how many lines it printed.
    pub fn own(&mut self) -> Vec<Metric> {
        std::mem::take(&mut self.own)
    }

    pub fn is_in_order(&self) -> bool {
        self.is_expected && self.status == Status::Ok && self.found.broken.is_empty()
    }

    /// The command and how it ended, where not all is in order.
    pub fn trouble(&self) -> Option<String> {
        (!self.is_in_order()).then(|| format!("{}: {}", cut(&self.command.to_string(), 500), self.ending))
    }

    /// What is said of it in one line, with these numbers.
    pub fn facts(&self, metrics: &[Metric], options: &Options) -> String {
        let values = said(metrics);
        let summary = options.summary.as_ref().and_then(|it| it.of(&self.output, metrics));
        let has_summary = summary.is_some();
        let mut facts: Vec<String> = summary.into_iter().collect();
        if !self.is_in_order() || (!has_summary && values.is_empty()) {
            facts.push(self.ending.clone());
        }
        facts.extend(self.troubles.iter().cloned());
        if !has_summary {
            facts.extend(values);
        }
        facts.join(", ")
    }
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
