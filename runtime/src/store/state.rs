//! The state of all checks, in one file of JSON that is replaced by rename.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::replace::replace;

/// The version of the file's form.
const SCHEMA: u32 = 1;
/// How long another round may hold the lock; it needs milliseconds.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// The directory that holds the state.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
}

/// Why the state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("another round has held {} for {} s", path.display(), LOCK_PATIENCE.as_secs())]
    Locked { path: PathBuf },
}

/// All that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    schema: u32,
    pub checks: BTreeMap<String, Remembered>,
    /// The runtime's own faults that were said and have not ended.
    #[serde(default)]
    pub faults: Vec<String>,
}

/// What is remembered of one check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// The configuration file that gave it.
    pub file: PathBuf,
    /// When it last got to report.
    pub last_success: Option<jiff::Timestamp>,
    /// The check's own state, in base64.
    #[serde(default)]
    state: BTreeMap<String, String>,
}

impl Remembered {
    /// The check's own state. A value that is no base64 is as if it had never been set.
    #[must_use]
    pub fn state(&self) -> BTreeMap<String, Vec<u8>> {
        let decoded = self.state.iter().map(|(key, value)| Some((key.clone(), STANDARD.decode(value).ok()?)));
        decoded.flatten().collect()
    }

    pub fn set_state(&mut self, state: BTreeMap<String, Vec<u8>>) {
        self.state = state.into_iter().map(|(key, value)| (key, STANDARD.encode(value))).collect();
    }
}

impl Store {
    /// The directory is made where it is missing.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let failed = |error| StoreError::Io { path: directory.to_owned(), error };
        if !directory.is_dir() {
            std::fs::create_dir_all(directory).map_err(failed)?;
            // Our umask leaves the group nothing.
            std::fs::set_permissions(directory, Permissions::from_mode(0o750)).map_err(failed)?;
        }
        Ok(Self { directory: directory.to_owned() })
    }

    fn path(&self) -> PathBuf {
        self.directory.join("state.json")
    }

    /// Reads what is remembered; nothing is remembered where there is no file. A file that is damaged or of another
    /// version counts as none, which is said in the second part of the answer; the next change sets it aside.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn read(&self) -> Result<(Memory, Option<String>), StoreError> {
        let path = self.path();
        let text = match read_regular(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Memory::default(), None)),
            Err(error) => return Err(StoreError::Io { path, error }),
        };
        let reason = match serde_json::from_slice::<Memory>(&text) {
            Ok(memory) if memory.schema == SCHEMA => return Ok((memory, None)),
            Ok(memory) => format!("its schema is {}, this runtime knows {SCHEMA}", memory.schema),
            Err(error) => error.to_string(),
        };
        let aside = self.aside();
        Ok((
            Memory::default(),
            Some(format!("the state {} is damaged and set aside as {} ({reason})", path.display(), aside.display())),
        ))
    }

    /// Where a damaged file goes.
    fn aside(&self) -> PathBuf {
        self.path().with_extension("json.corrupt")
    }

    /// Merges a change into what is remembered by now, and writes it.
    ///
    /// # Errors
    /// The lock is not to be had in 5 s, or the file cannot be written; it is then as it was.
    pub fn change(&self, change: impl FnOnce(&mut Memory)) -> Result<(), StoreError> {
        let _lock = self.lock()?;
        let (mut memory, damage) = self.read()?;
        if damage.is_some() {
            std::fs::rename(self.path(), self.aside()).map_err(|error| StoreError::Io { path: self.path(), error })?;
        }
        memory.schema = SCHEMA;
        change(&mut memory);
        let path = self.path();
        let text =
            serde_json::to_vec(&memory).map_err(|error| StoreError::Io { path: path.clone(), error: error.into() })?;
        replace(&path, &text, 0o600).map_err(|error| StoreError::Io { path, error })
    }

    fn lock(&self) -> Result<File, StoreError> {
        let path = self.directory.join("state.lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let file = options.open(&path).map_err(|error| StoreError::Io { path: path.clone(), error })?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(StoreError::Io { path, error }),
                Err(TryLockError::WouldBlock) if start.elapsed() >= LOCK_PATIENCE => {
                    return Err(StoreError::Locked { path });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

/// Largest state that is read, in bytes: 5,000 checks with all that `limits.state` allows are never met.
const LARGEST: u64 = 256 << 20;

/// The content of a regular file that is no link; a pipe that somebody put there does not block.
fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file; remove it"));
    }
    let mut text = Vec::new();
    file.take(LARGEST).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(&directory.path().join("state")).expect("a store");
        (directory, store)
    }

    fn remember(store: &Store, name: &str) {
        let nothing = Remembered::default();
        store.change(|memory| memory.checks.extend([(name.to_owned(), nothing)])).expect("written");
    }

    #[test]
    fn what_is_written_is_read() {
        let (_directory, store) = store();
        let state = BTreeMap::from([("offset".to_owned(), vec![0, 255, 10])]);
        store
            .change(|memory| memory.checks.entry("log".to_owned()).or_default().set_state(state.clone()))
            .expect("written");
        let (memory, warning) = store.read().expect("read");
        assert_eq!((memory.checks["log"].state(), warning), (state, None));
    }

    #[test]
    fn a_change_keeps_what_others_wrote() {
        let (_directory, store) = store();
        for name in ["a", "b"] {
            remember(&store, name);
        }
        assert_eq!(store.read().expect("read").0.checks.len(), 2);
    }

    #[test]
    fn a_file_cut_anywhere_is_set_aside_and_said() {
        let (_directory, store) = store();
        remember(&store, "log");
        let whole = std::fs::read(store.path()).expect("the file");
        for end in 0..whole.len() {
            std::fs::write(store.path(), &whole[..end]).expect("cut");
            let (memory, warning) = store.read().expect("read");
            assert_eq!(memory, Memory::default());
            assert!(warning.expect("a warning").contains("state.json.corrupt"), "cut at {end}");
            assert_eq!(std::fs::read(store.path()).expect("still there"), &whole[..end], "reading writes nothing");
            remember(&store, "disk");
            assert_eq!(std::fs::read(store.aside()).expect("set aside"), &whole[..end]);
            assert_eq!(store.read().expect("read").0.checks.len(), 1);
        }
    }
}
