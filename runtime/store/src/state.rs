//! State of all rounds: two files in one directory, each replaced as a whole.

use std::cell::OnceCell;
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::changes;
use super::checksummed::{self, ChecksummedForm, Opened};
use super::days;
use super::error::{LOCK_PATIENCE, StoreError};
use super::load::{Trust, corrupt, look, opened, set_aside};
use super::locks;
use super::memory::Memory;
use super::private::{self, Private};
use super::results::{self, Results};
use super::unknown::{KeyPath, Unknown};
use roundsman_grants::escape;
use roundsman_os::process::user::local_group;
use roundsman_os::replace::{Readers, replace_by_writing};
use roundsman_os::safe_path::{self, OwnerRule};
use roundsman_verdict::history::HISTORY;
use roundsman_verdict::history::difference::{self, HardStatuses, KnownStatuses};
use roundsman_verdict::history::{Event, HistoryEntry};

/// The group that may read the results: for `status`, called by a monitoring agent.
const GROUP: &str = "roundsman";

/// Number of files that share the size of the history; the oldest is removed as a whole.
const SEGMENTS: u64 = 8;

/// The directory that holds the state.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    /// Bytes that the history may have.
    history: u64,
    /// Who may read the results; asked for by who writes.
    readers: OnceCell<Readers>,
}

/// Result of a change of the state.
#[derive(Debug)]
pub struct Changed<T> {
    /// What the change returned.
    pub value: T,
    pub written: Result<(), StoreError>,
}

/// Tells one version of the files from another: any round that writes makes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    /// Seconds and nanoseconds.
    changed: (i64, i64),
}

impl Store {
    /// Opens the state directory, or makes it. Nobody else may write to it or to any directory above it.
    ///
    /// # Errors
    /// It cannot be made, or somebody else may write there.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let failed = |error: io::Error| {
            let there = directory.symlink_metadata().is_ok();
            let mend = if there { "move away what is there, or set" } else { "set" };
            let mend = format!("{error}; {mend} `paths.state` to a directory that can be made");
            StoreError::Io { path: directory.to_owned(), error: io::Error::new(error.kind(), mend) }
        };
        if !directory.is_dir() {
            std::fs::create_dir_all(directory).map_err(failed)?;
            // Our umask leaves the group nothing.
            std::fs::set_permissions(directory, Permissions::from_mode(0o750)).map_err(failed)?;
            if let Some(group) = group() {
                std::os::unix::fs::chown(directory, None, Some(group)).map_err(failed)?;
            }
        }
        let rule = OwnerRule::OwnedBy(rustix::process::geteuid().as_raw());
        safe_path::directory(directory, rule).map_err(StoreError::Unsafe)?;
        Ok(Self { directory: directory.to_owned(), history: HISTORY, readers: OnceCell::new() })
    }

    /// Bounds the history to so many bytes.
    #[must_use]
    pub fn with_history(self, history: u64) -> Self {
        Self { history, ..self }
    }

    /// Reads what is remembered; nothing is remembered where there is no file. A file that is damaged or of another
    /// version counts as none, and is told in the second part of the answer; the next change sets it aside.
    ///
    /// # Errors
    /// A file is there and cannot be read.
    pub fn read(&self) -> Result<(Memory, Vec<String>), StoreError> {
        let mut damage = Vec::new();
        let (results, one, of_results) = self.load(results::FILE, results::FORM, &mut damage)?;
        let (private, other, of_private): (Private, _, _) = self.load(private::FILE, private::FORM, &mut damage)?;
        damage.extend(self.foreign_history(private.changes.length)?);
        let held_by = one.zip(other).map(Into::into);
        let unknown = [of_results, of_private];
        let known = HardStatuses::default();
        let mut memory = Memory { results, private, known, held_by, unknown, events: Vec::new() };
        memory.restore();
        Ok((memory, damage))
    }

    /// Works as [`Store::read`], of what is nobody else's alone: on a host with many checks the lesser part.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn read_private(&self) -> Result<Private, StoreError> {
        Ok(self.load(private::FILE, private::FORM, &mut Vec::new())?.0)
    }

    /// Merges a change into what is remembered by now, and writes it. Results come first: a crash between the two
    /// files runs a check twice, and loses nothing.
    ///
    /// # Errors
    /// The lock is not to be had in 5 s, or a file cannot be read: nothing was changed. Where one cannot be written, it is
    /// as it was, and the answer says so.
    pub fn change<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> Result<Changed<T>, StoreError> {
        self.update(&mut Memory::default(), change)
    }

    /// The same for who has read or written before: `memory` becomes what is remembered with the change. Files that are
    /// those that it came from are not read again, which with thousands of checks takes longer than to write them.
    ///
    /// # Errors
    /// As [`Store::change`]; `memory` is as it was then.
    pub fn update<T>(
        &self,
        memory: &mut Memory,
        change: impl FnOnce(&mut Memory) -> T,
    ) -> Result<Changed<T>, StoreError> {
        // Not while the lock is held: who knows the groups may be a server that does not answer.
        let _ = self.readers();
        let _lock = self.lock()?;
        let mut damage = Vec::new();
        if !self.holds(memory) {
            let events = std::mem::take(&mut memory.events);
            (*memory, damage) = self.read()?;
            memory.events = events;
        }
        let value = change(memory);
        let written = if damage.is_empty() { Ok(()) } else { self.set_aside() };
        let written = written.and_then(|()| self.note(memory)).and_then(|()| self.write(memory));
        Ok(Changed { value, written })
    }

    /// Notes in the history what the state that is about to be written forgets.
    fn note(&self, memory: &mut Memory) -> Result<(), StoreError> {
        let failed = |error| StoreError::Io { path: self.path(changes::FILE), error };
        let mark = &memory.private.changes;
        let tail = changes::tail(&self.directory, mark).map_err(failed)?;
        let none = HardStatuses::default();
        let known = KnownStatuses::of(if tail.is_first { &none } else { &memory.known }, &tail.entries);
        let found = difference::changes(&known, &memory.results.checks, Timestamp::now());
        let is_new = |event: &Event| !tail.entries.iter().any(|entry| is_same(entry, event));
        let others = std::mem::take(&mut memory.events).into_iter().filter(is_new);
        let events = others.chain(found.into_iter().map(Event::Change)).collect();
        let longest = self.history / SEGMENTS;
        let mark = changes::append(&self.directory, mark, &tail, events, self.readers(), longest).map_err(failed)?;
        memory.private.changes = mark;
        Ok(())
    }

    /// Counts the history into days, which outlive it, and then removes what is more than it may have.
    ///
    /// # Errors
    /// A file cannot be read or written: all entries stay.
    pub fn tend(&self, now: Timestamp) -> Result<(), StoreError> {
        let counted = days::read(&self.directory)?.unwrap_or_default();
        let entries = changes::after(&self.directory, counted.through)?.entries;
        let counted = counted.counted_on(&entries, now);
        self.keep(days::FILE, days::FORM, (&counted, &Unknown::default()), self.readers())?;
        changes::trim(&self.directory, self.history)
            .map_err(|error| StoreError::Io { path: self.path(changes::FILE), error })
    }

    /// Says what stands in the place of the history, if that is no file of ours. It had so many bytes when the state was written.
    fn foreign_history(&self, length: u64) -> Result<Option<String>, StoreError> {
        let path = self.path(changes::FILE);
        match changes::active(&self.directory, length) {
            Ok(Err(reason)) => Ok(Some(aside(&path, &reason))),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::Io { path, error }),
            Ok(Ok(_)) | Err(_) => Ok(None),
        }
    }

    /// Tells whether both files are those that this came from, by their checksums.
    fn holds(&self, memory: &Memory) -> bool {
        let Some([results, private]) = &memory.held_by else { return false };
        [(results::FILE, results), (private::FILE, private)].iter().all(|(file, line)| {
            let mut begin = vec![0; line.len()];
            let opened = opened(&self.path(file), Trust::Ours);
            opened.is_ok_and(|file| file.is_ok_and(|mut file| file.read_exact(&mut begin).is_ok()))
                && begin == line.as_bytes()
        })
    }

    fn write(&self, memory: &mut Memory) -> Result<(), StoreError> {
        memory.held_by = None;
        memory.known = HardStatuses::of(&memory.results.checks);
        let [of_results, of_private] = &memory.unknown;
        let results = self.keep(results::FILE, results::FORM, (&memory.results, of_results), self.readers())?;
        let private = self.keep(
            private::FILE,
            private::FORM,
            (&memory.private.with_records(&memory.results.checks), of_private),
            Readers::Owner,
        )?;
        memory.held_by = Some([results, private]);
        Ok(())
    }

    fn readers(&self) -> Readers {
        *self.readers.get_or_init(|| group().map_or(Readers::Owner, Readers::Group))
    }

    /// Returns the stamp of the version of the files that is there.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        let stat = self.path(private::FILE).symlink_metadata().ok()?;
        Some(Stamp { inode: stat.ino(), changed: (stat.ctime(), stat.ctime_nsec()) })
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }

    fn load<T: Default + DeserializeOwned>(
        &self,
        file: &str,
        form: ChecksummedForm,
        damage: &mut Vec<String>,
    ) -> Result<(T, Option<String>, Unknown), StoreError> {
        let path = self.path(file);
        match look(&path, form, Trust::Ours) {
            Ok(Ok(Opened { value, line, unknown })) => {
                let unknown =
                    if unknown.is_empty() { Unknown::default() } else { Self::unknown(&path, form, &line, unknown) };
                Ok((value, Some(line), unknown))
            }
            Ok(Err(reason)) => {
                damage.push(aside(&path, &reason));
                Ok((T::default(), None, Unknown::default()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((T::default(), None, Unknown::default())),
            Err(error) => Err(StoreError::Io { path, error }),
        }
    }

    /// Reads once more what another version stored and this one does not know. `line` is that of the file that was read;
    /// another one has nothing to do with it.
    fn unknown(path: &Path, form: ChecksummedForm, line: &str, ways: Vec<KeyPath>) -> Unknown {
        match look::<serde_json::Value>(path, form, Trust::Ours) {
            Ok(Ok(whole)) if whole.line == line => Unknown::of(ways, &whole.value),
            _ => Unknown::default(),
        }
    }

    /// Moves away what is damaged; of each file one is kept.
    fn set_aside(&self) -> Result<(), StoreError> {
        let damaged = |path: &Path, form| match form {
            results::FORM => matches!(look::<Results>(path, form, Trust::Ours), Ok(Err(_))),
            form => matches!(look::<Private>(path, form, Trust::Ours), Ok(Err(_))),
        };
        for (file, form) in [(results::FILE, results::FORM), (private::FILE, private::FORM)] {
            let path = self.path(file);
            if damaged(&path, form) {
                set_aside(&path).map_err(|error| StoreError::Io { path, error })?;
            }
        }
        Ok(())
    }

    /// Writes a value with what another version knows of it; returns the first line of what was written.
    fn keep<T: Serialize>(
        &self,
        file: &str,
        form: ChecksummedForm,
        (value, unknown): (&T, &Unknown),
        readers: Readers,
    ) -> Result<String, StoreError> {
        let path = self.path(file);
        let written = replace_by_writing(&path, readers, |file| {
            if unknown.is_empty() {
                return checksummed::write(form, value, file);
            }
            let mut whole = serde_json::to_value(value)?;
            unknown.put_back(&mut whole);
            checksummed::write(form, &whole, file)
        });
        written.map_err(|error| StoreError::Io { path, error })
    }

    /// Takes the lock. It is on a file of its own, which is never removed by us. Where somebody else did, whoever waited for it
    /// has a lock on nothing, and asks again.
    fn lock(&self) -> Result<File, StoreError> {
        let path = self.directory.join("state.lock");
        let failed = |error| StoreError::Io { path: path.clone(), error };
        let start = Instant::now();
        loop {
            let file = locks::open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) if locks::is_there(&file, &path).map_err(failed)? => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Ok(()) | Err(TryLockError::WouldBlock) if start.elapsed() >= LOCK_PATIENCE => {
                    return Err(StoreError::Locked { path });
                }
                Ok(()) | Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

/// Says that a file is damaged, and where it is put.
fn aside(path: &Path, reason: &str) -> String {
    let (path, aside) = (escape::path(path), escape::path(&corrupt(path)));
    format!("{path} is damaged and set aside as {aside}: {reason}")
}

/// Tells whether a round that was killed before it wrote the state has noted this: the next one finds it again.
fn is_same(entry: &HistoryEntry, event: &Event) -> bool {
    match (&entry.event, event) {
        (Event::Gap { since: noted, .. }, Event::Gap { since, .. }) => noted == since,
        // Measured again, it may be a second more or less.
        (Event::Clock { .. }, Event::Clock { .. }) => true,
        _ => false,
    }
}

/// Finds the group that may read the results; a host without it keeps them to the owner. A directory server is not asked: each
/// round would ask it, where there is none.
pub(super) fn group() -> Option<u32> {
    if rustix::process::geteuid().is_root() { local_group(GROUP).ok().flatten() } else { None }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
