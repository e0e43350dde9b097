//! A message of mail (RFC 5322) for `sendmail -t -i`. No line of its head comes from data: texts are encoded words (RFC 2047), or
//! without line breaks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use roundsman_grants::escape;

/// Characters of a subject: what is longer stands in the text.
const SUBJECT: usize = 150;
/// Bytes of a line of the text that goes as it is (RFC 5322 allows 998).
const LINE: usize = 900;

/// All of a message.
#[derive(Debug, Clone)]
pub struct MailMessage<'m> {
    /// `None`: the account that sends it.
    pub from: Option<&'m str>,
    pub to: &'m [String],
    pub at: Timestamp,
    pub subject: &'m str,
    /// What the message is known by, without brackets.
    pub id: &'m str,
    /// The message about the trouble that this one tells the end of.
    pub about: Option<&'m str>,
    pub text: &'m str,
}

/// Encodes a message.
#[must_use]
pub fn encode(message: &MailMessage<'_>) -> String {
    let to: Vec<String> = message.to.iter().map(|to| escape::line(to)).collect();
    let mut lines = vec![
        format!("To: {}", to.join(",\n ")),
        format!("Subject: {}", words(message.subject)),
        format!("Date: {}", message.at.strftime("%a, %d %b %Y %H:%M:%S +0000")),
        format!("Message-ID: <{}>", id(message.id)),
    ];
    lines.extend(message.from.map(|from| format!("From: {}", escape::line(from))));
    lines.extend(message.about.map(|about| format!("In-Reply-To: <{0}>\nReferences: <{0}>", id(about))));
    let text = escape::page(message.text);
    let is_plain = text.is_ascii() && text.lines().all(|line| line.len() <= LINE);
    let (encoding, text) = if is_plain { ("7bit", text.into_owned()) } else { ("base64", in_base64(&text)) };
    lines.extend([
        // No answer comes back from what answers by itself (RFC 3834).
        "Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8".to_owned(),
        format!("Content-Transfer-Encoding: {encoding}\n\n{text}"),
    ]);
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// Encodes a text of the head in pieces of at most 75 characters, as RFC 2047 wants; plain ASCII stays.
fn words(text: &str) -> String {
    let text = escape::line(text);
    let mut text: String = match text.char_indices().nth(SUBJECT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    if text.is_ascii() && !text.contains("=?") {
        return std::mem::take(&mut text);
    }
    /// `=?utf-8?B?…?=` with 60 characters of base64.
    const PIECE: usize = 45;
    let mut pieces = vec![String::new()];
    for one in text.chars() {
        match pieces.last_mut() {
            Some(piece) if piece.len() + one.len_utf8() <= PIECE => piece.push(one),
            _ => pieces.push(one.to_string()),
        }
    }
    let encoded = pieces.iter().map(|piece| format!("=?utf-8?B?{}?=", STANDARD.encode(piece)));
    encoded.collect::<Vec<_>>().join("\n ")
}

/// Keeps what is allowed between the brackets of an id; all else becomes `_`.
fn id(text: &str) -> String {
    text.chars().map(|one| if one.is_ascii_alphanumeric() || ".-_@".contains(one) { one } else { '_' }).collect()
}

fn in_base64(text: &str) -> String {
    let encoded = STANDARD.encode(text);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_message_is_what_sendmail_takes() {
        let to = ["ops@example.com".to_owned(), "night@example.com".to_owned()];
        let message = MailMessage {
            from: Some("roundsman@web1.example"),
            to: &to,
            at: at("2026-11-22T19:15:00Z"),
            subject: "OK web1 disk (was CRITICAL 2 h)",
            id: "roundsman.18@web1",
            about: Some("roundsman.17@web1"),
            text: "2 of 2 mounted\n",
        };
        let text = "\
            To: ops@example.com,\n night@example.com\n\
            Subject: OK web1 disk (was CRITICAL 2 h)\n\
            Date: Sun, 22 Nov 2026 19:15:00 +0000\n\
            Message-ID: <roundsman.18@web1>\n\
            From: roundsman@web1.example\n\
            In-Reply-To: <roundsman.17@web1>\n\
            References: <roundsman.17@web1>\n\
            Auto-Submitted: auto-generated\n\
            MIME-Version: 1.0\n\
            Content-Type: text/plain; charset=utf-8\n\
            Content-Transfer-Encoding: 7bit\n\n\
            2 of 2 mounted\n";
        assert_eq!(encode(&message), text);
    }

    #[test]
    fn no_line_of_the_head_comes_from_data() {
        let hostile = "a\r\nBcc: all@example.com\n\nü=?utf-8?Q?x?=";
        let to = ["ops@example.com\nBcc: x@example.com".to_owned()];
        let subject = hostile.repeat(20);
        let text = format!("{hostile}\n{}", "y".repeat(2_000));
        let message = MailMessage {
            from: Some(hostile),
            to: &to,
            at: at("2026-11-22T19:15:00Z"),
            subject: &subject,
            id: hostile,
            about: Some(hostile),
            text: &text,
        };
        let encoded = encode(&message);
        let (head, body) = encoded.split_once("\n\n").unwrap();
        let fields: Vec<&str> =
            head.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split(':').next().unwrap()).collect();
        let expected = [
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "From",
            "In-Reply-To",
            "References",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ];
        assert_eq!(fields, expected, "{encoded}");
        assert!(
            encoded.lines().all(|line| line.len() <= 200 && line.is_ascii() || line.starts_with("From: ")),
            "{encoded}"
        );
        let decoded = STANDARD.decode(body.replace('\n', "")).unwrap();
        assert!(String::from_utf8(decoded).unwrap().starts_with("a\\r\nBcc: all"), "the text keeps its lines");
    }
}
