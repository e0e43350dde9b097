//! The lists that Exim prints of its queue (exim(8)).

use roundsman_sdk::parse::{Field, ParseError, rows};

use crate::queue::{Oldest, Queues};

/// Reads `exim -bpc`: the number of messages.
pub fn count(text: &str) -> Result<Queues, ParseError> {
    let mut queues = Queues::named(&["queue"]);
    queues.queue("queue").messages = Field::new(text.trim()).integer()?;
    Ok(queues)
}

/// Reads `exim -bp`: age, size, id and sender of each message, then its recipients, each in a line of its own; nothing
/// for an empty queue.
pub fn list(text: &str) -> Result<Queues, ParseError> {
    let mut queues = Queues::named(&["queue", "frozen"]);
    for row in rows(text) {
        let columns = row.columns();
        let [age, size, id, ..] = columns else {
            recipient(columns)?;
            continue;
        };
        if columns.iter().all(|it| it.text() == "D" || it.text().contains('@')) {
            continue;
        }
        if id.text().matches('-').count() != 2 {
            return Err(id.error("is no id of a message of Exim"));
        }
        let frozen = columns.iter().any(|it| it.text() == "frozen");
        let queue = queues.queue(if frozen { "frozen" } else { "queue" });
        queue.add(bytes(size)?, Oldest::Age(age.duration()?));
    }
    Ok(queues)
}

/// Accepts a recipient, with a `D` before it where the message was delivered to it.
fn recipient(columns: &[Field]) -> Result<(), ParseError> {
    match columns {
        [_] | [_, _]
            if columns.last().is_some_and(|it| it.text().contains('@') || it.text().starts_with(['<', '+'])) =>
        {
            Ok(())
        }
        [first, ..] => Err(first.error("is neither a message nor a recipient")),
        [] => Ok(()),
    }
}

/// Reads `269`, `2.9K`, `12M`: rounded by Exim.
fn bytes(size: &Field) -> Result<u64, ParseError> {
    let (number, factor) = match size.text().chars().last() {
        Some('K') => (size.without_end("K")?, 1_u64 << 10),
        Some('M') => (size.without_end("M")?, 1 << 20),
        Some('G') => (size.without_end("G")?, 1 << 30),
        _ => (size.clone(), 1),
    };
    let (whole, tenths) = number.split_once('.').unwrap_or((number.clone(), Field::new("0")));
    let (whole, tenths): (u64, u64) = (whole.integer()?, tenths.integer()?);
    if tenths > 9 {
        return Err(size.error("is no size such as 2.9K"));
    }
    let bytes = whole.checked_mul(factor).and_then(|bytes| bytes.checked_add(tenths * factor / 10));
    bytes.ok_or_else(|| size.error("is out of range"))
}
