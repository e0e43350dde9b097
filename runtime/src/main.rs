//! The program `roundsman`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: what cron, a shell or a service manager left us.
    if let Err(error) = roundsman::process::stdio::at_start() {
        roundsman::cli::complain(&format!("roundsman: {error}"));
        return ExitCode::from(roundsman::cli::exit::UNAVAILABLE);
    }
    roundsman::cli::main()
}
