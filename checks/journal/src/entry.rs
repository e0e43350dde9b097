//! An entry of the journal in its JSON (systemd.journal-fields(7), and "Journal JSON Format" of systemd).

use roundsman_sdk::parse::{Node, ParseError, document};
use roundsman_sdk::text::shown;

/// An entry: its place in the journal, and what it says as `journalctl` shows it: `sshd: Accepted publickey …`.
#[derive(Debug)]
pub struct Entry {
    pub cursor: String,
    pub text: String,
    /// Whether it has a message at all: few lack it.
    pub has_message: bool,
    /// Whether `journalctl` printed null for the message: without `--all` it leaves out what is longer than 4096 bytes.
    pub is_withheld: bool,
}

/// Reads one line.
pub fn parse(line: &str) -> Result<Entry, ParseError> {
    let document = document(line)?;
    let entry = document.root();
    let cursor = entry.get("__CURSOR")?.text()?.to_owned();
    let who = match entry.find("SYSLOG_IDENTIFIER")? {
        Some(name) => Some(name),
        None => entry.find("_COMM")?,
    };
    let who = who.map(|it| text(&it)).transpose()?.unwrap_or_else(|| "unknown".to_owned());
    let message = entry.find("MESSAGE")?.map(|it| text(&it)).transpose()?;
    let has_message = message.is_some();
    let is_withheld = !has_message && entry.members()?.iter().any(|(key, _)| *key == "MESSAGE");
    let text = format!("{who}: {}", message.unwrap_or_default().trim_end().replace('\n', " "));
    Ok(Entry { cursor, text, has_message, is_withheld })
}

/// Returns a field: a text, a list of bytes where it is no UTF-8 or has control characters, or a list of several such
/// values.
fn text(value: &Node) -> Result<String, ParseError> {
    let Ok(items) = value.items() else { return value.text().map(str::to_owned) };
    let bytes: Result<Vec<u8>, ParseError> =
        items.iter().map(|it| u8::try_from(it.natural()?).map_err(|_| it.error("is no byte"))).collect();
    match bytes {
        Ok(bytes) => Ok(shown(&bytes).into_owned()),
        // Several values: a pattern may be meant for any of them.
        Err(error) if items.is_empty() => Err(error),
        Err(_) => Ok(items.iter().map(text).collect::<Result<Vec<_>, _>>()?.join(" ")),
    }
}
