//! Uids that make each run's processes their own, host-wide: pairs of numbers, each pair a lock.

use std::cell::RefCell;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::starved;
use super::user::{Account, AccountError};
use roundsman_grants::escape;

/// Most runs that this host has at a time, over all rounds and configurations.
pub const SLOTS: u32 = 200;

/// Directory of the locks, whatever the state directory is: two configurations never share a uid at a time.
pub const DIRECTORY: &str = "/run/roundsman/uids";

/// A row of uids that no account has: two for each slot, the first of which is even.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRow(pub u32);

impl SlotRow {
    /// Tells whether a process of this uid or gid is one of a run: a worker, a broker or a reader.
    #[must_use]
    pub fn contains(self, id: u32) -> bool {
        (self.0..self.0 + 2 * SLOTS).contains(&id)
    }

    /// Looks up an account that reads or runs commands: one of another uid than those of runs, which could otherwise be
    /// signalled, or looked into, by what it starts.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn account_beside(self, name: &str) -> Result<Account, AccountError> {
        self.beside(name, Account::of_name(name)?)
    }

    /// Returns this account, unless it has a uid of runs.
    ///
    /// # Errors
    /// [`AccountError::OfRuns`].
    pub fn beside(self, name: &str, account: Account) -> Result<Account, AccountError> {
        if self.contains(account.uid) {
            return Err(AccountError::OfRuns { name: name.to_owned(), uid: account.uid, row: self });
        }
        Ok(account)
    }
}

/// The locks of a row.
#[derive(Debug)]
pub struct Slots {
    directory: PathBuf,
    pub row: SlotRow,
    /// Those that runs of this process have given back: their locks are kept for its next ones, which look for no other.
    free: RefCell<Vec<Slot>>,
}

/// A pair of uids that is nobody else's as long as this value lives. A fork must close its descriptor.
#[derive(Debug)]
pub struct Slot {
    /// The uid and gid of the worker.
    pub worker: u32,
    // Never unlinked: a lock on a file that is gone from its directory excludes nobody.
    lock: File,
}

impl Slot {
    /// Returns the uid and gid of the broker, and the real ones of its readers.
    #[must_use]
    pub fn broker(&self) -> u32 {
        self.worker + 1
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // A process that was forked a moment ago may not have closed its copy yet, which would keep the lock. Where this
        // fails, that close lets go of it.
        let _ = self.lock.unlock();
    }
}

impl Slots {
    /// Uses this directory, which is made where it is missing, and with it a lock for each of as many runs as there are at
    /// a time: where none can be made later, as nothing more fits there, they still run.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn in_directory(directory: &Path, row: SlotRow, at_a_time: usize) -> io::Result<Self> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o755).create(directory);
        made.map_err(|error| io::Error::other(format!("{}: {error}", escape::path(directory))))?;
        let slots = Self { directory: directory.to_owned(), row, free: RefCell::default() };
        for worker in slots.workers().take(at_a_time) {
            // What is wrong with one is told by who wants to take it.
            let _ = open(&slots.path(worker));
        }
        Ok(slots)
    }

    /// Takes one that was given back, or else the first free one.
    ///
    /// # Errors
    /// All are taken, or a lock file cannot be opened.
    pub fn take(&self) -> io::Result<Slot> {
        if let Some(slot) = self.free.borrow_mut().pop() {
            return Ok(slot);
        }
        let mut last = None;
        for worker in self.workers() {
            let path = self.path(worker);
            let file = match open(&path) {
                Ok(file) => file,
                Err(error) => {
                    // One that somebody spoilt is passed over.
                    last = Some(io::Error::other(format!("{}: {}", escape::path(&path), starved::shown(&error))));
                    continue;
                }
            };
            match file.try_lock() {
                Ok(()) => return Ok(Slot { worker, lock: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let taken = || {
            let SlotRow(first) = self.row;
            io::Error::other(format!(
                "all {SLOTS} pairs of uids from {first} on are taken ({}): other rounds of this host run as much",
                escape::path(&self.directory)
            ))
        };
        Err(last.unwrap_or_else(taken))
    }

    /// Gives one back whose processes are gone; it stays this process's.
    pub fn give_back(&self, slot: Slot) {
        self.free.borrow_mut().push(slot);
    }

    fn workers(&self) -> impl Iterator<Item = u32> + use<> {
        let SlotRow(first) = self.row;
        (0..SLOTS).map(move |slot| first + 2 * slot)
    }

    /// Named by the uid, so that the same uid is the same lock in every configuration.
    fn path(&self, worker: u32) -> PathBuf {
        self.directory.join(worker.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_with_a_uid_of_runs_is_refused() {
        let row = SlotRow(60_720);
        assert_eq!(row.account_beside("root").unwrap(), Account::of_name("root").unwrap());
        for (uid, is_beside) in [(60_719, true), (60_720, false), (61_119, false), (61_120, true)] {
            assert_eq!(row.beside("x", Account::of_number(uid)).is_ok(), is_beside, "{uid}");
        }
        let error = row.beside("x", Account::of_number(60_723)).unwrap_err().to_string();
        let words = "the account `x` has the uid 60723, which is one of the 400 from 60720 on that are for runs of checks alone \
                     (run.worker_uid)";
        assert_eq!(error, words);
    }

    #[test]
    fn rows_that_overlap_share_no_uid_at_a_time() {
        let directory = tempfile::TempDir::new().unwrap();
        let row = |first| Slots::in_directory(directory.path(), SlotRow(first), 1).unwrap();
        let (one, other) = (row(60_720), row(60_722));
        let (first, second) = (one.take().unwrap(), other.take().unwrap());
        assert_eq!((first.worker, first.broker(), second.worker), (60_720, 60_721, 60_722));
        let third = one.take().unwrap();
        assert_eq!(third.worker, 60_724);
        drop(second);
        assert_eq!(one.take().unwrap().worker, 60_722);
        assert_eq!([60_719, 60_720, 61_119, 61_120].map(|id| one.row.contains(id)), [false, true, true, false]);
    }

    #[test]
    fn one_that_is_given_back_stays_with_its_process() {
        let directory = tempfile::TempDir::new().unwrap();
        let slots = || Slots::in_directory(directory.path(), SlotRow(60_720), 1).unwrap();
        let (ours, theirs) = (slots(), slots());
        ours.give_back(ours.take().unwrap());
        assert_eq!(theirs.take().unwrap().worker, 60_722);
        assert_eq!(ours.take().unwrap().worker, 60_720);
        ours.give_back(ours.take().unwrap());
        drop(ours);
        assert_eq!(theirs.take().unwrap().worker, 60_720);
    }

    #[test]
    fn there_are_as_many_as_are_said() {
        let directory = tempfile::TempDir::new().unwrap();
        let slots = Slots::in_directory(directory.path(), SlotRow(60_720), 4).unwrap();
        let taken: Vec<Slot> = (0..SLOTS).map(|_| slots.take().unwrap()).collect();
        assert_eq!(taken.last().map(Slot::broker), Some(61_119));
        let message = slots.take().unwrap_err().to_string();
        assert!(message.starts_with("all 200 pairs of uids from 60720 on are taken"), "{message}");
    }
}
