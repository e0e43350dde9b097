//! Tests of processes with real processes.
#![expect(clippy::disallowed_methods, reason = "a test starts programs and threads to look at what they see")]

mod apart;
mod commands;
mod forks;
mod host;
mod launches;
mod locks;
mod starts;
mod terminal;
mod trees;
#[path = "../scenes/mod.rs"]
mod scenes;

use std::process::ExitCode;

use scenes::Scene;

fn main() -> ExitCode {
    scenes::play_all(&[
        forks::SCENES,
        starts::SCENES,
        terminal::SCENES,
        launches::SCENES,
        locks::SCENES,
        trees::SCENES,
        commands::SCENES,
        apart::SCENES,
    ])
}
