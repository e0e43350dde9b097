//! Numbers that make each worker's uid its own, host-wide: locks in the state directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// More workers than any host runs at a time; the uids after `worker_uid` that are ours.
pub const SLOTS: u32 = 1024;

/// The directory of the slots' locks.
#[derive(Debug)]
pub struct Slots {
    directory: PathBuf,
}

/// A number that is nobody else's as long as this value lives. A fork must close its descriptor.
#[derive(Debug)]
pub struct Slot {
    pub number: u32,
    // Never unlinked: a lock on a file that is gone from its directory excludes nobody.
    lock: File,
}

impl Drop for Slot {
    fn drop(&mut self) {
        // A process that was forked a moment ago may not have closed its copy yet, which would keep the lock. Where this
        // fails, that close lets go of it.
        let _ = self.lock.unlock();
    }
}

impl Slots {
    /// Uses `DIRECTORY/slots`, which is made where it is missing, and with it a lock for each of as many workers as run at
    /// a time: where none can be made later, on a disk that is full or became read-only, they still run.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn below(directory: &Path, at_a_time: usize) -> io::Result<Self> {
        let directory = directory.join("slots");
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory);
        made.map_err(|error| io::Error::other(format!("{}: {error}", directory.display())))?;
        for number in 0..at_a_time {
            // A fault of one is reported when it is taken.
            let _ = open(&directory.join(number.to_string()));
        }
        Ok(Self { directory })
    }

    /// Takes the first free one.
    ///
    /// # Errors
    /// All are taken, or a lock file cannot be opened.
    pub fn take(&self) -> io::Result<Slot> {
        let mut last = None;
        for number in 0..SLOTS {
            let path = self.directory.join(number.to_string());
            let file = match open(&path) {
                Ok(file) => file,
                Err(error) => {
                    // One that somebody spoilt is passed over.
                    last = Some(io::Error::other(format!("{}: {error}", path.display())));
                    continue;
                }
            };
            match file.try_lock() {
                Ok(()) => return Ok(Slot { number, lock: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let taken = || io::Error::other(format!("all {SLOTS} slots below {} are taken", self.directory.display()));
        Err(last.unwrap_or_else(taken))
    }
}

/// A lock takes no right to write, so that a file system that became read-only stops no check.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    match options.read(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            options.write(true).create(true).truncate(false).mode(0o600).open(path)
        }
        opened => opened,
    }
}
