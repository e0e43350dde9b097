//! Locks that hold for the host: one for each check, and the seats that `parallel` and groups give. All are bytes of one
//! file, so that thousands take one descriptor, no fork keeps one, and a killed round leaves none behind.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use roundsman_grants::escape;
use roundsman_os::process::record_lock::{Locked, try_lock, unlock};
use roundsman_os::process::starved;

/// The name of the file in the state directory.
const FILE: &str = "locks";
/// Times that a file is opened anew which somebody replaced meanwhile.
const ATTEMPTS: usize = 4;

/// The locks that this round may take, and those that it has.
#[derive(Debug)]
pub struct Locks {
    /// `None` if no other round is to be kept out.
    file: Option<File>,
    /// A process does not exclude itself: what it holds it must know.
    held: RefCell<BTreeSet<u64>>,
}

/// Subject of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockTarget<'a> {
    /// One check, by name: it never runs twice at once.
    Check(&'a str),
    /// One of the seats of a group, from 0.
    Group(&'a str, usize),
    /// One of `run.parallel` seats of the host, from 0.
    Host(usize),
    /// One of those seats that compilations may take, from 0.
    Compile(usize),
    /// The files that outputs write.
    Outputs,
    /// What goes over the network.
    Delivery,
}

/// Answer to asking for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenLock {
    Ours,
    /// By a process of this pid, 0 where that is not known; or by this round itself.
    By(u32),
}

impl Locks {
    /// Opens the file of the locks in the state directory; it is made where it is missing, and never removed: a lock on
    /// a file that is gone from its directory excludes nobody.
    ///
    /// # Errors
    /// It cannot be opened for writing, is no regular file, or is replaced again and again.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let path = directory.join(FILE);
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("{}: {}", escape::path(&path), starved::shown(&error)))
        };
        for _ in 0..ATTEMPTS {
            let file = self::open(&path).map_err(named)?;
            if is_there(&file, &path).map_err(named)? {
                return Ok(Self { file: Some(file), held: RefCell::default() });
            }
        }
        Err(named(io::Error::other("it is replaced again and again")))
    }

    /// Locks that hold within this process only: for a run by hand, and where the state directory cannot be used.
    #[must_use]
    pub fn apart() -> Self {
        Self { file: None, held: RefCell::default() }
    }

    /// Asks for a lock, without waiting.
    ///
    /// # Errors
    /// ENOLCK.
    pub fn take(&self, subject: LockTarget<'_>) -> io::Result<TakenLock> {
        let at = place(subject);
        if self.held.borrow().contains(&at) {
            return Ok(TakenLock::By(std::process::id()));
        }
        if let Some(file) = &self.file
            && let Locked::By(pid) = try_lock(file, at)?
        {
            return Ok(TakenLock::By(pid));
        }
        self.held.borrow_mut().insert(at);
        Ok(TakenLock::Ours)
    }

    /// Lets go of a lock.
    pub fn release(&self, subject: LockTarget<'_>) {
        let at = place(subject);
        if self.held.borrow_mut().remove(&at)
            && let Some(file) = &self.file
        {
            // The kernel refuses it only where it has no memory for two ranges instead of one; the end of the process
            // lets go of all.
            let _ = unlock(file, at);
        }
    }
}

/// Opens a file to lock, or makes it; a link is not followed, a pipe does not block.
///
/// # Errors
/// It cannot be opened for writing, or is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no regular file; remove it")) }
}

/// Tells whether the file is still the one of this path: a lock on another excludes nobody who comes later.
///
/// # Errors
/// The file cannot be looked at.
pub(crate) fn is_there(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    Ok(path.symlink_metadata().is_ok_and(|there| (ours.dev(), ours.ino()) == (there.dev(), there.ino())))
}

/// Returns the byte of a lock: 62 bits of a digest, so that two of ten thousand meet once in 10^11 hosts.
fn place(subject: LockTarget<'_>) -> u64 {
    let name = match subject {
        LockTarget::Check(name) => format!("check {name}"),
        LockTarget::Group(name, seat) => format!("group {seat} {name}"),
        LockTarget::Host(seat) => format!("host {seat}"),
        LockTarget::Compile(seat) => format!("compile {seat}"),
        LockTarget::Outputs => "outputs".to_owned(),
        LockTarget::Delivery => "delivery".to_owned(),
    };
    let digest = Sha256::digest(name);
    digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) >> 2
}
