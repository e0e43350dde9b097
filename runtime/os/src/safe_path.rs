//! The one rule on who may own and write what the runtime reads or starts, judged on the descriptors that are then used.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};

use super::process::starved;
use roundsman_grants::escape;

/// Symbolic links followed in one path; the kernel's own bound (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

/// The owners that a path may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerRule {
    /// Every part belongs to root or to this uid, the acting user, and nobody else may write it.
    OwnedBy(u32),
    /// Any owner: a digest pins the content, or the file is only looked at and grants nothing.
    Lifted,
}

/// Reason why a path is not used. The text of an ownership error ends with the command that mends it.
#[derive(Debug, thiserror::Error)]
pub enum SafePathError {
    #[error("{} does not exist", shown(.0))]
    Missing(PathBuf),
    #[error("{} cannot be opened: {}", shown(part), starved::shown(source))]
    Unreachable { part: PathBuf, source: io::Error },
    #[error("{} leads through more than {MAX_LINKS} symbolic links: it goes round in a circle", shown(.0))]
    Loop(PathBuf),
    #[error("{} is {kind}, not a regular file", shown(part))]
    NotAFile { part: PathBuf, kind: &'static str },
    #[error("{} is {kind}, not a directory", shown(part))]
    NotADirectory { part: PathBuf, kind: &'static str },
    #[error("{part} belongs to uid {owner}, {}: chown {acting} {part}", neither(*acting), part = shown(part))]
    Owner { part: PathBuf, owner: u32, acting: u32 },
    #[error("{} is writable by {who} (mode {mode:04o}): {}", shown(part), remedy(part, letters, *mode))]
    Writable { part: PathBuf, who: &'static str, letters: &'static str, mode: u32 },
    #[error("{} was replaced while it was opened; try again", shown(.0))]
    Replaced(PathBuf),
}

fn neither(acting: u32) -> String {
    if acting == 0 { "not to root".to_owned() } else { format!("neither to root nor to uid {acting}, who uses it") }
}

/// Returns the command that mends the mode. A directory that all of a host share, as `/tmp`, stays so: without that bit of its
/// mode the host would be broken.
fn remedy(part: &Path, letters: &str, mode: u32) -> String {
    const STICKY: u32 = 0o1000;
    if mode & STICKY == 0 {
        return format!("chmod {letters}-w {}", shown(part));
    }
    "it is there for everyone; use a directory of its own".to_owned()
}

/// A path as a shell would take it: quoted where a character of it needs that, control characters escaped.
pub fn shown(path: &Path) -> String {
    let text = escape::path(path);
    if text.chars().all(|c| c.is_alphanumeric() || "/._-+@%:,=".contains(c)) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A regular file that passed the rule, held by descriptors, so that no rename between judging and using changes it.
#[derive(Debug)]
pub struct FoundFile {
    parent: OwnedFd,
    name: OsString,
    handle: OwnedFd,
    stat: Stat,
    path: PathBuf,
}

impl FoundFile {
    /// Returns the file, opened with `O_PATH`: good for `fstat` and for `execveat` with `AT_EMPTY_PATH`.
    #[must_use]
    pub fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }

    /// Returns what `fstat` said of it when it was judged.
    #[must_use]
    pub fn stat(&self) -> &Stat {
        &self.stat
    }

    /// Returns its path, symbolic links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file for reading.
    ///
    /// # Errors
    /// [`SafePathError`] where it may not be read, or where another file stands in its place by now.
    pub fn open(&self) -> Result<File, SafePathError> {
        // Through the judged directory and compared by inode: /proc/self/fd would need /proc.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let unreachable =
            |e: rustix::io::Errno| SafePathError::Unreachable { part: self.path.clone(), source: e.into() };
        let file = openat(&self.parent, &self.name, flags, Mode::empty()).map_err(unreachable)?;
        let now = fstat(&file).map_err(unreachable)?;
        if (now.st_dev, now.st_ino) != (self.stat.st_dev, self.stat.st_ino) {
            return Err(SafePathError::Replaced(self.path.clone()));
        }
        Ok(File::from(file))
    }
}

/// Walks to a regular file from `/`, part by part, and judges each part, link targets too. A relative path starts in the
/// working directory.
///
/// Writable by its group is writable by another, whoever is in that group: who else has it as a primary group cannot be
/// known here, and the group bits of a file with an access control list stand for everyone on that list.
///
/// # Errors
/// [`SafePathError`] names the part that is missing, of the wrong kind, or open to others.
pub fn find(path: &Path, rule: OwnerRule) -> Result<FoundFile, SafePathError> {
    match walk(path, rule, Last::Opened)? {
        Reached::File(found) => Ok(found),
        Reached::Seen(JudgedFile { path: part, .. }) | Reached::Directory(part, _) => {
            Err(SafePathError::NotAFile { part, kind: "a directory" })
        }
    }
}

/// A regular file that passed the rule, without a descriptor of it: what it holds may be another's by now, what it is called
/// and how old it is are as they were when it was judged.
#[derive(Debug)]
pub struct JudgedFile {
    pub stat: Stat,
    /// Its path, symbolic links resolved.
    pub path: PathBuf,
}

/// Judges as [`find`] does, and opens directories only: for a file that is known by what `stat` says.
///
/// # Errors
/// As [`find`].
pub fn look(path: &Path, rule: OwnerRule) -> Result<JudgedFile, SafePathError> {
    match walk(path, rule, Last::Seen)? {
        Reached::Seen(seen) => Ok(seen),
        Reached::File(found) => Ok(JudgedFile { stat: found.stat, path: found.path }),
        Reached::Directory(part, _) => Err(SafePathError::NotAFile { part, kind: "a directory" }),
    }
}

/// Walks to a directory and judges each part of its path by the same rule, itself more strictly: a sticky bit lets others
/// add names, and what is kept in it is to be nobody else's doing. Returns the directory, opened with `O_PATH`.
///
/// # Errors
/// As [`find`].
pub fn directory(path: &Path, rule: OwnerRule) -> Result<OwnedFd, SafePathError> {
    match walk(path, rule, Last::Opened)? {
        Reached::Directory(part, handle) => {
            judge(&part, &fstat_part(&handle, &part)?, rule, Sticky::IsNoHelp)?;
            Ok(handle)
        }
        Reached::File(FoundFile { path: part, .. }) | Reached::Seen(JudgedFile { path: part, .. }) => {
            Err(SafePathError::NotADirectory { part, kind: "a regular file" })
        }
    }
}

/// End of a path.
enum Reached {
    File(FoundFile),
    Seen(JudgedFile),
    Directory(PathBuf, OwnedFd),
}

/// Rule for a directory of root's on the way in which all may add names, but rename and remove only their own, as in `/tmp`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sticky {
    Helps,
    IsNoHelp,
}

/// Treatment of the last part of a path, if it is a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Opened,
    Seen,
}

fn walk(path: &Path, rule: OwnerRule, last: Last) -> Result<Reached, SafePathError> {
    let asked =
        std::path::absolute(path).map_err(|source| SafePathError::Unreachable { part: path.to_owned(), source })?;
    let mut at = open_part(rustix::fs::CWD, "/".as_ref(), Path::new("/"))?;
    let mut real = PathBuf::from("/");
    judge(&real, &fstat_part(&at, &real)?, rule, Sticky::Helps)?;

    let mut left = parts_reversed(&asked);
    let mut links = 0;
    while let Some(part) = left.pop() {
        let here = if part == ".." { parent_of(&real) } else { real.join(&part) };
        if last == Last::Seen && left.is_empty() && part != ".." {
            let stat = statat(&at, &part, AtFlags::SYMLINK_NOFOLLOW).map_err(|e| unreachable(&here, e))?;
            if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                judge(&here, &stat, rule, Sticky::Helps)?;
                return Ok(Reached::Seen(JudgedFile { stat, path: here }));
            }
        }
        let handle = open_part(&at, &part, &here)?;
        let stat = fstat_part(&handle, &here)?;
        judge(&here, &stat, rule, Sticky::Helps)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(SafePathError::Loop(asked));
                }
                let target = readlinkat(&handle, c"", Vec::new()).map_err(|e| unreachable(&here, e))?;
                let target = PathBuf::from(std::ffi::OsStr::from_bytes(target.as_bytes()));
                if target.is_absolute() {
                    real = PathBuf::from("/");
                    at = open_part(rustix::fs::CWD, "/".as_ref(), &real)?;
                }
                left.extend(parts_reversed(&target));
            }
            FileType::Directory => (at, real) = (handle, here),
            FileType::RegularFile if left.is_empty() => {
                return Ok(Reached::File(FoundFile { parent: at, name: part, handle, stat, path: here }));
            }
            other if left.is_empty() => return Err(SafePathError::NotAFile { part: here, kind: kind_name(other) }),
            other => return Err(SafePathError::NotADirectory { part: here, kind: kind_name(other) }),
        }
    }
    Ok(Reached::Directory(real, at))
}

/// Applies the rule itself to one part.
fn judge(part: &Path, stat: &Stat, rule: OwnerRule, sticky: Sticky) -> Result<(), SafePathError> {
    let OwnerRule::OwnedBy(acting) = rule else { return Ok(()) };
    let kind = FileType::from_raw_mode(stat.st_mode);
    if stat.st_uid != 0 && stat.st_uid != acting {
        return Err(SafePathError::Owner { part: part.to_owned(), owner: stat.st_uid, acting });
    }
    // The mode of a symbolic link means nothing; who may replace it is decided by its directory.
    if kind == FileType::Symlink {
        return Ok(());
    }
    let mode = stat.st_mode & 0o7777;
    let shared = sticky == Sticky::Helps && kind == FileType::Directory && stat.st_uid == 0 && mode & 0o1000 != 0;
    let (who, letters) = match mode & 0o022 {
        0o022 => ("its group and everyone", "go"),
        0o020 => ("its group", "g"),
        0o002 => ("everyone", "o"),
        _ => return Ok(()),
    };
    if shared { Ok(()) } else { Err(SafePathError::Writable { part: part.to_owned(), who, letters, mode }) }
}

fn open_part(at: impl AsFd, name: &std::ffi::OsStr, here: &Path) -> Result<OwnedFd, SafePathError> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(at, name, flags, Mode::empty()).map_err(|e| unreachable(here, e))
}

fn fstat_part(handle: &OwnedFd, here: &Path) -> Result<Stat, SafePathError> {
    fstat(handle).map_err(|e| unreachable(here, e))
}

fn unreachable(here: &Path, error: rustix::io::Errno) -> SafePathError {
    match error {
        rustix::io::Errno::NOENT => SafePathError::Missing(here.to_owned()),
        error => SafePathError::Unreachable { part: here.to_owned(), source: error.into() },
    }
}

fn parts_reversed(path: &Path) -> Vec<OsString> {
    path.components()
        .rev()
        .filter_map(|c| match c {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

fn parent_of(real: &Path) -> PathBuf {
    real.parent().unwrap_or(real).to_owned()
}

fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a regular file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice => "a character device",
        FileType::BlockDevice => "a block device",
        FileType::Unknown => "of a kind unknown here",
    }
}

#[cfg(test)]
#[path = "safe_path_tests.rs"]
mod tests;
