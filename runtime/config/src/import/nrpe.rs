//! `nrpe.cfg` of NRPE: `command[NAME]=COMMAND`.

use super::{Check, Command, FoundCommand, Line, Schedule};

/// Another file that an `nrpe.cfg` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Include {
    File(String),
    /// Its `*.cfg`, and those of the directories in it.
    Directory(String),
}

/// Returns the files that it includes.
pub(crate) fn includes(text: &str) -> Vec<Include> {
    settings(text)
        .filter_map(|(_, key, value)| match key {
            "include" | "include_file" => Some(Include::File(value.to_owned())),
            "include_dir" => Some(Include::Directory(value.to_owned())),
            _ => None,
        })
        .collect()
}

/// Returns the value of the last line with this key.
pub(crate) fn setting(text: &str, wanted: &str) -> Option<String> {
    settings(text).filter(|(_, key, _)| *key == wanted).last().map(|(_, _, value)| value.to_owned())
}

/// Returns its commands. `prefix` is what `command_prefix` puts before each.
pub(super) fn lines(text: &str, prefix: Option<&str>) -> Vec<Line> {
    settings(text)
        .filter_map(|(number, key, value)| {
            let name = key.strip_prefix("command[")?.strip_suffix(']')?;
            let command = prefix.map_or(value.to_owned(), |prefix| format!("{prefix} {value}"));
            let found = FoundCommand {
                name: name.to_owned(),
                given: true,
                command: Command::Shell(command),
                schedule: Schedule::Usual,
                user: None,
                check: Check::Plugin,
                timeout: None,
                env: Vec::new(),
                notes: Vec::new(),
            };
            let found = if name.is_empty() {
                Err("it has no name".to_owned())
            } else if value.is_empty() {
                Err("it runs nothing".to_owned())
            } else if value.contains("$ARG") {
                // NRPE puts it there before a shell looks at quotes.
                Err(format!("$ARG1$ and the like come from the network: {}", super::words::SCRIPT))
            } else if value.split("$USER").skip(1).any(|rest| rest.starts_with(|it: char| it.is_ascii_digit())) {
                Err("$USER1$ and the like are macros of Nagios, which NRPE does not have: write the value".to_owned())
            } else {
                Ok(found)
            };
            Some(Line { number, text: format!("{key}={value}"), found })
        })
        .collect()
}

/// Returns its commands by name, as NRPE gives them to a shell, but those that take arguments from the network.
pub(super) fn commands<'a>(text: &'a str, prefix: Option<&'a str>) -> impl Iterator<Item = (String, String)> + 'a {
    let lines = lines(text, prefix).into_iter().filter_map(|line| line.found.ok());
    lines.filter_map(|found| match found.command {
        Command::Shell(line) => Some((found.name, line)),
        Command::Program(_) | Command::Words(_) => None,
    })
}

/// Returns `key=value`, with the number of the line.
fn settings(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim();
        let (key, value) = line.split_once('=')?;
        (!line.starts_with('#')).then(|| (index + 1, key.trim(), value.trim()))
    })
}
