//! From what was seen of the mounts to what is reported.

use roundsman_sdk::files::{Mount, Space};
use roundsman_sdk::glob::any;
use roundsman_sdk::text::{count, decimal, size};
use roundsman_sdk::{Error, Failure, HostError, Metric, Outcome, Reason, Status, Subcheck};

use crate::options::Options;
use crate::{FREE, INODES_USED_PERCENT, SIZE, Seen, USED_PERCENT};

/// The options of a file system by which the kernel says that it has given it up.
const GIVEN_UP: [&str; 2] = ["emergency_ro", "shutdown"];

/// Errors of a file system that the kernel has given up, or whose device fails.
const GIVES_UP: [&str; 3] = ["EIO", "ENXIO", "EUCLEAN"];

/// Types that tell of no free inode though they can be written, when they are full or always.
const WRITABLE: [&str; 9] = ["bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "vfat", "xfs", "zfs"];

/// The verdict on one mount.
enum Judged {
    /// Nothing of it can be wrong, and nobody asked for it.
    Skipped,
    Silent(Subcheck),
    Broken(Subcheck),
    Unknown(Subcheck),
    Known {
        subcheck: Subcheck,
        /// Whether a fault made it read-only or shut it down.
        faulty: bool,
        metrics: Vec<Metric>,
        used: Option<f64>,
    },
}

/// # Errors
/// No file system was looked at, so no space is known.
pub fn judge(all: &[Seen], options: &Options) -> Result<Outcome, Failure> {
    let (mut seen, mut silent, mut broken, mut unknown, mut faults) = (0, 0, 0, 0, 0);
    let mut fullest: Option<(f64, &Mount)> = None;
    let (mut subchecks, mut metrics) = (Vec::new(), Vec::new());
    for it in all {
        match one(it, options) {
            Judged::Skipped => {}
            Judged::Silent(subcheck) => {
                silent += 1;
                subchecks.push(subcheck);
            }
            Judged::Broken(subcheck) => {
                broken += 1;
                subchecks.push(subcheck);
            }
            Judged::Unknown(subcheck) => {
                unknown += 1;
                subchecks.push(subcheck);
            }
            Judged::Known { subcheck, faulty, metrics: measured, used } => {
                seen += 1;
                faults += usize::from(faulty);
                if let Some(percent) = used
                    && fullest.is_none_or(|(most, _)| percent > most)
                {
                    fullest = Some((percent, &it.mount));
                }
                subchecks.push(subcheck);
                metrics.extend(measured);
            }
        }
    }
    let missing: Vec<&String> =
        options.expected.iter().filter(|path| !all.iter().any(|it| it.mount.path == **path)).collect();
    subchecks.extend(missing.iter().map(|path| about(path, "not mounted").judged(Status::Critical)));

    if subchecks.is_empty() {
        return Err(nothing(all.len()));
    }
    let mut facts = vec![count(seen, "file system")];
    facts.extend(
        fullest.map(|(percent, mount)| format!("{} is the fullest with {}% used", mount.path, decimal(percent, 0))),
    );
    facts.extend((faults > 0).then(|| format!("{faults} unexpectedly read-only")));
    facts.extend((broken > 0).then(|| format!("{broken} given up or broken")));
    facts.extend((silent > 0).then(|| format!("{silent} without an answer")));
    facts.extend((unknown > 0).then(|| format!("{unknown} that cannot be looked at")));
    facts.extend((!missing.is_empty()).then(|| format!("{} not mounted", missing.len())));
    Ok(Outcome::new(facts.join(", ")).metrics(metrics).subchecks(subchecks).bounded("file systems"))
}

fn nothing(looked_at: usize) -> Failure {
    Failure::new(if looked_at == 0 {
        "no file system is looked at: none is mounted here, exclude_types and exclude_mounts leave all of them out, or \
         grant.filesystems names none"
            .to_owned()
    } else {
        let them = count(looked_at, "mount");
        format!("no file system is looked at: {them}, and none with space that can be in use; name one in `expected`")
    })
}

fn one(Seen { mount, space }: &Seen, options: &Options) -> Judged {
    let expected = options.expected.contains(&mount.path);
    let space = match space {
        Ok(space) => space,
        Err(error) => return unseen(mount, error, expected, options),
    };
    // A file system without any space (proc, cgroup, autofs not mounted yet) holds no data.
    if space.bytes_total == 0 && !expected {
        return Judged::Skipped;
    }
    let image = is_image(mount, space);
    if image && !expected {
        return Judged::Skipped;
    }
    let faulty =
        !image && (given_up(mount).is_some() || became_read_only(mount)) && !any(&options.read_only, &mount.path);
    let status = if faulty { Status::Critical } else { Status::Ok };
    let subcheck = about(&mount.path, describe(mount, space)).judged(status);
    let metrics = if image { Vec::new() } else { metrics(mount, space) };
    Judged::Known { subcheck, faulty, metrics, used: used_percent(space).filter(|_| !image) }
}

/// A mount of which the space is not known.
fn unseen(mount: &Mount, error: &Error, expected: bool, options: &Options) -> Judged {
    let told = |error: Error, remedy: &str| {
        let mut failure = Failure::from(error);
        failure.message = format!("{}: {remedy}", failure.message);
        Judged::Unknown(Subcheck::failed("mount", &mount.path, failure))
    };
    match &error.reason {
        Reason::Host(HostError::TimedOut) => {
            let mut subcheck = about(&mount.path, error.to_string());
            subcheck.status = options.no_answer;
            Judged::Silent(subcheck)
        }
        Reason::Host(HostError::NotFound) if mount.path.contains("\\x") => {
            told(error.clone(), "a name that is not UTF-8 cannot be asked for; leave it out by exclude_mounts")
        }
        // Another mount hides it, or it was unmounted meanwhile: `df` leaves it out as well.
        Reason::Host(HostError::NotFound) if !expected => Judged::Skipped,
        // XFS answers so once it was shut down after errors, and says it nowhere else; any does whose device fails.
        Reason::Host(HostError::Io(number)) if GIVES_UP.contains(&number.as_str()) => Judged::Broken(
            about(
                &mount.path,
                format!("{number}: the kernel has given it up, or its device fails: look at the kernel's log"),
            )
            .judged(Status::Critical),
        ),
        // A user's own, which nobody else may look at.
        Reason::Host(HostError::Io(number))
            if number == "EACCES" && mount.filesystem.starts_with("fuse") && !expected =>
        {
            Judged::Skipped
        }
        Reason::Host(HostError::Io(number)) if number == "EACCES" => told(
            error.clone(),
            "the reading user may not enter a directory above it; name another in grant.user, or leave it out by \
             exclude_mounts",
        ),
        _ => told(error.clone(), "leave it out by exclude_mounts if it is of no interest"),
    }
}

/// Tells whether a mount is an image, which is full and read-only by its nature, whatever its type is called: no byte of it is
/// free, and no inode or, where it does not count them (erofs, below composefs too), all. What can be written is none: it may
/// be full, and read-only after errors.
fn is_image(mount: &Mount, space: &Space) -> bool {
    let no_inode = space.inodes_free == 0 || space.inodes_total == u64::MAX;
    let full = space.bytes_total > 0 && space.bytes_free == 0 && no_inode;
    full && space.read_only && !WRITABLE.contains(&mount.filesystem.as_str())
}

/// The word by which the kernel says that it has given the file system up; writing fails whatever else it says.
fn given_up(mount: &Mount) -> Option<&str> {
    mount.filesystem_options.iter().map(String::as_str).find(|option| GIVEN_UP.contains(option))
}

/// The kernel makes the file system of a device read-only after errors. What has no device (tmpfs, nfs, overlay) was made
/// so by someone, and so was a mount that is read-only while its file system is not.
fn became_read_only(mount: &Mount) -> bool {
    mount.filesystem_read_only && mount.source.starts_with("/dev/")
}

fn about(path: &str, text: impl Into<String>) -> Subcheck {
    Subcheck::new("mount", path, text)
}

fn describe(mount: &Mount, space: &Space) -> String {
    let used = space.bytes_total.saturating_sub(space.bytes_free);
    let read_only = if mount.read_only || space.read_only { ", read-only" } else { "" };
    let given_up = given_up(mount).map_or_else(String::new, |word| format!(", given up by the kernel ({word})"));
    let (used, total, free) = (size(used), size(space.bytes_total), size(space.bytes_available));
    format!("{used} of {total} used, {free} free, {} on {}{read_only}{given_up}", mount.filesystem, mount.source)
}

fn metrics(mount: &Mount, space: &Space) -> Vec<Metric> {
    let used = used_percent(space).map(|percent| USED_PERCENT.value(percent));
    let inodes = inodes_used_percent(space).map(|percent| INODES_USED_PERCENT.value(percent));
    let rest = [FREE.count(space.bytes_available).max(space.bytes_total as f64), SIZE.count(space.bytes_total)];
    used.into_iter().chain(inodes).chain(rest).map(|metric| metric.label("mount", &mount.path)).collect()
}

/// Computes the percentage as `df` does: space reserved for root is neither used nor free.
fn used_percent(space: &Space) -> Option<f64> {
    let used = space.bytes_total.saturating_sub(space.bytes_free);
    share(used, used.saturating_add(space.bytes_available))
}

fn inodes_used_percent(space: &Space) -> Option<f64> {
    share(space.inodes_total.saturating_sub(space.inodes_free), space.inodes_total)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64 * 100.0)
}
