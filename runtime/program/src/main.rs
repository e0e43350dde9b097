//! The program `roundsman`.

#[cfg(all(target_env = "musl", not(test)))]
mod allocator;

use std::process::ExitCode;

use roundsman_os::process::{relro, starved, stdio};

/// A round allocates much, for a moment; musl's allocator takes twice as long. The harness of tests has threads.
#[cfg(all(target_env = "musl", not(test)))]
#[global_allocator]
static ALLOCATOR: allocator::OneThread = allocator::OneThread::new();

fn main() -> ExitCode {
    // Before anything else: what cron, a shell or a service manager left us.
    match relro::protect().and_then(|()| stdio::at_start()).and_then(|()| starved::enough()) {
        Ok(()) => roundsman::cli::main(),
        Err(error) => roundsman::cli::unprepared(&error),
    }
}
