//! The program `roundsman`.

use std::process::ExitCode;

/// A round allocates much, for a moment, in one thread; musl's allocator takes twice as long.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    // Before anything else: what cron, a shell or a service manager left us.
    if let Err(error) = roundsman::process::stdio::at_start() {
        roundsman::cli::complain(&format!("roundsman: {error}"));
        return ExitCode::from(roundsman::cli::exit::UNAVAILABLE);
    }
    roundsman::cli::main()
}
