//! Mounted file systems: their space and inodes, whether they became read-only, and whether those expected are there.
#![forbid(unsafe_code)]

mod judge;
mod mounts;
mod options;

use roundsman_sdk::files::{self, Mount, Space};
use roundsman_sdk::{
    Check, Descriptor, Error, Failure, Measure, Need, OptionInfo, Outcome, Range, Status, Unit, ValueType,
};

use options::Options;

const USED_PERCENT: Measure = Measure::gauge("used_percent", Unit::Percent, "space in use, of what users can have")
    .labels(&["mount"])
    .between(0.0, 100.0)
    .warning(Range::up_to(80.0))
    .critical(Range::up_to(90.0));
const FREE: Measure =
    Measure::gauge("free_bytes", Unit::Bytes, "space that users other than root can have").labels(&["mount"]);
const SIZE: Measure = Measure::gauge("size", Unit::Bytes, "space in all").labels(&["mount"]);
const INODES_USED_PERCENT: Measure =
    Measure::gauge("inodes_used_percent", Unit::Percent, "inodes in use, of all; none where their number is not fixed")
        .labels(&["mount"])
        .between(0.0, 100.0)
        .warning(Range::up_to(80.0))
        .critical(Range::up_to(90.0));

/// The check; see README.md for its options and metrics.
pub struct Disk;

impl Check for Disk {
    type Options = Options;

    fn describe() -> Descriptor {
        use ValueType::{Text, Texts};
        let option = |key, kind, help| OptionInfo::new(key, kind, help);
        let default = Options::default();
        Descriptor::new("disk", env!("CARGO_PKG_VERSION"), "space and inodes of mounted file systems")
            .option(option("exclude_types", Texts, "types that are not looked at").or(&default.exclude_types))
            .option(option("exclude_mounts", Texts, "mount points that are not looked at").or(&default.exclude_mounts))
            .option(option("expected", Texts, "mount points that must be there, or it is CRITICAL").or([(); 0]))
            .option(
                option("read_only", Texts, "mount points whose device may be read-only; others are CRITICAL then")
                    .or(&default.read_only),
            )
            .option(option("no_answer", Text, "status of a mount that gives no answer").or(Status::Unknown))
            .metric(&USED_PERCENT)
            .metric(&FREE)
            .metric(&SIZE)
            .metric(&INODES_USED_PERCENT)
            .need(Need::filesystems("mounted", "the list of mounted file systems, with space and inodes of each"))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let mounts = mounts::wanted(files::mounts()?, &options);
        let seen: Vec<Seen> = mounts.into_iter().map(look).collect();
        Ok(judge::judge(&seen, &options))
    }
}

/// A mount, and the space it has or why that is not known.
struct Seen {
    mount: Mount,
    space: Result<Space, Error>,
}

fn look(mount: Mount) -> Seen {
    let space = files::usage(&mount.path);
    Seen { mount, space }
}

roundsman_sdk::export!(Disk);

#[cfg(test)]
mod tests;
