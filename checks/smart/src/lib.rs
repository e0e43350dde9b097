//! Disks by what they tell of themselves (SMART): health, temperature, sectors that cannot be read, wear.
#![forbid(unsafe_code)]

mod disk;
mod judge;
mod options;
mod report;

use roundsman_sdk::commands::Command;
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Range, Unit, files};

use disk::Disk;
use options::{Device, Options};
use report::Answer;

/// Followed by `-d TYPE` where the operator gives one, and by the device. `-n standby` wakes no disk.
const ARGV: [&str; 5] = ["/usr/sbin/smartctl", "--json=c", "-x", "-n", "standby"];
const PROGRAM: &str = "smartctl";
/// Whole disks by the kernel's names.
const DISKS: [&str; 2] = ["/sys/block/sd*", "/sys/block/nvme*"];

const HEALTHY: Measure =
    of_disk("healthy", Unit::Number, "1 where the disk calls itself healthy, else 0").between(0.0, 1.0);
const TEMPERATURE: Measure = of_disk("temperature", Unit::Celsius, "of the disk");
const HOURS: Measure = of_disk("powered_on", Unit::Seconds, "time that the disk was on, in all");
const PENDING: Measure =
    of_disk("pending", Unit::Number, "sectors that could not be read, and wait to be written anew")
        .warning(Range::up_to(0.0));
const UNCORRECTABLE: Measure =
    of_disk("uncorrectable", Unit::Number, "sectors that could not be read when the disk tested itself")
        .warning(Range::up_to(0.0));
const REALLOCATED: Measure = of_disk("reallocated", Unit::Number, "sectors that spare ones have replaced");
const MEDIA_ERRORS: Measure = of_disk("media_errors", Unit::Number, "data that could not be read, or not be written");
const WEAR: Measure = of_disk("wear_percent", Unit::Percent, "of the writes used up that the disk is made for");
const SPARE: Measure = of_disk("spare_percent", Unit::Percent, "of the spare sectors left").between(0.0, 100.0);

const fn of_disk(name: &'static str, unit: Unit, help: &'static str) -> Measure {
    Measure::gauge(name, unit, help).labels(&["disk"])
}

/// The check; see README.md for its options and metrics.
pub struct Smart;

impl Check for Smart {
    type Options = Options;

    fn describe() -> Descriptor {
        let metrics =
            [&HEALTHY, &TEMPERATURE, &HOURS, &PENDING, &UNCORRECTABLE, &REALLOCATED, &MEDIA_ERRORS, &WEAR, &SPARE];
        let descriptor = Descriptor::new(
            "smart",
            env!("CARGO_PKG_VERSION"),
            "disks by their own word: health, wear, unreadable sectors",
        );
        metrics.into_iter().fold(descriptor, Descriptor::metric)
    }

    fn needs(options: &Options) -> Vec<Need> {
        let why = "what disks tell of themselves; as root";
        if options.disks.is_empty() {
            let disks = DISKS.map(|pattern| Need::metadata(pattern, "the disks of this host"));
            let smartctl = Need::command_pattern(&[&ARGV[..], &["/dev/*"]].concat(), why);
            return disks.into_iter().chain([smartctl]).collect();
        }
        options.disks.iter().map(|device| Need::command(&argv(device), why)).collect()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let devices = if options.disks.is_empty() { all()? } else { options.disks.clone() };
        let disks = devices.into_iter().filter(|it| !options.ignore.contains(&it.device));
        let disks: Vec<(Device, Result<Answer, Failure>)> =
            disks.map(|device| (device.clone(), ask(&device))).collect();
        Ok(judge::judge(&disks, &options))
    }
}

/// The whole disks that the kernel has. A controller and its name spaces are one disk: of these the first stands for it.
fn all() -> Result<Vec<Device>, Failure> {
    let mut names = Vec::new();
    for pattern in DISKS {
        names.extend(
            files::stat_glob(pattern)?.into_iter().filter_map(|(path, _)| Some(path.rsplit('/').next()?.to_owned())),
        );
    }
    let device = |name: &String| Device { device: format!("/dev/{name}"), kind: None, name: None };
    Ok(names.iter().filter(|name| is_first(name)).map(device).collect())
}

/// `nvme0n1` and not `nvme0n2`, nor `nvme0c0n1`, which is one way to the same disk.
fn is_first(name: &str) -> bool {
    match name.strip_prefix("nvme") {
        Some(rest) => rest.split_once('n').is_some_and(|(number, space)| space == "1" && number.parse::<u32>().is_ok()),
        None => true,
    }
}

fn argv(device: &Device) -> Vec<&str> {
    let kind = device.kind.iter().flat_map(|kind| ["-d", kind.as_str()]);
    ARGV.into_iter().chain(kind).chain([device.device.as_str()]).collect()
}

/// Asks one disk. smartctl ends with a code of bits, some of which tell of the disk's past: what it printed counts.
fn ask(device: &Device) -> Result<Answer, Failure> {
    let mut argv = argv(device);
    argv[0] = PROGRAM;
    let command = Command::new(argv);
    let completed = command.run()?;
    let text = completed.text(&command)?;
    if text.trim().is_empty() {
        return Err(completed.failure(&command));
    }
    command.read(text, report::parse)
}

roundsman_sdk::export!(Smart);

#[cfg(test)]
mod tests;
