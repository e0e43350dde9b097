//! Arrays of Linux software RAID: degraded, rebuilding, with disks that failed.
#![forbid(unsafe_code)]

mod array;
mod judge;
mod mdstat;
mod options;

use roundsman_sdk::{Check, Context, Descriptor, Error, Failure, Measure, Need, Outcome, Unit, files, tree};

use options::Options;

const MDSTAT: &str = "/proc/mdstat";
/// Below this, a directory for each array, with `md/` in it.
const BLOCK: &str = "/sys/block";
/// Where udev keeps the links that it made for devices of this kind, `b9:127` for `md127`: the names that arrays were given.
/// `md127` may be another one after a boot.
const NAMES: &str = "/run/udev/data/b9:*";

/// Files that are read for each array and for its disks.
const FILES: [&str; 10] = [
    "md*/md/array_state",
    "md*/md/metadata_version",
    "md*/md/level",
    "md*/md/raid_disks",
    "md*/md/degraded",
    "md*/md/sync_action",
    "md*/md/sync_completed",
    "md*/md/mismatch_cnt",
    "md*/md/dev-*/state",
    "md*/md/dev-*/errors",
];

const fn of_array(name: &'static str, help: &'static str) -> Measure {
    Measure::gauge(name, Unit::Number, help).labels(&["array"])
}

const DISKS: Measure = of_array("disks", "disks that the array is made for");
const DEGRADED: Measure = of_array("degraded", "disks that are missing");
const FAULTY: Measure = of_array("faulty", "disks that failed and are still there");
const SPARES: Measure = of_array("spares", "disks that wait to take the place of one");
const MISMATCHES: Measure = of_array("mismatches", "sectors that differed when they were last compared");
const SYNC: Measure = Measure::gauge("sync_percent", Unit::Percent, "of a rebuild, a comparison or a reshape done")
    .labels(&["array"])
    .between(0.0, 100.0);
const ERRORS: Measure =
    Measure::counter("read_errors", Unit::Number, "errors of the disk that were mended").labels(&["array", "disk"]);

/// The check; see README.md for its options and metrics.
pub struct Mdraid;

impl Check for Mdraid {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor =
            Descriptor::new("mdraid", env!("CARGO_PKG_VERSION"), "arrays of Linux software RAID and their disks");
        let metrics = [&DISKS, &DEGRADED, &FAULTY, &SPARES, &MISMATCHES, &SYNC, &ERRORS];
        let descriptor = metrics.into_iter().fold(descriptor, Descriptor::metric);
        let descriptor = FILES.iter().fold(descriptor, |all, file| {
            all.need(Need::files(&format!("{BLOCK}/{file}"), "the state of each array and of its disks"))
        });
        descriptor
            .need(Need::files(MDSTAT, "the arrays that the kernel lists, so that none is missed"))
            .need(Need::files(NAMES, "the names of arrays, as their numbers change").optional())
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let tree = tree::read(BLOCK, &FILES)?;
        let listed = match files::read_text(MDSTAT) {
            Ok(text) => mdstat::parse(&text).context(MDSTAT)?,
            // The module is not loaded: there are no arrays.
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let names = names()?;
        let arrays: Vec<_> = tree.things.iter().map(|thing| (name(&names, &thing.name), array::parse(thing))).collect();
        let missed = listed.into_iter().filter(|it| !tree.things.iter().any(|thing| thing.name == *it));
        Ok(judge::judge(&arrays, &missed.collect::<Vec<_>>(), &tree.errors, &options))
    }
}

/// The devices of arrays, each with the name that it was given: the line `S:md/data` of what udev keeps.
fn names() -> Result<Vec<(String, String)>, Error> {
    let all = match files::read_glob_text(NAMES) {
        Err(error) if error.is_denied() => Vec::new(),
        all => all?,
    };
    let name = |(path, text): (String, Result<String, Error>)| {
        let device = format!("md{}", path.rsplit_once(':')?.1);
        let text = text.ok()?;
        let name = text.lines().find_map(|line| line.strip_prefix("S:md/"))?;
        Some((device, name.to_owned()))
    };
    Ok(all.into_iter().filter_map(name).collect())
}

/// A name that is a number alone says no more than the device does.
fn name(names: &[(String, String)], device: &str) -> String {
    let given = names.iter().find(|(of, name)| of == device && name.parse::<u32>().is_err());
    given.map_or(device, |(_, name)| name).to_owned()
}

roundsman_sdk::export!(Mdraid);

#[cfg(test)]
mod tests;
