//! Size and inodes of a mounted file system.

use std::collections::HashMap;

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, StatVfsMountFlags, StatxFlags, fstatvfs, openat2, statx};
use rustix::io::Errno;

use roundsman_contract::calls::LONGEST_PATH;
use roundsman_contract::{Mount, Space};
use roundsman_grants::scope::AllowedMountPoint;

use super::error::ReadError;
use super::mounts::{self, Mounted};
use super::trees::Trees;

/// List of mounts, kept for one usage after the other.
#[derive(Debug)]
pub(super) struct Mounts {
    ids: HashMap<Vec<u8>, u64>,
    served: Vec<Mounted>,
}

impl Mounts {
    pub(crate) fn list(trees: &Trees) -> Result<Self, ReadError> {
        let all = mounts::list(trees)?;
        let served = all.iter().filter(|mount| mount.is_served()).cloned().collect();
        Ok(Self { ids: all.into_iter().map(|mount| (mount.path, mount.id)).collect(), served })
    }

    /// Returns those that another host or a process serves.
    pub fn served(&self) -> Vec<Mount> {
        self.served.iter().cloned().map(Mounted::shown).collect()
    }
}

/// Returns the space of what is mounted at a path. The path itself is touched only if the list of mounts has it.
pub(super) fn of(trees: &Trees, mounts: &Mounts, allowed: &AllowedMountPoint) -> Result<Space, ReadError> {
    let path = allowed.path();
    if path.len() > LONGEST_PATH {
        return Err(Errno::NAMETOOLONG.into());
    }
    let id = *mounts.ids.get(path.as_bytes()).ok_or(ReadError::NotFound)?;
    // The list has real paths, so that any link on the way was made after it.
    let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS;
    let rest = path.trim_start_matches('/');
    let rest = if rest.is_empty() { "." } else { rest };
    let fd = openat2(trees.root()?, rest, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), how)?;
    let status = statx(&fd, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?;
    let known = StatxFlags::from_bits_retain(status.stx_mask).contains(StatxFlags::MNT_ID);
    // A mount above it may hide it, or it was unmounted meanwhile.
    if trees.is_host() && known && status.stx_mnt_id != id {
        return Err(ReadError::NotFound);
    }
    let space = fstatvfs(&fd)?;
    let bytes = |blocks: u64| blocks.saturating_mul(space.f_frsize);
    Ok(Space {
        bytes_total: bytes(space.f_blocks),
        bytes_free: bytes(space.f_bfree),
        bytes_available: bytes(space.f_bavail),
        inodes_total: space.f_files,
        inodes_free: space.f_ffree,
        inodes_available: space.f_favail,
        read_only: space.f_flag.contains(StatVfsMountFlags::RDONLY),
        extra: Vec::new(),
    })
}
