//! Instances and watches of inotify. The kernel tells how many a user may have, and nowhere how many there are: they are counted
//! in what it tells of each open file (proc_pid_fdinfo(5)).

use std::collections::BTreeMap;

use roundsman_sdk::parse::key_values;
use roundsman_sdk::{Context, Error, Failure, Need, files, text};

use crate::usage::Usage;

const FDINFO: &str = "/proc/[0-9]*/fdinfo/*";
const STATUS: &str = "/proc/[0-9]*/status";
const INSTANCES: &str = "/proc/sys/fs/inotify/max_user_instances";
const WATCHES: &str = "/proc/sys/fs/inotify/max_user_watches";

/// Usage of the user who has most of one of both, by the name of the limit.
pub type Worst = (&'static str, Result<Usage, Failure>);

/// Instances and watches of one user.
#[derive(Clone, Copy, Default)]
struct Count {
    instances: u64,
    watches: u64,
}

pub fn needs() -> [Need; 4] {
    [
        Need::files(FDINFO, "instances and watches of inotify are counted in it"),
        Need::files(STATUS, "whose process it is"),
        Need::files(INSTANCES, "how many instances a user may have"),
        Need::files(WATCHES, "how many watches a user may have"),
    ]
}

/// Counts them, and compares the user who has most with the limit.
pub fn read() -> [Worst; 2] {
    let counts = count();
    let worst = |most: &str, of: fn(&Count) -> u64| {
        let counts = counts.as_ref().map_err(Failure::clone)?;
        let most = files::read_text(most)?.trim().parse().map_err(|_| Failure::new(format!("{most}: is no number")))?;
        Ok(Usage { used: counts.values().map(of).max().unwrap_or_default(), most })
    };
    [("inotify_instances", worst(INSTANCES, |it| it.instances)), ("inotify_watches", worst(WATCHES, |it| it.watches))]
}

/// Counts those of each user.
fn count() -> Result<BTreeMap<u32, Count>, Failure> {
    let users = users()?;
    let mut counts: BTreeMap<u32, Count> = BTreeMap::new();
    let (mut hidden, mut first) = (0_usize, None);
    for (path, text) in files::read_glob_text(FDINFO)? {
        let text = match text {
            Ok(text) => text,
            Err(error) if gone(&error) => continue,
            Err(error) => {
                hidden += 1;
                first.get_or_insert(error);
                continue;
            }
        };
        let watches = text.lines().filter(|line| line.starts_with("inotify ")).count() as u64;
        let pid = path.split('/').nth(2).unwrap_or_default();
        // An instance without a watch looks as any other file does, and is left out.
        if let Some(user) = users.get(pid).filter(|_| watches > 0) {
            let count = counts.entry(*user).or_default();
            count.instances += 1;
            count.watches += watches;
        }
    }
    match first {
        // Those that are hidden may be most of them.
        Some(error) => {
            Err(Failure::from(error)).context(format!("{} cannot be looked into", text::count(hidden, "open file")))
        }
        None => Ok(counts),
    }
}

/// The user who each process acts as, whom the kernel counts for, by its pid.
fn users() -> Result<BTreeMap<String, u32>, Failure> {
    let mut users = BTreeMap::new();
    for (path, text) in files::read_glob_text(STATUS)? {
        let text = match text {
            Ok(text) => text,
            Err(error) if gone(&error) => continue,
            Err(error) => return Err(error.into()),
        };
        let uids = key_values(&text, ':');
        let mut uids = uids.get("Uid").context(&path)?.text().split_whitespace();
        let effective = uids.nth(1).and_then(|it| it.parse().ok());
        let effective = effective.ok_or_else(|| Failure::new(format!("{path}: \"Uid\" has no second number")))?;
        users.insert(path.split('/').nth(2).unwrap_or_default().to_owned(), effective);
    }
    Ok(users)
}

/// Whether the process ended, or closed the file, between the list and the look.
fn gone(error: &Error) -> bool {
    error.is_not_found() || error.errno() == Some("ESRCH")
}
