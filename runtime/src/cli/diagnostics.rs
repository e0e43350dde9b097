//! What the runtime itself does, step by step, for who asks: where the time of a round goes, or what a report of a fault needs.
//! Only the round's own process tells; what a check says is in its log.

use std::io::{self, IsTerminal as _};

use tracing::Level;
use tracing_subscriber::fmt;

use super::print;

/// The variable of the environment that asks: `debug`, or a level that tells less.
pub const VARIABLE: &str = "ROUNDSMAN_LOG";

/// Has stderr told, from now on, what the environment asks for. Where it asks for nothing, this costs nothing.
pub fn start() {
    let Some(word) = std::env::var_os(VARIABLE).filter(|word| !word.is_empty()) else { return };
    let Some(level) = word.to_str().and_then(level) else {
        let word = crate::escape::line(&word.to_string_lossy());
        return print::complain(&format!(
            "{VARIABLE}={word}: write error, warn, info, debug or trace; nothing is told"
        ));
    };
    let told = fmt().with_max_level(level).with_writer(io::stderr).with_timer(fmt::time::uptime());
    told.with_ansi(io::stderr().is_terminal()).init();
}

fn level(word: &str) -> Option<Level> {
    word.parse().ok()
}
