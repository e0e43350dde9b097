//! Mounts of NFS: whether they answer, how long the server takes, and what had to be sent again.
#![forbid(unsafe_code)]

mod judge;
mod mountstats;
mod options;

use roundsman_sdk::files::{self, Mount, Space};
use roundsman_sdk::rates::{self, Rates};
use roundsman_sdk::{Check, Descriptor, Error, Failure, Measure, Need, Outcome, Unit};

use mountstats::{Statistics, parse};
use options::Options;

/// The counts of the kernel for each mount that init has, which are those of the host: what a check reads is never of itself.
const MOUNTSTATS: &str = "/proc/1/mountstats";

const ANSWERS: Measure =
    Measure::gauge("answers", Unit::Number, "1 where the mount answers, else 0").labels(&["mount"]).between(0.0, 1.0);
const OPERATIONS: Measure =
    Measure::gauge("operations", Unit::Number, "requests to the server a second").labels(&["mount"]);
const RETRANSMISSIONS: Measure =
    Measure::gauge("retransmissions", Unit::Number, "requests that had to be sent again, a second").labels(&["mount"]);
const TIMEOUTS: Measure =
    Measure::gauge("timeouts", Unit::Number, "requests without an answer in time, a second").labels(&["mount"]);
const RESPONSE_TIME: Measure =
    Measure::gauge("response_time", Unit::Seconds, "mean time from a request to its answer").labels(&["mount"]);

/// The check; see README.md for its options and metrics.
pub struct Nfs;

impl Check for Nfs {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new(
            "nfs",
            env!("CARGO_PKG_VERSION"),
            "whether mounts of NFS answer, and how long their servers take",
        )
        .metric(&ANSWERS)
        .metric(&OPERATIONS)
        .metric(&RETRANSMISSIONS)
        .metric(&TIMEOUTS)
        .metric(&RESPONSE_TIME)
        .need(Need::filesystems("mounted", "the mounts, and whether each answers"))
        .need(Need::files(MOUNTSTATS, "the kernel counts requests here"))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let seen = read()?;
        let statistics = seen.statistics.as_ref().map_err(Failure::clone).and_then(|text| Ok(parse(text)?));
        let rates = match &statistics {
            Ok(all) => rates::per_second("requests", all.iter().flat_map(Statistics::counters))?,
            Err(_) => Rates::default(),
        };
        Ok(judge::judge(&seen.mounts, &statistics, &rates, &options))
    }
}

/// The mounts and their counts.
struct Seen {
    /// Mounts, each with its space or the reason why it is unknown.
    mounts: Vec<(Mount, Result<Space, Error>)>,
    statistics: Result<String, Failure>,
}

/// Returns the mounts of NFS; those that do not answer are waited for together.
fn read() -> Result<Seen, Failure> {
    let mut mounts: Vec<Mount> = files::mounts()?.into_iter().filter(|it| is_nfs(&it.filesystem)).collect();
    // Of several at one place the last covers the others.
    let paths: Vec<String> = mounts.iter().map(|it| it.path.clone()).collect();
    let mut at = 0;
    mounts.retain(|it| {
        at += 1;
        !paths[at..].contains(&it.path)
    });
    let paths: Vec<&String> = mounts.iter().map(|it| &it.path).collect();
    let spaces = files::usages(&paths)?;
    let statistics = files::read_text(MOUNTSTATS).map_err(Failure::from);
    let mounts = mounts.into_iter().zip(spaces).map(|(mount, (_, space))| (mount, space)).collect();
    Ok(Seen { mounts, statistics })
}

fn is_nfs(filesystem: &str) -> bool {
    matches!(filesystem, "nfs" | "nfs4")
}

roundsman_sdk::export!(Nfs);

#[cfg(test)]
mod tests;
