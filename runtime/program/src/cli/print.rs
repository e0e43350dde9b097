//! The one place that writes to stdout and stderr: nothing that passes here commands a terminal, whoever wrote it.

use std::io::{self, Write as _};

use super::exit;
use roundsman_grants::escape;
use roundsman_verdict::outputs::text::{Colour, Look, SEQUENCES};

/// Writes lines to stdout, and gives the exit code: a reader that went away is no fault, a full disk is.
pub(crate) fn page(text: &str) -> u8 {
    verbatim(escape::page(text).as_bytes())
}

/// Works as [`page`], with the colours that this look has.
pub(crate) fn coloured(text: &str, look: Look) -> u8 {
    match look.colour {
        Colour::Never => page(text),
        Colour::Always => verbatim(escape::page_but(text, &SEQUENCES).as_bytes()),
    }
}

/// Writes to stdout what the program itself is made of: its manual and its completions.
pub(crate) fn verbatim(bytes: &[u8]) -> u8 {
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

/// Writes a message of one line to stderr.
pub(crate) fn complain(message: &str) {
    complain_page(&escape::line(message));
}

/// Writes a message to stderr that has lines of our own: a place of a file underlined, or what to write.
pub(crate) fn complain_page(message: &str) {
    // A caller that closed stderr wants no messages.
    let _ = writeln!(io::stderr(), "{}", escape::page(message));
}
