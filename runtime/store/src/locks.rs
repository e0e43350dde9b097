//! Locks that hold for the host: one for each check, and the seats that `parallel` and groups give. All are bytes of a few
//! files, so that thousands take few descriptors, no fork keeps one, and a killed round leaves none behind.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sha2::{Digest as _, Sha256};

use super::in_the_way::{described, in_the_way};
use roundsman_grants::escape;
use roundsman_os::process::record_lock::{Locked, try_lock, unlock};
use roundsman_os::process::starved;

/// The file in the state directory of all but checks; those of checks have a number behind the name.
const FILE: &str = "locks";
/// Files of the locks of checks. For each that is asked for, the kernel goes through all that a file has: in one file, 10,000
/// checks took a fifth of their round for that.
const FILES_OF_CHECKS: u64 = 16;
/// Times that a file is opened anew which somebody replaced meanwhile.
const ATTEMPTS: usize = 4;

/// The locks that this round may take, and those that it has.
#[derive(Debug)]
pub struct Locks {
    /// `None` if no other round is to be kept out.
    files: Option<LockFiles>,
    /// A process does not exclude itself: what it holds it must know.
    held: RefCell<BTreeSet<Place>>,
}

/// The files, each opened when the first lock of it is asked for, and open as long as this is: a process that closes one loses
/// all its locks on it.
#[derive(Debug)]
struct LockFiles {
    directory: PathBuf,
    /// By what stands behind their name.
    open: RefCell<BTreeMap<Option<u64>, Rc<File>>>,
}

/// Byte of a lock, and its file by what stands behind the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    file: Option<u64>,
    at: u64,
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
    /// Takes the locks from files of the state directory; they are made where they are missing, and never removed: a lock on
    /// a file that is gone from its directory excludes nobody.
    ///
    /// # Errors
    /// The first of them cannot be opened for writing, is no regular file, or is replaced again and again.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let files = LockFiles { directory: directory.to_owned(), open: RefCell::default() };
        files.get(None)?;
        Ok(Self { files: Some(files), held: RefCell::default() })
    }

    /// Locks that hold within this process only: for a run by hand, and where the state directory cannot be used.
    #[must_use]
    pub fn apart() -> Self {
        Self { files: None, held: RefCell::default() }
    }

    /// Asks for a lock, without waiting.
    ///
    /// # Errors
    /// ENOLCK, or its file cannot be opened, as [`Locks::open`] says.
    pub fn take(&self, subject: LockTarget<'_>) -> io::Result<TakenLock> {
        let place = place(subject);
        if self.held.borrow().contains(&place) {
            return Ok(TakenLock::By(std::process::id()));
        }
        if let Some(files) = &self.files
            && let Locked::By(pid) = try_lock(&*files.get(place.file)?, place.at)?
        {
            return Ok(TakenLock::By(pid));
        }
        self.held.borrow_mut().insert(place);
        Ok(TakenLock::Ours)
    }

    /// Lets go of a lock.
    pub fn release(&self, subject: LockTarget<'_>) {
        let place = place(subject);
        if self.held.borrow_mut().remove(&place)
            && let Some(files) = &self.files
            && let Some(file) = files.open.borrow().get(&place.file)
        {
            // The kernel refuses it only where it has no memory for two ranges instead of one; the end of the process
            // lets go of all.
            let _ = unlock(file, place.at);
        }
    }
}

impl LockFiles {
    fn get(&self, number: Option<u64>) -> io::Result<Rc<File>> {
        if let Some(file) = self.open.borrow().get(&number) {
            return Ok(Rc::clone(file));
        }
        let name = number.map_or_else(|| FILE.to_owned(), |number| format!("{FILE}.{number}"));
        let file = Rc::new(opened(&self.directory.join(name))?);
        self.open.borrow_mut().insert(number, Rc::clone(&file));
        Ok(file)
    }
}

/// Opens the file that has this path when it is open: a lock on one that was replaced meanwhile excludes nobody.
fn opened(path: &Path) -> io::Result<File> {
    let named = |error: io::Error| {
        let words = format!("{}: {}{}", escape::path(path), starved::shown(&error), in_the_way(path, &error));
        io::Error::new(error.kind(), words)
    };
    for _ in 0..ATTEMPTS {
        let file = open(path).map_err(named)?;
        if is_there(&file, path).map_err(named)? {
            return Ok(file);
        }
    }
    Err(named(io::Error::other("it is replaced again and again")))
}

/// Opens a file to lock, or makes it; a link is not followed, a pipe does not block.
///
/// # Errors
/// It cannot be opened for writing, or is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        return Ok(file);
    }
    Err(io::Error::other(format!("it is no regular file{}", described(path, kind))))
}

/// Tells whether the file is still the one of this path: a lock on another excludes nobody who comes later.
///
/// # Errors
/// The file cannot be looked at.
pub(crate) fn is_there(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    Ok(path.symlink_metadata().is_ok_and(|there| (ours.dev(), ours.ino()) == (there.dev(), there.ino())))
}

/// Returns the place of a lock: 62 bits of a digest, so that two of ten thousand meet once in 10^11 hosts.
fn place(subject: LockTarget<'_>) -> Place {
    let name = match subject {
        LockTarget::Check(name) => format!("check {name}"),
        LockTarget::Group(name, seat) => format!("group {seat} {name}"),
        LockTarget::Host(seat) => format!("host {seat}"),
        LockTarget::Compile(seat) => format!("compile {seat}"),
        LockTarget::Outputs => "outputs".to_owned(),
        LockTarget::Delivery => "delivery".to_owned(),
    };
    let digest = Sha256::digest(name);
    let at = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) >> 2;
    Place { file: matches!(subject, LockTarget::Check(_)).then_some(at % FILES_OF_CHECKS), at }
}
