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
    _lock: File,
}

impl Slots {
    /// Uses `DIRECTORY/slots`, which is made where it is missing.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn below(directory: &Path) -> io::Result<Self> {
        let directory = directory.join("slots");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        Ok(Self { directory })
    }

    /// Takes the first free one.
    ///
    /// # Errors
    /// All are taken, or a lock file cannot be opened.
    pub fn take(&self) -> io::Result<Slot> {
        for number in 0..SLOTS {
            let path = self.directory.join(number.to_string());
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600);
            let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(&path)?;
            match file.try_lock() {
                Ok(()) => return Ok(Slot { number, _lock: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::other(format!("all {SLOTS} slots below {} are taken", self.directory.display())))
    }
}
