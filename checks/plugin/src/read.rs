//! Running of the one granted command, and what it printed as text.

use std::borrow::Cow;

use roundsman_sdk::commands::{self, Command, Completed, Ending};
use roundsman_sdk::text::shown;
use roundsman_sdk::{Failure, Problem};

/// Exit and output of the plugin.
pub struct Printed {
    pub ending: Ending,
    pub output: String,
    pub errors: String,
    /// Seconds.
    pub duration: f64,
}

/// Runs the plugin to its end.
pub fn read() -> Result<Printed, Failure> {
    Ok(Printed::from(plugin()?.run()?))
}

/// The one command that is granted, all of whose arguments are written out.
fn plugin() -> Result<Command, Failure> {
    let granted = commands::granted();
    if granted.len() > 1 {
        let said: Vec<String> = granted.iter().map(|it| it.argv.join(" ")).collect();
        let message =
            format!("{} commands are granted ({}): make a check of each plugin", granted.len(), said.join("; "));
        return Err(Failure::options(vec![Problem::new("", message)]));
    }
    commands::only_granted("")
}

impl From<Completed> for Printed {
    fn from(completed: Completed) -> Self {
        Self {
            ending: completed.ending,
            output: text(&completed.standard_output),
            errors: text(&completed.standard_error),
            duration: completed.duration as f64 / 1e9,
        }
    }
}

/// Bytes as text: without NUL and without CR before LF, what is not UTF-8 as `\xNN`.
fn text(bytes: &[u8]) -> String {
    let without_nul: Cow<'_, [u8]> = match bytes.contains(&0) {
        true => bytes.iter().copied().filter(|byte| *byte != 0).collect::<Vec<u8>>().into(),
        false => bytes.into(),
    };
    let text = shown(&without_nul);
    if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text.into_owned() }
}
