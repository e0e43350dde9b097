//! Which mounts are looked at.

use std::collections::BTreeSet;

use roundsman_sdk::files::Mount;
use roundsman_sdk::glob::any;

use crate::options::Options;

/// Those that no option excludes: of several at one place the last, which covers the others; of several of one device
/// the first, for they share their space. What is expected is looked at in any case.
pub fn wanted(all: Vec<Mount>, options: &Options) -> Vec<Mount> {
    let mut places = BTreeSet::new();
    let mut visible: Vec<Mount> = all.into_iter().rev().filter(|mount| places.insert(mount.path.clone())).collect();
    visible.reverse();
    let (mut sources, mut devices) = (BTreeSet::new(), BTreeSet::new());
    visible.retain(|mount| {
        let expected = options.expected.contains(&mount.path);
        if !expected && (any(&options.exclude_types, &mount.filesystem) || any(&options.exclude_mounts, &mount.path)) {
            return false;
        }
        // Subvolumes have a device number each, and the source in common.
        let of_new_source = !mount.source.starts_with("/dev/") || sources.insert(mount.source.clone());
        devices.insert(mount.device) && of_new_source || expected
    });
    visible
}

/// Tells whether what is mounted may wait for another host or for a program: all but devices, and what is in memory or
/// on other mounts.
pub fn may_wait(mount: &Mount) -> bool {
    const HERE: [&str; 5] = ["btrfs", "overlay", "ramfs", "tmpfs", "zfs"];
    !HERE.contains(&mount.filesystem.as_str())
        && (!mount.source.starts_with("/dev/") || mount.filesystem.starts_with("fuse"))
}
