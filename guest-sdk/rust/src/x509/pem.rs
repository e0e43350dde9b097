//! Certificates in PEM (RFC 7468): base64 between a line `BEGIN` and a line `END`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::parse::{ParseError, lines};

/// Names of blocks that hold a certificate, two of them of old programs.
const NAMES: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

/// Returns the bytes of each certificate.
pub(super) fn blocks(text: &str) -> Vec<Result<Vec<u8>, ParseError>> {
    let mut blocks = Vec::new();
    // The line and the base64 of the block that is open.
    let mut open: Option<(usize, String)> = None;
    for line in lines(text) {
        let trimmed = line.text().trim();
        if marked(trimmed, "BEGIN") {
            blocks.extend(open.take().map(|(line, _)| Err(unfinished(line))));
            open = Some((line.line(), String::new()));
        } else if marked(trimmed, "END") {
            blocks.extend(open.take().map(|(line, base64)| {
                let wrong = |error: base64::DecodeError| ParseError { line, column: 0, message: error.to_string() };
                STANDARD.decode(base64).map_err(wrong)
            }));
        } else if let Some((_, base64)) = &mut open {
            base64.push_str(trimmed);
        }
    }
    blocks.extend(open.map(|(line, _)| Err(unfinished(line))));
    blocks
}

fn marked(line: &str, word: &str) -> bool {
    let inner = line.strip_prefix("-----").and_then(|rest| rest.strip_suffix("-----"));
    inner.and_then(|rest| rest.strip_prefix(word)?.strip_prefix(' ')).is_some_and(|name| NAMES.contains(&name))
}

fn unfinished(line: usize) -> ParseError {
    ParseError { line, column: 0, message: "a certificate begins here, and has no end".into() }
}
