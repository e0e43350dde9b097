//! Checkmk's local checks: the programs of `local/`, and of `local/N/`, which run every N seconds.

use super::{Check, Command, FoundCommand, Line, Schedule};

/// One line for each program; `paths` are those below the directory.
pub(super) fn lines(paths: &[String]) -> Vec<Line> {
    paths
        .iter()
        .enumerate()
        .map(|(index, path)| Line { number: index + 1, text: path.clone(), found: Ok(found(path)) })
        .collect()
}

fn found(path: &str) -> FoundCommand {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let seconds = parts.next().and_then(|directory| directory.parse().ok());
    FoundCommand {
        name: name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned(),
        given: false,
        command: Command::Program(path.to_owned()),
        schedule: seconds.map_or(Schedule::Usual, Schedule::Every),
        user: None,
        check: Check::Local,
        timeout: None,
        env: Vec::new(),
        notes: Vec::new(),
    }
}
