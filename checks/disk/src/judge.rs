//! From what was seen of the mounts to what is reported.

use roundsman_sdk::files::{Mount, Space};
use roundsman_sdk::text::{count, decimal, size};
use roundsman_sdk::{Metric, Outcome, Status, Subcheck};

use crate::mounts::any;
use crate::options::Options;
use crate::{FREE, INODES_USED_PERCENT, SIZE, Seen, USED_PERCENT};

pub fn judge(all: &[Seen], options: &Options) -> Outcome {
    let mut outcome = Outcome::new("");
    let (mut seen, mut silent, mut read_only) = (0, 0, 0);
    let mut fullest: Option<(f64, &Mount)> = None;
    for Seen { mount, space } in all {
        let space = match space {
            // A file system without any space (proc, cgroup, autofs not mounted yet) holds no data.
            Ok(space) if space.bytes_total == 0 && !options.expected.contains(&mount.path) => continue,
            Ok(space) => space,
            Err(error) => {
                silent += 1;
                outcome = outcome.subcheck(about(mount, error.to_string()).judged(options.no_answer));
                continue;
            }
        };
        seen += 1;
        let mut subcheck = about(mount, describe(mount, space));
        if read_only_by_fault(mount, space) && !any(&options.read_only, &mount.path) {
            read_only += 1;
            subcheck = subcheck.judged(Status::Critical);
        }
        if let Some(percent) = used_percent(space)
            && fullest.is_none_or(|(most, _)| percent > most)
        {
            fullest = Some((percent, mount));
        }
        outcome = outcome.subcheck(subcheck).metrics(metrics(mount, space));
    }

    let missing: Vec<&String> =
        options.expected.iter().filter(|path| !all.iter().any(|it| it.mount.path == **path)).collect();
    for path in &missing {
        outcome = outcome.subcheck(Subcheck::new("mount", *path, "not mounted").judged(Status::Critical));
    }

    let mut facts = vec![count(seen, "file system")];
    facts.extend(
        fullest.map(|(percent, mount)| format!("{} is the fullest with {}% used", mount.path, decimal(percent, 0))),
    );
    facts.extend((read_only > 0).then(|| format!("{read_only} unexpectedly read-only")));
    facts.extend((silent > 0).then(|| format!("{silent} without an answer")));
    facts.extend((!missing.is_empty()).then(|| format!("{} not mounted", missing.len())));
    outcome.summary = facts.join(", ");
    outcome
}

/// The kernel remounts a device read-only after errors; what has no device (tmpfs, nfs, overlay) was mounted so.
fn read_only_by_fault(mount: &Mount, space: &Space) -> bool {
    (mount.read_only || space.read_only) && mount.source.starts_with("/dev/")
}

fn about(mount: &Mount, text: String) -> Subcheck {
    Subcheck::new("mount", &mount.path, text)
}

fn describe(mount: &Mount, space: &Space) -> String {
    let used = space.bytes_total.saturating_sub(space.bytes_free);
    let read_only = if mount.read_only || space.read_only { ", read-only" } else { "" };
    let (used, total, free) = (size(used), size(space.bytes_total), size(space.bytes_available));
    format!("{used} of {total} used, {free} free, {} on {}{read_only}", mount.filesystem, mount.source)
}

fn metrics(mount: &Mount, space: &Space) -> Vec<Metric> {
    let used = used_percent(space).map(|percent| USED_PERCENT.value(percent));
    let inodes = inodes_used_percent(space).map(|percent| INODES_USED_PERCENT.value(percent));
    let rest = [FREE.count(space.bytes_available).max(space.bytes_total as f64), SIZE.count(space.bytes_total)];
    used.into_iter().chain(inodes).chain(rest).map(|metric| metric.label("mount", &mount.path)).collect()
}

/// As `df` does it: what is reserved for root is neither used nor free.
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
