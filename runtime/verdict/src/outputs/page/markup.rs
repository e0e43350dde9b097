//! Pieces of HTML. All text passes [`text`].

use jiff::Timestamp;

use roundsman_contract::Status;
use roundsman_grants::escape;

/// Returns text between tags, or between double quotes.
pub fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in escape::line(text).chars() {
        match character {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            other => safe.push(other),
        }
    }
    safe
}

/// Returns a time, shown in words.
pub fn time(at: Timestamp, shown: &str) -> String {
    format!("<time datetime=\"{at:.0}\">{}</time>", text(shown))
}

/// Returns a status by its word, its sign and its colour.
pub(crate) fn chip(status: Option<Status>, word: &str) -> String {
    let (class, sign) = match status {
        Some(Status::Ok) => (" ok", "✓"),
        Some(Status::Warning) => (" warning", "▲"),
        Some(Status::Critical) => (" critical", "✖"),
        Some(Status::Unknown) => (" unknown", "?"),
        None => ("", "–"),
    };
    format!(
        "<span class=\"chip{class}\"><span aria-hidden=\"true\">{sign}</span> {}</span>",
        text(&word.replace('_', " "))
    )
}
