//! Logical volumes and pools: LVM, ZFS and btrfs, their state as they tell it themselves, and how full what may never be full is.
#![forbid(unsafe_code)]

mod btrfs;
mod judge;
mod lvm;
mod options;
mod volume;
mod zfs;

use roundsman_sdk::commands::{self, Command, GrantedCommand};
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Range, Unit};

use options::Options;
use volume::Volumes;

const LABELS: &[&str] = &["volume"];

const USED_PERCENT: Measure =
    Measure::gauge("used_percent", Unit::Percent, "of a thin pool, a snapshot, a thin volume or a pool of ZFS")
        .labels(LABELS)
        .between(0.0, 100.0);
/// A thin pool whose metadata are full must be repaired: the levels are those of lvmthin(7).
const METADATA_PERCENT: Measure = Measure::gauge("metadata_percent", Unit::Percent, "of a thin pool's metadata in use")
    .labels(LABELS)
    .between(0.0, 100.0)
    .warning(Range::up_to(80.0))
    .critical(Range::up_to(90.0));
const SIZE: Measure = Measure::gauge("size", Unit::Bytes, "of the volume, group or pool").labels(LABELS);
const FREE: Measure =
    Measure::gauge("free_bytes", Unit::Bytes, "of a group of volumes, or a pool of ZFS").labels(LABELS);
const DEVICE_ERRORS: Measure =
    Measure::gauge("device_errors", Unit::Number, "that ZFS or btrfs counts of a device since they were reset")
        .labels(&["volume", "device"]);

/// The check; see README.md for its options and metrics.
pub struct Storage;

impl Check for Storage {
    type Options = Options;

    fn describe() -> Descriptor {
        let zpool = ["/usr/sbin/zpool", "status", "-p"];
        let btrfs = ["/usr/bin/btrfs", "--format", "json", "device", "stats", "*"];
        let summary = "state of LVM volumes, ZFS pools and btrfs, and how full thin pools are";
        Descriptor::new("volumes", env!("CARGO_PKG_VERSION"), summary)
            .metric(&USED_PERCENT)
            .metric(&METADATA_PERCENT)
            .metric(&SIZE)
            .metric(&FREE)
            .metric(&DEVICE_ERRORS)
            .need(Need::command(&lvm::LVS, "LVM tells its volumes").optional())
            .need(Need::command(&lvm::VGS, "LVM tells its groups of volumes").optional())
            .need(Need::command(&zfs::LIST, "ZFS tells its pools").optional())
            .need(Need::command(&zpool, "ZFS tells their devices").optional())
            .need(Need::command_pattern(&btrfs, "btrfs tells errors of its devices").optional())
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let granted = commands::all_granted()?;
        let mut volumes = Volumes::default();
        let failed: Vec<(String, Failure)> =
            granted.iter().filter_map(|it| Some((it.argv.join(" "), look(it, &mut volumes).err()?))).collect();
        Ok(judge::judge(&volumes, &failed, &options))
    }
}

/// Runs a command and adds what it tells. Which one it is, its program and its arguments say.
fn look(granted: &GrantedCommand, volumes: &mut Volumes) -> Result<(), Failure> {
    let command = Command::new(granted.argv.iter().cloned());
    let parse = reader(&granted.argv).ok_or_else(|| {
        let known = "lvs, vgs, zpool list, zpool status, btrfs device stats, btrfs filesystem df";
        Failure::new(format!("{command}: is none of the commands that this check reads: {known}"))
    })?;
    command.parsed(|printed| parse(printed, &granted.argv, volumes))
}

type Reader = fn(&str, &[String], &mut Volumes) -> Result<(), Failure>;

fn reader(argv: &[String]) -> Option<Reader> {
    let program = argv.first()?.rsplit('/').next()?;
    let has = |word: &str| argv.iter().any(|it| it == word);
    Some(match program {
        "lvs" => lvm::volumes,
        "vgs" => lvm::groups,
        "zpool" if has("list") => zfs::list,
        "zpool" if has("status") => zfs::status,
        "btrfs" if has("stats") => btrfs::stats,
        "btrfs" if has("df") => btrfs::space,
        _ => return None,
    })
}

roundsman_sdk::export!(Storage);

#[cfg(test)]
mod tests;
