//! Metadata of what is open.

use std::os::fd::OwnedFd;

use rustix::fs::{FileType, fstat, readlinkat};

use roundsman_contract::{FileKind, Metadata};
use roundsman_grants::scope::AllowedPath;

use super::error::ReadError;
use super::name::shown;
use super::open::{self, HeldDirectory};
use super::trees::Trees;

/// Returns the metadata of a path; a link at the end is not followed.
pub(super) fn of(trees: &Trees, allowed: AllowedPath<'_>, held: Option<&HeldDirectory>) -> Result<Metadata, ReadError> {
    of_file(&open::node(trees, allowed, held)?)
}

/// Returns the metadata of an open file.
pub(super) fn of_file(fd: &OwnedFd) -> Result<Metadata, ReadError> {
    let stat = fstat(fd)?;
    let kind = kind(FileType::from_raw_mode(stat.st_mode));
    let link_target = match kind {
        FileKind::Symlink => Some(shown(readlinkat(fd, "", Vec::new())?.to_bytes())),
        _ => None,
    };
    let nanoseconds = i64::try_from(stat.st_mtime_nsec).unwrap_or(0);
    Ok(Metadata {
        kind,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        modified: stat.st_mtime.saturating_mul(1_000_000_000).saturating_add(nanoseconds),
        device: stat.st_dev,
        inode: stat.st_ino,
        owner: stat.st_uid,
        group: stat.st_gid,
        mode: stat.st_mode & 0o7777,
        link_target,
        extra: Vec::new(),
    })
}

fn kind(kind: FileType) -> FileKind {
    match kind {
        FileType::RegularFile => FileKind::Regular,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Symlink,
        FileType::Fifo => FileKind::Fifo,
        FileType::Socket => FileKind::Socket,
        FileType::BlockDevice => FileKind::BlockDevice,
        FileType::CharacterDevice => FileKind::CharacterDevice,
        FileType::Unknown => FileKind::Other,
    }
}
