//! Mounted file systems: their space and inodes, whether they became read-only, and whether those expected are there.
#![forbid(unsafe_code)]

mod errors;
mod judge;
mod mounts;
mod options;

use roundsman_sdk::files::{self, Mount, Space};
use roundsman_sdk::{Check, Descriptor, Error, Failure, Measure, Need, Outcome, Range, Unit};

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

const ERRORS: Measure =
    Measure::gauge("errors", Unit::Number, "errors recorded since the file system was checked last")
        .labels(&["device"])
        .warning(Range::up_to(0.0));

/// The check; see README.md for its options and metrics.
pub struct Disk;

impl Check for Disk {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("disk", env!("CARGO_PKG_VERSION"), "space and inodes of mounted file systems")
            .metric(&USED_PERCENT)
            .metric(&FREE)
            .metric(&SIZE)
            .metric(&INODES_USED_PERCENT)
            .metric(&ERRORS)
            .need(Need::filesystems("mounted", "the list of mounted file systems, with space and inodes of each"))
            .need(Need::files(errors::PATTERN, "errors that ext4 has recorded of a device").optional())
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let mut mounts = mounts::wanted(files::mounts()?, &options);
        // What may wait for another host, or for a program, is asked last: however many do, they hold up no other.
        mounts.sort_by_key(mounts::may_wait);
        let paths: Vec<&String> = mounts.iter().map(|mount| &mount.path).collect();
        // In the order of the paths.
        let spaces = files::usages(&paths)?;
        let seen: Vec<Seen> = mounts.into_iter().zip(spaces).map(|(mount, (_, space))| Seen { mount, space }).collect();
        Ok(errors::add(judge::judge(&seen, &options)?))
    }
}

/// A mount, and the space it has or why that is not known.
struct Seen {
    mount: Mount,
    space: Result<Space, Error>,
}

roundsman_sdk::export!(Disk);

#[cfg(test)]
mod tests;
