//! Replaces a file by a new one, whole: after any crash there is the old content or the new.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, openat, openat2, renameat, statat, unlinkat};
use rustix::io::{Errno, retry_on_intr};

/// Readers of the file besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Nobody: 0600.
    Owner,
    /// A group, by number: 0640.
    Group(u32),
    /// Everybody: 0644.
    All,
}

/// Writes `content` beside `path` under one fixed name, makes it durable, and renames it. The caller holds the lock that
/// keeps others from doing the same.
///
/// # Errors
/// Any step failed; then `path` is as it was.
pub fn replace(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    replace_by_writing(path, readers, |mut file| file.write_all(content))
}

/// The same where `fill` writes the content; returns what that does.
///
/// # Errors
/// As [`replace`].
pub fn replace_by_writing<T>(
    path: &Path,
    readers: Readers,
    fill: impl FnOnce(&File) -> io::Result<T>,
) -> io::Result<T> {
    replace_by(path, readers, ResolveFlags::empty(), fill)
}

/// The same where the directory may be another user's: ELOOP if a part of its path is a link, as its owner could make the
/// rename land elsewhere.
///
/// # Errors
/// As [`replace`].
pub fn replace_without_links(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    replace_by(path, readers, ResolveFlags::NO_SYMLINKS, |mut file| file.write_all(content))
}

fn replace_by<T>(
    path: &Path,
    readers: Readers,
    resolve: ResolveFlags,
    fill: impl FnOnce(&File) -> io::Result<T>,
) -> io::Result<T> {
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::other("it is no path of a file"));
    };
    let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = File::from(retry_on_intr(|| openat2(CWD, above, flags, Mode::empty(), resolve))?);
    refuse_others(&directory, name)?;
    let mut temporary = name.to_owned();
    temporary.push(".tmp");
    let written = write(&directory, &temporary, readers, fill);
    let renamed = written.and_then(|made| {
        renameat(&directory, &temporary, &directory, name)?;
        Ok(made)
    });
    if renamed.is_err() {
        // The first error is the one to report.
        let _ = unlinkat(&directory, &temporary, AtFlags::empty());
    }
    let made = renamed?;
    // The rename is durable once the directory is.
    directory.sync_all()?;
    Ok(made)
}

/// Refuses to put a file in the place of what others hold or read: as root, `/dev/null` would be a file from then on.
fn refuse_others(directory: &File, name: &OsStr) -> io::Result<()> {
    let kind = match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => FileType::from_raw_mode(found.st_mode),
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    match kind {
        FileType::CharacterDevice | FileType::BlockDevice => Err(io::Error::other("it is a device, which stays")),
        FileType::Fifo | FileType::Socket => Err(io::Error::other("it is a pipe or a socket, which stays")),
        _ => Ok(()),
    }
}

fn write<T>(
    directory: &File,
    name: &OsStr,
    readers: Readers,
    fill: impl FnOnce(&File) -> io::Result<T>,
) -> io::Result<T> {
    // A file that a crash left there goes; one that somebody else puts there meanwhile is an error.
    match unlinkat(directory, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(retry_on_intr(|| openat(directory, name, flags, Mode::RUSR | Mode::WUSR))?);
    match readers {
        Readers::Owner => {}
        Readers::Group(group) => {
            std::os::unix::fs::fchown(&file, None, Some(group))?;
            file.set_permissions(Permissions::from_mode(0o640))?;
        }
        Readers::All => file.set_permissions(Permissions::from_mode(0o644))?,
    }
    let made = fill(&file)?;
    file.sync_all()?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_content_has_the_mode_and_leaves_no_litter() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("state");
        for content in ["one", "two"] {
            replace(&path, content.as_bytes(), Readers::Owner).expect("replaced");
            assert_eq!(std::fs::read_to_string(&path).expect("content"), content);
        }
        assert_eq!(path.metadata().expect("metadata").permissions().mode() & 0o777, 0o600);
        let own = rustix::process::getegid().as_raw();
        replace(&path, b"three", Readers::Group(own)).expect("replaced");
        assert_eq!(path.metadata().expect("metadata").permissions().mode() & 0o777, 0o640);
        assert_eq!(directory.path().read_dir().expect("a listing").count(), 1);
    }

    #[test]
    fn a_planted_link_is_removed_and_not_followed() {
        let directory = tempfile::tempdir().expect("a directory");
        let victim = directory.path().join("victim");
        std::fs::write(&victim, "untouched").expect("written");
        std::os::unix::fs::symlink(&victim, directory.path().join("state.tmp")).expect("planted");
        replace(&directory.path().join("state"), b"new", Readers::Owner).expect("replaced");
        assert_eq!(std::fs::read_to_string(&victim).expect("content"), "untouched");
    }

    #[test]
    fn where_links_are_not_followed_none_of_the_path_is_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let real = directory.path().join("real");
        std::fs::create_dir(&real).expect("a directory");
        std::os::unix::fs::symlink(&real, directory.path().join("link")).expect("planted");
        let linked = directory.path().join("link/out.prom");
        let error = replace_without_links(&linked, b"new", Readers::All).expect_err("refused");
        assert_eq!((error.raw_os_error(), real.read_dir().expect("a listing").count()), (Some(libc::ELOOP), 0));
        replace(&linked, b"new", Readers::All).expect("the state may be behind one");
        replace_without_links(&real.join("out.prom"), b"newer", Readers::All).expect("replaced");
        assert_eq!(std::fs::read_to_string(&linked).expect("content"), "newer");
        assert_eq!(linked.metadata().expect("metadata").permissions().mode() & 0o777, 0o644);
    }

    #[test]
    fn what_cannot_be_written_to_its_end_leaves_the_old_content_and_no_litter() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("state");
        replace(&path, b"old", Readers::Owner).expect("replaced");
        let half = |mut file: &File| file.write_all(b"ne").and(Err::<(), _>(io::ErrorKind::StorageFull.into()));
        let error = replace_by_writing(&path, Readers::Owner, half).expect_err("no room");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read_to_string(&path).expect("content"), "old");
        assert_eq!(directory.path().read_dir().expect("a listing").count(), 1);
    }

    /// A pipe stands for a device, which is not tried: it would be that of the host.
    #[test]
    fn what_is_no_file_stays() {
        let directory = tempfile::tempdir().expect("a directory");
        let pipe = directory.path().join("out.prom");
        rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
        let error = replace(&pipe, b"new", Readers::All).expect_err("refused");
        assert!(error.to_string().contains("which stays"), "{error}");
        assert!(std::os::unix::fs::FileTypeExt::is_fifo(&pipe.metadata().expect("metadata").file_type()));
        assert_eq!(directory.path().read_dir().expect("a listing").count(), 1);
    }

    #[test]
    fn a_directory_in_the_place_of_the_file_is_an_error_without_litter() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("out.prom")).expect("a directory");
        replace(&directory.path().join("out.prom"), b"new", Readers::All).expect_err("refused");
        assert_eq!(directory.path().read_dir().expect("a listing").count(), 1);
    }
}
