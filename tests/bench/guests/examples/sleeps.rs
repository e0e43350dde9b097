//! Reads a file, then runs a program that sleeps: meanwhile every kind of process of a round is there to be looked at.

use roundsman_sdk::commands::Command;
use roundsman_sdk::{Check, Descriptor, Failure, NoOptions, Outcome, files};

struct Sleeps;

impl Check for Sleeps {
    type Options = NoOptions;

    fn describe() -> Descriptor {
        Descriptor::new("sleeps", "0.1.0", "reads /proc/meminfo and runs /bin/sleep")
    }

    fn run(_: NoOptions) -> Result<Outcome, Failure> {
        let text = files::read_text("/proc/meminfo")?;
        Command::new(["/bin/sleep", "1"]).run()?;
        Ok(Outcome::new(format!("{} bytes", text.len())))
    }
}

roundsman_sdk::export!(Sleeps);
