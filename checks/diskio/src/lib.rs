//! Disks: how busy they are, how long they take, and what they read and write.
#![forbid(unsafe_code)]

mod diskstats;
mod judge;
mod options;

use std::borrow::Cow;

use roundsman_sdk::rates;
use roundsman_sdk::{Check, Context, Descriptor, Failure, Measure, Need, Outcome, Subcheck, Unit, files};

use options::Options;

const STATISTICS: &str = "/proc/diskstats";
/// A link for each whole disk: `/proc/diskstats` lists partitions among them.
const DISKS: &str = "/sys/block/*";
/// The names of volumes: `dm-3` may be another one after a boot.
const VOLUMES: &str = "/sys/block/dm-*/dm/name";

const BUSY: Measure =
    of_disk("busy_percent", Unit::Percent, "time in which the disk had something to do").between(0.0, 100.0);
const QUEUE: Measure = of_disk("queue", Unit::Number, "requests that were under way, on average");
const READ_AWAIT: Measure = of_disk("read_await", Unit::Seconds, "time of a read, with the wait for its turn");
const WRITE_AWAIT: Measure = of_disk("write_await", Unit::Seconds, "time of a write, with the wait for its turn");
const READ_RATE: Measure = of_disk("read_rate", Unit::Other(Cow::Borrowed("B/s")), "bytes read a second");
const WRITE_RATE: Measure = of_disk("write_rate", Unit::Other(Cow::Borrowed("B/s")), "bytes written a second");
const READS: Measure = of_disk("reads", Unit::Number, "reads a second");
const WRITES: Measure = of_disk("writes", Unit::Number, "writes a second");

const fn of_disk(name: &'static str, unit: Unit, help: &'static str) -> Measure {
    Measure::gauge(name, unit, help).labels(&["disk"])
}

/// The check; see README.md for its options and metrics.
pub struct Diskio;

impl Check for Diskio {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor = Descriptor::new(
            "diskio",
            env!("CARGO_PKG_VERSION"),
            "disks: how busy and how slow they are, reads and writes",
        );
        let metrics = [&BUSY, &QUEUE, &READ_AWAIT, &WRITE_AWAIT, &READ_RATE, &WRITE_RATE, &READS, &WRITES];
        let descriptor = metrics.into_iter().fold(descriptor, Descriptor::metric);
        descriptor
            .need(Need::files(STATISTICS, "the kernel counts reads and writes here"))
            .need(Need::metadata(DISKS, "which names are whole disks, and which partitions"))
            .need(Need::files(VOLUMES, "the names of volumes, as their numbers change"))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let text = files::read_text(STATISTICS)?;
        let (mut disks, odd) = diskstats::parse(&text);
        if let (true, Some(error)) = (disks.is_empty(), odd.first()) {
            return Err(error.clone()).context(STATISTICS);
        }
        let whole = files::stat_glob(DISKS)?;
        let whole: Vec<&str> = whole.iter().filter_map(|(path, _)| path.rsplit('/').next()).collect();
        disks.retain(|disk| whole.contains(&disk.device.as_str()));
        let unnamed = name_volumes(&mut disks)?;
        disks.retain(|disk| options.looks_at(&disk.name));
        let (rates, unkept) = rates::per_second_or_part("disks", disks.iter().flat_map(diskstats::Disk::series));
        Ok(judge::judge(&disks, &rates, &odd, &options).subchecks(unkept).subchecks(unnamed))
    }
}

/// Gives volumes their names in the place of their numbers, and returns those whose name could not be read.
fn name_volumes(disks: &mut [diskstats::Disk]) -> Result<Vec<Subcheck>, Failure> {
    let mut unnamed = Vec::new();
    for (path, name) in files::read_glob_text(VOLUMES)? {
        let device = path.split('/').nth(3).unwrap_or_default();
        let Some(disk) = disks.iter_mut().find(|it| it.device == device) else { continue };
        match name {
            Ok(name) => disk.name = name.trim().to_owned(),
            Err(error) if error.is_not_found() || error.errno() == Some("ENODEV") => {}
            Err(error) => unnamed.push(Subcheck::failed("part", format!("name of {device}"), Failure::from(error))),
        }
    }
    Ok(unnamed)
}

roundsman_sdk::export!(Diskio);

#[cfg(test)]
mod tests;
