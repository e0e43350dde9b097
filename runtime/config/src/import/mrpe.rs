//! `mrpe.cfg` of Checkmk's agent: `NAME (interval=300) COMMAND`.

use super::{Check, Command, FoundCommand, Line, Schedule};

pub(super) fn lines(text: &str) -> Vec<Line> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| Line { number, text: line.to_owned(), found: found(line) })
        .collect()
}

fn found(line: &str) -> Result<FoundCommand, String> {
    let (name, rest) = line.split_once([' ', '\t']).ok_or("there is no command behind the name")?;
    let rest = rest.trim_start();
    let (options, command) = match rest.strip_prefix('(') {
        Some(inner) => inner.split_once(')').ok_or("the `(` of its options is not closed")?,
        None => ("", rest),
    };
    let mut schedule = Schedule::Usual;
    let mut notes = Vec::new();
    for option in options.split(':').map(str::trim).filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("interval", seconds)) => {
                schedule = Schedule::Every(seconds.parse().map_err(|_| format!("`{option}` is no number of seconds"))?);
            }
            Some(("appendage" | "appendage_age", _)) => {
                notes.push(format!("`{option}` is dropped: outputs tell the age"))
            }
            _ => return Err(format!("its option `{option}` is not known here")),
        }
    }
    Ok(FoundCommand {
        // Checkmk writes a blank of a service's name so.
        name: name.replace("%20", " "),
        given: true,
        command: Command::Shell(command.trim().to_owned()),
        schedule,
        user: None,
        check: Check::Plugin,
        timeout: None,
        env: Vec::new(),
        notes,
    })
}
