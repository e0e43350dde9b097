//! Inside out: whoever has taken over a worker, by whatever hole in the engine, reaches nothing. Real rounds with real
//! workers, some of which attack instead of doing their work. Each thing that must fail is first shown to succeed where
//! nothing defends.
#![expect(clippy::disallowed_methods, reason = "attackers start threads, and tests the program")]

mod attempt;
mod bounds;
mod calls;
mod canary;
mod crashes;
mod lies;
mod messages;
mod others;
mod place;
mod readers;
mod seen;
mod staged;
mod system;
mod watch;
#[path = "../scenes/mod.rs"]
mod scenes;

use std::process::ExitCode;

fn main() -> ExitCode {
    scenes::play_all(&[
        calls::SCENES,
        others::SCENES,
        messages::SCENES,
        bounds::SCENES,
        lies::SCENES,
        crashes::SCENES,
        seen::SCENES,
        canary::SCENES,
        readers::SCENES,
    ])
}
