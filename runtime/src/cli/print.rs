//! The one place that writes to stdout and stderr.

use std::io::{self, Write as _};

use super::exit;

/// Writes text to stdout, and gives the exit code: a reader that went away is no fault, a full disk is.
pub fn text(text: &str) -> u8 {
    bytes(text.as_bytes())
}

/// As [`text`].
pub fn bytes(bytes: &[u8]) -> u8 {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => 0,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            complain(&format!("writing to stdout: {error}"));
            exit::NOT_STORED
        }
    }
}

/// Writes a message to stderr.
pub fn complain(message: &str) {
    // Who closed stderr wants no messages.
    let _ = writeln!(io::stderr(), "{message}");
}
