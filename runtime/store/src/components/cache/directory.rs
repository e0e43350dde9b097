//! The directory of the cache: nobody else can write there, and what is read from it is judged on its descriptor.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, openat, renameat, statat, unlinkat};

use super::super::identity::Identity;
use super::entry::Checksum;
use roundsman_os::process::starved;
use roundsman_os::safe_path::{self, OwnerRule, SafePathError};

/// Bytes that are copied at a time.
const PIECE: usize = 256 << 10;
/// Lock file; its holder writes the index.
pub(super) const LOCK: &str = "lock";
/// Ending of what is being written.
const TEMPORARY: &str = ".tmp";

/// Opened once for a round.
#[derive(Debug)]
pub struct CacheDirectory {
    fd: OwnedFd,
    path: PathBuf,
    uid: u32,
}

/// Reason why a directory is not used. Its texts say what mends it.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("{0}")]
    Unsafe(#[from] SafePathError),
    #[error("{path} belongs to uid {owner}, not to uid {uid}, who uses it")]
    Owner { path: PathBuf, owner: u32, uid: u32 },
    #[error("{path}: {}", starved::shown(error))]
    Io { path: PathBuf, error: io::Error },
}

/// A file of the directory that only this user can have written.
#[derive(Debug)]
pub struct Trusted {
    pub file: File,
    pub identity: Identity,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub identity: Identity,
}

impl CacheDirectory {
    /// Opens the directory; it is made with mode 0700 where it is missing. `uid` is the acting user, who must own it.
    ///
    /// # Errors
    /// It cannot be made, or it or a directory above it can be written by others.
    pub fn open(path: &Path, uid: u32) -> Result<Self, Unusable> {
        let failed = |error: io::Error| Unusable::Io { path: path.to_owned(), error };
        let handle = match safe_path::directory(path, OwnerRule::OwnedBy(uid)) {
            Err(missing @ SafePathError::Missing(_)) => {
                match DirBuilder::new().recursive(true).mode(0o700).create(path) {
                    // A link that leads nowhere.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(missing.into()),
                    made => made.map_err(failed)?,
                }
                safe_path::directory(path, OwnerRule::OwnedBy(uid))?
            }
            handle => handle?,
        };
        let owner = fstat(&handle).map_err(|error| failed(error.into()))?.st_uid;
        if owner != uid {
            return Err(Unusable::Owner { path: path.to_owned(), owner, uid });
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = openat(&handle, ".", flags, Mode::empty()).map_err(|error| failed(error.into()))?;
        Ok(Self { fd, path: path.to_owned(), uid })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file to be read; `None` where there is none.
    ///
    /// # Errors
    /// In words: it is none that only this user can have written, or larger than `largest`.
    pub fn read(&self, name: &str, largest: u64) -> Result<Option<Trusted>, String> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = match openat(&self.fd, name, flags, Mode::empty()) {
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(rustix::io::Errno::LOOP) => return Err("it is a symbolic link".to_owned()),
            file => file.map_err(|error| error.to_string())?,
        };
        let stat = fstat(&file).map_err(|error| error.to_string())?;
        trust(&stat, self.uid, largest)?;
        Ok(Some(Trusted { file: file.into(), identity: Identity::of(&stat) }))
    }

    /// Writes a file and gives it its name once it is durable; whoever reads finds the old one or the new, whole. Returns
    /// what it is then.
    ///
    /// # Errors
    /// No space, or a file system that cannot be written; then nothing is left of it.
    pub fn write(&self, name: &str, content: &mut dyn FnMut(&mut File) -> io::Result<()>) -> io::Result<Identity> {
        // Each process has a name of its own: two that write the same do not meet.
        let temporary = format!("{name}.{}{TEMPORARY}", std::process::id());
        let written = self.write_as(&temporary, content).and_then(|file| {
            renameat(&self.fd, &temporary, &self.fd, name)?;
            Ok(Identity::of(&fstat(&file)?))
        });
        if written.is_err() {
            // The first error is the one to report.
            let _ = self.remove(&temporary);
        }
        written
    }

    fn write_as(&self, name: &str, content: &mut dyn FnMut(&mut File) -> io::Result<()>) -> io::Result<File> {
        // Of a process that had our number and was killed.
        let _ = self.remove(name);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.fd, name, flags, Mode::RUSR | Mode::WUSR)?);
        content(&mut file)?;
        file.sync_all()?;
        Ok(file)
    }

    /// Makes the names of what was written durable.
    ///
    /// # Errors
    /// EIO.
    pub fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.fd)?)
    }

    /// Removes a file, or a directory that is empty.
    ///
    /// # Errors
    /// The file system cannot be written, or something is in the directory.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match unlinkat(&self.fd, name, AtFlags::empty()) {
            Err(rustix::io::Errno::ISDIR) => Ok(unlinkat(&self.fd, name, AtFlags::REMOVEDIR)?),
            removed => Ok(removed?),
        }
    }

    /// Returns all regular files.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub(crate) fn list(&self) -> io::Result<Vec<Listed>> {
        let mut all = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            // One that is gone meanwhile is none of ours to tell of.
            let Ok(stat) = statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                all.push(Listed { name: name.to_owned(), identity: Identity::of(&stat) });
            }
        }
        Ok(all)
    }

    /// Keeps other rounds from writing the index as long as the answer lives; `None` where one writes it now.
    ///
    /// # Errors
    /// The file system knows no locks.
    pub(crate) fn lock(&self) -> io::Result<Option<CacheLock>> {
        // Of a file that nobody else can open: whoever may read the directory could hold a lock of that.
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.fd, LOCK, flags, Mode::RUSR | Mode::WUSR)?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(CacheLock(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Let go of by hand: a process that was forked meanwhile would keep it.
#[derive(Debug)]
pub struct CacheLock(OwnedFd);

impl Drop for CacheLock {
    fn drop(&mut self) {
        // It fails for no descriptor that was locked; the end of the process lets go of it in any case.
        let _ = rustix::fs::flock(&self.0, rustix::fs::FlockOperation::Unlock);
    }
}

fn trust(stat: &Stat, uid: u32, largest: u64) -> Result<(), String> {
    let mode = stat.st_mode & 0o7777;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        _ => return Err("it is no regular file".to_owned()),
    }
    if stat.st_uid != uid {
        return Err(format!("it belongs to uid {}", stat.st_uid));
    }
    if mode & 0o022 != 0 {
        return Err(format!("others can write it (mode {mode:04o})"));
    }
    if stat.st_nlink != 1 {
        return Err(format!("it has {} names", stat.st_nlink));
    }
    if u64::try_from(stat.st_size).map_or(true, |size| size > largest) {
        return Err(format!("it is larger than {largest} bytes"));
    }
    Ok(())
}

/// Returns the digest of the first `length` bytes; `each` is given them in pieces.
///
/// # Errors
/// The file ends before, or cannot be read; an error of `each`.
pub(crate) fn digest(
    from: &File,
    length: u64,
    checksum: &mut Checksum,
    each: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    while at < length {
        let wanted = usize::try_from(length - at).map_or(PIECE, |left| left.min(PIECE));
        let piece = &mut piece[..wanted];
        from.read_exact_at(piece, at)?;
        checksum.update(piece);
        each(piece)?;
        at += wanted as u64;
    }
    Ok(())
}

/// Writes a whole content.
///
/// # Errors
/// As [`CacheDirectory::write`].
pub(crate) fn replace(directory: &CacheDirectory, name: &str, content: &[u8]) -> io::Result<()> {
    directory.write(name, &mut |file| file.write_all(content)).map(drop)
}

/// Tells whether a name is that of a file that was being written, by a process that may be gone.
#[must_use]
pub(crate) fn is_temporary(name: &str) -> bool {
    name.ends_with(TEMPORARY)
}
