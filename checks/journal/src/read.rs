//! Reading of what is new, and keeping of the place up to which it was read.

use roundsman_sdk::commands::{self, Command, Ending};
use roundsman_sdk::{Error, Failure, HostError, Reason, log, state};

use crate::entry::{self, Entry};

/// The newest entry. Without `--all` a field of over 4096 bytes is printed as null.
pub const NEWEST: [&str; 8] = ["/usr/bin/journalctl", "-o", "json", "--no-pager", "-q", "--all", "-n", "1"];
/// All entries from one on.
pub const SINCE: [&str; 7] = ["/usr/bin/journalctl", "-o", "json", "--no-pager", "-q", "--all", "--cursor=*"];

/// The argument that names an entry, and the wildcard of its grant.
const CURSOR: &str = "--cursor=";
/// The key of the cursor up to which entries were read; it is empty where there was no entry.
const PLACE: &str = "cursor";

/// The new entries.
#[derive(Default)]
pub struct New {
    pub entries: Vec<Entry>,
    /// Whether this is the first run, which only notes where the journal ends.
    pub first: bool,
    /// Why entries may have been missed.
    pub lost: Option<String>,
    /// Lines that are no entry, and the first of their faults.
    pub broken: Option<(usize, String)>,
}

/// Returns the entries since the run before, and keeps where they end.
pub fn new() -> Result<New, Failure> {
    let before = match state::get(PLACE) {
        Ok(bytes) => bytes.and_then(|bytes| String::from_utf8(bytes).ok()),
        Err(error) => {
            log::warning(&format!("up to where the journal was read is not known: {error}"));
            None
        }
    };
    let (new, end) = match before.as_deref() {
        None => {
            let end = newest()?;
            (New { first: true, ..New::default() }, end)
        }
        // There was no entry, so all that is there is new; of several, the newest is seen.
        Some("") => {
            let printed = newest_command().output()?;
            let (entries, broken) = parsed(&printed);
            let end = entries.last().map(|it| it.cursor.clone());
            let broken = broken.or_else(|| withheld(&entries));
            (New { entries, broken, ..New::default() }, end)
        }
        Some(cursor) => since(cursor)?,
    };
    state::set(PLACE, end.or(before).unwrap_or_default().as_bytes())?;
    Ok(new)
}

/// Returns the cursor of the newest entry; `None` in an empty journal.
fn newest() -> Result<Option<String>, Failure> {
    let command = newest_command();
    let (entries, broken) = parsed(&command.output()?);
    match (entries.last(), broken) {
        (None, Some((_, why))) => Err(Failure::new(format!("{command}: {why}"))),
        (last, _) => Ok(last.map(|it| it.cursor.clone())),
    }
}

/// Returns the entries after the one with this cursor, and where they end. It is asked for as well: if it is not the
/// first, entries were removed before they were read.
fn since(cursor: &str) -> Result<(New, Option<String>), Failure> {
    let command = since_command(cursor);
    let anew = |why: String| Ok((New { lost: Some(why), ..New::default() }, newest()?));
    let completed = match command.run() {
        Ok(completed) => completed,
        // The next run would meet the same entries, and more.
        Err(Error { reason: Reason::Host(HostError::Limit(limit)), .. }) => {
            return anew(format!("there were more than limits.{} allows", limit.key));
        }
        Err(error) => return Err(error.into()),
    };
    if completed.ending != Ending::Code(0) {
        let failure = completed.failure(&command);
        // A journal that was begun anew knows no such entry.
        return if failure.message.contains("Failed to seek") { anew(failure.message) } else { Err(failure) };
    }
    let (mut entries, broken) = parsed(completed.text(&command)?);
    let end = entries.last().map(|it| it.cursor.clone());
    let known = entries.first().is_some_and(|it| it.cursor == cursor);
    if known {
        entries.remove(0);
    }
    let broken = broken.or_else(|| withheld(&entries));
    let lost = (!known).then(|| "entries were removed before they were read".to_owned());
    Ok((New { entries, lost, broken, ..New::default() }, end))
}

/// Returns the entries of a text, one a line, and how many lines are none, with the fault of the first.
fn parsed(text: &str) -> (Vec<Entry>, Option<(usize, String)>) {
    let (mut entries, mut broken) = (Vec::new(), None);
    for line in text.lines().filter(|line| !line.is_empty()) {
        match entry::parse(line) {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                let (number, _) = broken.get_or_insert((0, error.to_string()));
                *number += 1;
            }
        }
    }
    if broken.is_none() && !entries.is_empty() && !entries.iter().any(|it: &Entry| it.has_message) {
        broken = Some((entries.len(), "there is no \"MESSAGE\"".to_owned()));
    }
    (entries, broken)
}

/// Counts entries whose message nobody has seen, and says how it is seen.
fn withheld(entries: &[Entry]) -> Option<(usize, String)> {
    let number = entries.iter().filter(|it| it.is_withheld).count();
    let why =
        "its message is null, as it is long: journalctl prints it with --all, which goes into both `argv` of the grant";
    (number > 0).then(|| (number, why.to_owned()))
}

/// Returns the granted command whose last argument is a cursor, with this one.
fn since_command(cursor: &str) -> Command {
    let wild = |it: &String| it.starts_with(CURSOR) && it.ends_with('*');
    let granted = commands::granted();
    let found = granted.iter().find(|it| it.argv.iter().any(wild));
    let argv = found.map_or_else(|| SINCE.map(str::to_owned).to_vec(), |it| it.argv.clone());
    // One that was not granted is denied by the host, which says what to write.
    Command::new(argv.iter().map(|it| if wild(it) { format!("{CURSOR}{cursor}") } else { it.clone() }))
}

/// Returns the granted command that prints the newest entry.
fn newest_command() -> Command {
    let granted = commands::granted();
    let found = granted.iter().find(|it| it.literal);
    Command::new(found.map_or_else(|| NEWEST.map(str::to_owned).to_vec(), |it| it.argv.clone()))
}
