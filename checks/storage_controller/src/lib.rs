//! Controllers of RAID in hardware: the controller, its volumes, disks and batteries, as the vendor's program tells them.
#![forbid(unsafe_code)]

mod arcconf;
mod indented;
mod judge;
mod options;
mod ssacli;
mod storcli;
mod thing;

use roundsman_sdk::commands::{self, Command, Completed, Ending, GrantedCommand};
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Range, Unit};

use options::Options;
use thing::Things;

const LABELS: &[&str] = &["thing"];

const TEMPERATURE: Measure = Measure::gauge("temperature", Unit::Celsius, "of the disk or controller").labels(LABELS);
const MEDIA_ERRORS: Measure =
    Measure::gauge("media_errors", Unit::Number, "of the disk, as the controller counts them").labels(LABELS);
const OTHER_ERRORS: Measure =
    Measure::gauge("other_errors", Unit::Number, "of the disk, such as of its cable").labels(LABELS);
/// The disk itself says that it is about to fail.
const PREDICTIVE_FAILURES: Measure =
    Measure::gauge("predictive_failures", Unit::Number, "that the disk itself foretold")
        .labels(LABELS)
        .warning(Range::up_to(0.0));

/// The check; see README.md for its options and metrics.
pub struct StorageController;

impl Check for StorageController {
    type Options = Options;

    fn describe() -> Descriptor {
        let summary = "RAID controllers with their volumes, disks and batteries";
        let descriptor = Descriptor::new("storage_controller", env!("CARGO_PKG_VERSION"), summary);
        let needs: [&[&str]; 4] = [
            &["/opt/MegaRAID/storcli/storcli64", "/call", "show", "all", "J"],
            &["/opt/MegaRAID/storcli/storcli64", "/call/eall/sall", "show", "all", "J"],
            &["/usr/sbin/ssacli", "ctrl", "all", "show", "config", "detail"],
            &["/usr/sbin/arcconf", "getconfig", "1"],
        ];
        let descriptor = [&TEMPERATURE, &MEDIA_ERRORS, &OTHER_ERRORS, &PREDICTIVE_FAILURES]
            .into_iter()
            .fold(descriptor, Descriptor::metric);
        needs.into_iter().fold(descriptor, |all, argv| {
            all.need(Need::command(argv, "the vendor's program, one of these").optional())
        })
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let granted = commands::all_granted()?;
        let mut things = Things::default();
        let failed: Vec<(String, Failure)> =
            granted.iter().filter_map(|it| Some((it.argv.join(" "), look(it, &mut things).err()?))).collect();
        Ok(judge::judge(&things, &failed, &options))
    }
}

/// Runs a command and adds what it tells. Whose program it is, its name says.
fn look(granted: &GrantedCommand, things: &mut Things) -> Result<(), Failure> {
    let command = Command::new(granted.argv.iter().cloned());
    let program = granted.argv.first().and_then(|it| it.rsplit('/').next()).unwrap_or_default().to_ascii_lowercase();
    let parse: fn(&str, &mut Things) -> Result<(), Failure> = match program.as_str() {
        it if it.starts_with("storcli") || it.starts_with("perccli") => storcli::parse,
        it if it.starts_with("ssacli") || it.starts_with("hpssacli") || it.starts_with("hpacucli") => ssacli::parse,
        it if it.starts_with("arcconf") => arcconf::parse,
        _ => return Err(Failure::new(format!("{command}: is none of storcli, perccli, ssacli and arcconf"))),
    };
    let completed = command.run()?;
    let text = printed(&command, &completed, &program)?;
    command.read(text, |text| parse(text, things))
}

/// Returns the text that the program printed. storcli ends with another code than 0 where a disk failed, and tells in
/// its JSON what it did.
fn printed<'a>(command: &Command, completed: &'a Completed, program: &str) -> Result<&'a str, Failure> {
    let text = completed.text(command)?;
    let tells = program.starts_with("storcli") || program.starts_with("perccli");
    if completed.ending != Ending::Code(0) && !(tells && text.trim_start().starts_with('{')) {
        return Err(completed.failure(command));
    }
    Ok(text)
}

roundsman_sdk::export!(StorageController);

#[cfg(test)]
mod tests;
