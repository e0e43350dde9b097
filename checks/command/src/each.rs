//! One command for each of many things, such as disks: which there are, and which of them there is time for.

use roundsman_sdk::commands::{self, Command, GrantedCommand};
use roundsman_sdk::{Failure, Problem, clock, files};
use serde::Deserialize;

/// What stands for the name of a thing in an argument.
const NAME: &str = "{name}";

/// The option `each`.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The label that tells the things apart.
    pub label: String,
    /// The things: what this pattern matches, of which metadata is granted.
    pub glob: String,
    /// The argument that stands for a thing, in place of the one with a wildcard; `{name}` is the last part of its path.
    pub argument: String,
}

/// A thing, and its command or why there is none.
pub type Thing = (String, Result<Command, Failure>);

impl Each {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |key: &str, message: &str| problems.push(Problem::new(key, message));
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        if !self.label.starts_with(|it: char| it.is_ascii_lowercase()) || !self.label.chars().all(is_name) {
            say("each.label", "is not snake_case");
        }
        if !self.glob.starts_with('/') || !self.glob.contains(['*', '?', '[']) {
            say("each.glob", "is no absolute path with a wildcard, as in \"/sys/block/sd*\"");
        }
        if !self.argument.contains(NAME) {
            say("each.argument", "has no {name}: the same command would run for each thing");
        }
        problems
    }

    /// What there is, by its path.
    pub fn things(&self, id: Option<&str>) -> Result<Vec<Thing>, Failure> {
        let granted = granted(id)?;
        let all = files::stat_glob(&self.glob)?;
        let thing = |(path, metadata): files::Found<_>| {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            let argument = self.argument.replace(NAME, &name);
            (name, metadata.map_err(Failure::from).map(|_| command(&granted, &argument)))
        };
        Ok(all.into_iter().map(thing).collect())
    }
}

/// The argv with `argument` in place of the one that has wildcards.
fn command(granted: &GrantedCommand, argument: &str) -> Command {
    Command::new(granted.argv.iter().map(|it| if is_wild(it) { argument.to_owned() } else { it.clone() }))
}

fn is_wild(argument: &str) -> bool {
    argument.contains(['*', '?', '['])
}

/// The granted command with one wildcard.
fn granted(id: Option<&str>) -> Result<GrantedCommand, Failure> {
    let mut all = commands::granted();
    all.retain(|it| id.is_none() || it.id.as_deref() == id);
    let said: Vec<String> = all.iter().map(|it| it.argv.join(" ")).collect();
    match all.pop() {
        Some(only) if all.is_empty() && only.argv.iter().filter(|it| is_wild(it)).count() == 1 => Ok(only),
        _ => {
            let message = format!(
                "needs one granted command whose argv_pattern has a wildcard in one argument{}; granted are: {}",
                if id.is_some() { ", with the id that id names" } else { "; id names one of many" },
                if said.is_empty() { "none".to_owned() } else { said.join("; ") },
            );
            Err(Failure::options(vec![Problem::new("each", message)]))
        }
    }
}

/// The time that the run has for commands.
pub struct Time {
    /// On the clock of [`clock::monotonic`]; `None` where the host does not tell.
    end: Option<u64>,
    longest: u64,
}

impl Time {
    pub fn of_run() -> Self {
        let left = commands::time_left().map(|left| clock::monotonic().saturating_add(left));
        Self { end: left, longest: 0 }
    }

    /// Whether there is time for one more that takes as long as the longest of those before.
    pub fn is_left(&self) -> bool {
        self.end.is_none_or(|end| clock::monotonic().saturating_add(self.longest) < end)
    }

    /// Calls `run`, and notes how long that took.
    pub fn spend<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let begun = clock::monotonic();
        let result = run();
        self.longest = self.longest.max(clock::monotonic().saturating_sub(begun));
        result
    }
}
