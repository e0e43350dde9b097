//! The lists that Postfix prints of its queues (postqueue(1)).

use roundsman_sdk::parse::{Field, ParseError, document, lines, rows};

use crate::queue::{Oldest, Queues};

/// The queues that each Postfix has.
const QUEUES: [&str; 5] = ["maildrop", "hold", "incoming", "active", "deferred"];

/// Reads `postqueue -j` (3.1 and later): an object for each message, one a line; nothing for empty queues.
pub fn json(text: &str) -> Result<Queues, ParseError> {
    let mut queues = Queues::named(&QUEUES);
    for line in lines(text).filter(|line| !line.text().trim().is_empty()) {
        let in_line = |error: ParseError| ParseError { line: line.line(), ..error };
        let document = document(line.text()).map_err(in_line)?;
        let message = document.root();
        let name = message.get("queue_name").and_then(|it| it.text()).map_err(in_line)?;
        let size = message.get("message_size").and_then(|it| it.natural()).map_err(in_line)?;
        let came = message.get("arrival_time").and_then(|it| it.natural()).map_err(in_line)?;
        let came = i64::try_from(came).map_err(|_| in_line(message.error("came at no time")))?;
        queues.queue(name).add(size, Oldest::At(came));
    }
    Ok(queues)
}

/// Reads `postqueue -p` and `mailq`: a table whose last line counts. Its dates have no year, so there are no ages.
pub fn table(text: &str) -> Result<Queues, ParseError> {
    let mut queues = Queues::named(&QUEUES);
    if text.trim() == "Mail queue is empty" {
        return Ok(queues);
    }
    let mut messages = 0;
    let mut counted = None;
    for row in rows(text) {
        let [first, ..] = row.columns() else { continue };
        if first.text() == "--" {
            counted = Some(row.column(4)?.integer::<u64>()?);
        } else if let Some((name, size)) = message(row.columns()) {
            let queue = queues.queue(name);
            queue.messages += 1;
            queue.size = Some(queue.size.unwrap_or(0).saturating_add(size));
            messages += 1;
        }
    }
    match counted {
        Some(counted) if counted == messages => Ok(queues),
        Some(counted) => {
            Err(ParseError::whole(format!("the last line counts {counted} messages, and {messages} are listed")))
        }
        None => Err(ParseError::whole("there is no last line that counts: the list was cut off")),
    }
}

/// Returns the queue and the size of a message's first line: its id in capital letters and digits, with a mark of the
/// queue.
fn message<'a>(columns: &[Field]) -> Option<(&'a str, u64)> {
    let [id, size, ..] = columns else { return None };
    let bare = id.text().trim_end_matches(['*', '!', '#']);
    if bare.len() < 6 || !bare.bytes().all(|byte| byte.is_ascii_alphanumeric()) || columns.len() < 7 {
        return None;
    }
    let name = match id.text().strip_prefix(bare)? {
        "*" => "active",
        "!" => "hold",
        _ => "deferred",
    };
    Some((name, size.integer().ok()?))
}
