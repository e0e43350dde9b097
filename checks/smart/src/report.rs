//! The JSON that `smartctl --json` prints (smartctl(8), version 7.0 and later).

use roundsman_sdk::Failure;
use roundsman_sdk::parse::{Node, ParseError, document};

use crate::disk::{self, Disk};

/// Bits of the exit code: the arguments are wrong, the device cannot be opened or sleeps.
const NOT_ASKED: u64 = 0b11;

/// Answer of smartctl about one disk.
#[derive(Debug, PartialEq)]
pub enum Answer {
    Told(Box<Disk>),
    /// It is not spinning, and was not woken.
    Asleep,
}

pub fn parse(text: &str) -> Result<Answer, Failure> {
    let document = document(text)?;
    let root = document.root();
    let own = root.get("smartctl")?;
    let status = own.get("exit_status")?.natural()?;
    let messages = messages(&own)?;
    if status & NOT_ASKED != 0 {
        if messages.iter().any(|it| it.contains(" mode, exit(") || it.contains("mode, not checked")) {
            return Ok(Answer::Asleep);
        }
        let said = if messages.is_empty() { "without a word".to_owned() } else { messages.join("; ") };
        return Err(Failure::new(format!("exit code {status}: {said}")));
    }
    Ok(Answer::Told(Box::new(disk::parse(&root)?)))
}

fn messages(own: &Node) -> Result<Vec<String>, ParseError> {
    let Some(list) = own.find("messages")? else { return Ok(Vec::new()) };
    list.items()?.iter().map(|message| Ok(message.get("string")?.text()?.to_owned())).collect()
}
