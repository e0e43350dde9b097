//! Opens what was granted, and decides on the descriptor: never on the path, which may be another file by now, but where the
//! kernel opens nothing else than that path.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat};
use rustix::io::Errno;

use roundsman_grants::GrantKind;
use roundsman_grants::denial::Remedy;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::scope::{AllowedGlob, AllowedPath, Area};

use super::error::ReadError;
use super::other_names::{FileFacts, OtherNames};
use super::trees::{FoundPlace, Missed, Trees, Want};

/// A directory that is held, so that all that is read beneath it is of one and the same process.
#[derive(Debug)]
pub(super) struct HeldDirectory {
    fd: OwnedFd,
    path: String,
}

/// A file to be read.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub fd: OwnedFd,
    /// Whether one read that fills no buffer has all of it.
    pub is_one_record: bool,
}

/// Opens the regular file that a grant allows, for reading.
pub(super) fn file(
    trees: &Trees,
    others: &OtherNames,
    allowed: AllowedPath<'_>,
    held: Option<&HeldDirectory>,
) -> Result<OpenFile, ReadError> {
    let straight = match beneath(allowed.path(), held) {
        Some((directory, rest)) => trees.open_straight_beneath(directory, rest),
        None => trees.open_straight(allowed.path()),
    };
    // Not before: the number of a process may have become another's meanwhile. What is open stays of the one that it was
    // of, and has nothing to read once that has ended.
    let stat = straight.as_ref().ok().and_then(Option::as_ref).map(fstat);
    refuse_ours(trees, &allowed, held, stat.as_ref().and_then(|it| it.as_ref().ok()))?;
    if let (Some(file), Some(stat)) = (straight?, stat) {
        is_regular(&allowed, stat?.st_mode)?;
        return Ok(OpenFile { fd: file, is_one_record: is_one_record(allowed.path()) });
    }
    let place = find(trees, &allowed, Want::Target, held)?;
    let seen = FileFacts::of(&place.fd)?;
    admit(trees, &allowed, &place, seen.links == 0)?;
    is_regular(&allowed, seen.mode)?;
    others.judge(trees, &allowed, &place, &seen)?;
    Ok(OpenFile { fd: trees.reopen(&place)?, is_one_record: false })
}

/// Files of a process that the kernel writes as one record (`single_open` of its fs/seq_file.c): a read that fills no buffer
/// has all of it.
const ONE_RECORD: [&str; 3] = ["cgroup", "stat", "status"];

fn is_one_record(path: &RequestedPath) -> bool {
    let mut parts = path.parts();
    let is_of_process =
        parts.next() == Some("proc") && parts.next().is_some_and(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()));
    is_of_process && parts.next().is_some_and(|name| ONE_RECORD.contains(&name)) && parts.next().is_none()
}

/// Refuses a process of the runtime. One that is held was looked at before.
fn refuse_ours(
    trees: &Trees,
    allowed: &AllowedPath<'_>,
    held: Option<&HeldDirectory>,
    file: Option<&Stat>,
) -> Result<(), ReadError> {
    if held.is_some() || !trees.is_ours(allowed.path(), file) {
        return Ok(());
    }
    let path = allowed.path().as_str();
    let reason = format!("`{path}` is never granted: it is of a process of the runtime itself");
    Err(allowed.refuse(Remedy::Nothing { reason }).into())
}

fn is_regular(allowed: &AllowedPath<'_>, mode: u32) -> Result<(), ReadError> {
    match FileType::from_raw_mode(mode) {
        FileType::RegularFile => Ok(()),
        other => {
            let reason = format!("`{}` is {}, not a regular file", allowed.path().as_str(), kind_of(other));
            Err(ReadError::OtherKind(allowed.refuse(Remedy::Nothing { reason })))
        }
    }
}

/// Finds what a grant of metadata allows; a link at the end is not followed. One of files allows that of a link, too, if it
/// leads to a file that it allows.
pub(super) fn node(
    trees: &Trees,
    allowed: AllowedPath<'_>,
    held: Option<&HeldDirectory>,
) -> Result<OwnedFd, ReadError> {
    refuse_ours(trees, &allowed, held, None)?;
    let place = find(trees, &allowed, Want::Itself, held)?;
    let stat = fstat(&place.fd)?;
    admit(trees, &allowed, &place, stat.st_nlink == 0)?;
    let kind = FileType::from_raw_mode(stat.st_mode);
    if !allowed.only_regular() || kind == FileType::RegularFile {
        return Ok(place.fd);
    }
    if kind == FileType::Symlink {
        let target = find(trees, &allowed, Want::Target, held)?;
        let stat = fstat(&target.fd)?;
        admit(trees, &allowed, &target, stat.st_nlink == 0)?;
        is_regular(&allowed, stat.st_mode)?;
        return Ok(place.fd);
    }
    let path = allowed.path().as_str();
    let because = format!("`{path}` is {}, and `files` is about regular ones", kind_of(kind));
    Err(ReadError::OtherKind(allowed.refuse(Remedy::paths(GrantKind::Metadata, &[path], Some(because)))))
}

/// Opens a directory whose names a pattern may be compared with; `None` for a link of the kernel's own that is more than a path.
///
/// # Errors
/// It leads to where no grant does, as a link may that was put in the place of a directory.
pub(super) fn directory(
    trees: &Trees,
    glob: &AllowedGlob<'_>,
    path: &RequestedPath,
    held: Option<&HeldDirectory>,
) -> Result<Option<OwnedFd>, ReadError> {
    let place = match locate(trees, path, Want::Directory, held) {
        Ok(place) => place,
        Err(Missed::Barred(_)) if Area::of(path) == Area::Proc => return Ok(None),
        Err(Missed::Barred(_)) => {
            return Err(glob.refuse(path.as_str(), Remedy::Nothing { reason: leads_out(path) }).into());
        }
        Err(Missed::Error(error)) => return Err(error),
    };
    if !glob.may_list(path, &place.resolved) {
        let reason = format!("`{}` leads to `{}`, where no grant does", path.as_str(), place.resolved);
        return Err(glob.refuse(path.as_str(), Remedy::Nothing { reason }).into());
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(Some(openat(&place.fd, ".", flags, Mode::empty())?))
}

/// Looks whether anything is at a path.
///
/// # Errors
/// [`ReadError::NotFound`] where nothing is.
pub(super) fn exists(trees: &Trees, path: &str, held: Option<&HeldDirectory>) -> Result<(), ReadError> {
    let Ok(path) = RequestedPath::parse(path) else { return Err(ReadError::NotFound) };
    match locate(trees, &path, Want::Itself, held) {
        Err(Missed::Error(error)) => Err(error),
        Ok(_) | Err(Missed::Barred(_)) => Ok(()),
    }
}

/// Holds the directory of a process; `None` if it is gone, or something is mounted over it.
pub(super) fn hold(trees: &Trees, path: &RequestedPath) -> Option<HeldDirectory> {
    let fd = trees.hold_straight(path).ok().flatten()?;
    Some(HeldDirectory { fd, path: path.as_str().to_owned() })
}

fn locate(trees: &Trees, path: &RequestedPath, want: Want, held: Option<&HeldDirectory>) -> Result<FoundPlace, Missed> {
    match beneath(path, held) {
        Some((directory, rest)) => trees.find_beneath(directory, rest, want),
        None => trees.find(path, want),
    }
}

/// Returns the directory that is held, and the rest of the path beneath it.
fn beneath<'a>(path: &'a RequestedPath, held: Option<&'a HeldDirectory>) -> Option<(BorrowedFd<'a>, &'a str)> {
    let held = held?;
    let rest = path.as_str().strip_prefix(held.path.as_str())?.strip_prefix('/')?;
    Some((held.fd.as_fd(), rest))
}

fn find(
    trees: &Trees,
    allowed: &AllowedPath<'_>,
    want: Want,
    held: Option<&HeldDirectory>,
) -> Result<FoundPlace, ReadError> {
    locate(trees, allowed.path(), want, held).map_err(|missed| match missed {
        Missed::Error(error) => error,
        // Elsewhere a loop of links is the file system's trouble, not a way out.
        Missed::Barred(Errno::LOOP) if Area::of(allowed.path()) == Area::Elsewhere => ReadError::Io(Errno::LOOP),
        Missed::Barred(_) => allowed.refuse(Remedy::Nothing { reason: leads_out(allowed.path()) }).into(),
    })
}

fn leads_out(path: &RequestedPath) -> String {
    format!("`{}` leads out of its file system, by a link or by a mount over it", path.as_str())
}

fn admit(trees: &Trees, allowed: &AllowedPath<'_>, place: &FoundPlace, is_removed: bool) -> Result<(), ReadError> {
    // The kernel marks so what was removed after it was found.
    if is_removed && place.resolved.ends_with(" (deleted)") {
        return Err(ReadError::NotFound);
    }
    allowed.admits(&place.resolved)?;
    trees.judge_filesystem(place)?.map_err(|remedy| allowed.refuse(remedy).into())
}

fn kind_of(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a regular file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::BlockDevice | FileType::CharacterDevice => "a device",
        FileType::Unknown => "of no known kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_record_is_of_a_process_and_known_to_be_one() {
        let is = |path: &str| is_one_record(&RequestedPath::parse(path).unwrap());
        assert!(is("/proc/7/stat") && is("/proc/7/status") && is("/proc/7/cgroup"));
        for path in
            ["/proc/stat", "/proc/7/maps", "/proc/7/mountinfo", "/proc/7/cmdline", "/proc/7/net/stat", "/sys/7/stat"]
        {
            assert!(!is(path), "{path}");
        }
    }

    #[test]
    fn the_kernel_writes_one_record_at_once_and_nothing_after_it() {
        for name in ONE_RECORD {
            let fd = rustix::fs::open(format!("/proc/self/{name}"), READ, Mode::empty()).unwrap();
            let mut buffer = [0; 8192];
            let count = rustix::io::read(&fd, &mut buffer).unwrap();
            assert!(count > 0 && count < buffer.len(), "{name}");
            assert_eq!(rustix::io::read(&fd, &mut buffer), Ok(0), "{name}");
        }
    }

    const READ: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC);
}
