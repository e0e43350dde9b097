//! Steps of the runtime itself, printed if asked for: they show where the time of a round goes, and belong into the report of a fault.
//! Only the round's own process tells; what a check says is in its log.

use std::io::{self, Write};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags};
use tracing::Level;
use tracing_subscriber::fmt;

use super::print;
use roundsman_grants::escape;
use roundsman_os::process::deadline::poll_until;

/// The variable of the environment that asks.
pub(crate) const VARIABLE: &str = "ROUNDSMAN_LOG";
/// Value of the variable that asks for the steps.
const STEPS: &str = "debug";

/// Text for the page of help.
pub const HELP: &str = "ROUNDSMAN_LOG=debug in the environment prints each step of the runtime on stderr";

/// Prints each step on stderr from now on if the environment asks for it; else this costs nothing.
pub(crate) fn start() {
    let Some(word) = std::env::var_os(VARIABLE).filter(|word| !word.is_empty()) else { return };
    if word != STEPS {
        let word = escape::line(&word.to_string_lossy());
        return print::complain(&format!("{VARIABLE}={word}: nothing is told; write {VARIABLE}={STEPS}"));
    }
    let told = fmt().with_max_level(Level::DEBUG).with_writer(|| Stderr).with_timer(fmt::time::uptime());
    // No colours: what is told passes the gate of all that is printed.
    told.with_ansi(false).init();
}

/// Takes what it can without waiting, and is never at fault: no check is held up or lost because nobody listens.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr();
        // Where a pipe has any room, it has room for a page, and a line is shorter.
        if poll_until(&mut [PollFd::new(&stderr, PollFlags::OUT)], Instant::now()).is_ok_and(|has_room| has_room) {
            let _ = stderr.write_all(escape::page(&String::from_utf8_lossy(line)).as_bytes());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
