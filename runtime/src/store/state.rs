//! All that is remembered between rounds: two files in one directory, each replaced as a whole.

use std::cell::OnceCell;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::locks;
use super::private::{self, Private};
use super::replace::{Readers, replace};
use super::results::{self, Results};
use super::sealed::{self, Form};
use crate::config::safe_path::{self, Rule, SafePathError};
use crate::process::user::group_of_name;

/// How long another round may hold the lock; it needs milliseconds.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// Largest of the two files that is read, in bytes: 5,000 checks with all that limits allow are never met.
const LARGEST: u64 = 256 << 20;
/// The group that may read the results: for `status`, called by a monitoring agent.
const GROUP: &std::ffi::CStr = c"roundsman";

/// The directory that holds the state.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    /// Who may read the results; asked for by who writes.
    readers: OnceCell<Readers>,
}

/// All that is remembered: what every check said last, and what is nobody else's to read.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    pub results: Results,
    pub private: Private,
    /// First lines of the two files that held it; nothing where none did, or not any more.
    held_by: Option<[String; 2]>,
}

/// What came of a change.
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

/// Why the state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("another round has held {} for {} s", path.display(), LOCK_PATIENCE.as_secs())]
    Locked { path: PathBuf },
    /// Others could forge what is kept there.
    #[error("who may write to the state directory (paths.state) could forge results and hold up every round: {0}")]
    Unsafe(#[from] SafePathError),
}

impl Store {
    /// The directory is made where it is missing. It and all above it must be writable by nobody else.
    ///
    /// # Errors
    /// It cannot be made, or somebody else may write there.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let failed = |error: io::Error| {
            let mend = format!("{error}; set `paths.state` to a directory that can be made");
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
        safe_path::directory(directory, Rule::OwnedBy(rustix::process::geteuid().as_raw()))?;
        Ok(Self { directory: directory.to_owned(), readers: OnceCell::new() })
    }

    /// Reads what is remembered; nothing is remembered where there is no file. A file that is damaged or of another
    /// version counts as none, and is told in the second part of the answer; the next change sets it aside.
    ///
    /// # Errors
    /// A file is there and cannot be read.
    pub fn read(&self) -> Result<(Memory, Vec<String>), StoreError> {
        let mut damage = Vec::new();
        let (results, one) = self.load(results::FILE, results::FORM, &mut damage)?;
        let (private, other) = self.load(private::FILE, private::FORM, &mut damage)?;
        Ok((Memory { results, private, held_by: one.zip(other).map(Into::into) }, damage))
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
            (*memory, damage) = self.read()?;
        }
        let value = change(memory);
        let written = if damage.is_empty() { Ok(()) } else { self.set_aside() };
        let written = written.and_then(|()| self.write(memory));
        Ok(Changed { value, written })
    }

    /// Whether both files are those that this came from, by their checksums.
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
        let results = self.keep(results::FILE, results::FORM, &memory.results, self.readers())?;
        let private = self.keep(private::FILE, private::FORM, &memory.private, Readers::Owner)?;
        memory.held_by = Some([results, private]);
        Ok(())
    }

    fn readers(&self) -> Readers {
        *self.readers.get_or_init(|| group().map_or(Readers::Owner, Readers::Group))
    }

    /// Which version of the files is there.
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
        form: Form,
        damage: &mut Vec<String>,
    ) -> Result<(T, Option<String>), StoreError> {
        let path = self.path(file);
        match look(&path, form, Trust::Ours) {
            Ok(Ok((value, line))) => Ok((value, Some(line))),
            Ok(Err(reason)) => {
                let aside = corrupt(&path);
                damage.push(format!("{} is damaged and set aside as {}: {reason}", path.display(), aside.display()));
                Ok((T::default(), None))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((T::default(), None)),
            Err(error) => Err(StoreError::Io { path, error }),
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

    /// Returns the first line of what was written.
    fn keep<T: Serialize>(&self, file: &str, form: Form, value: &T, readers: Readers) -> Result<String, StoreError> {
        let path = self.path(file);
        let content = sealed::seal(form, value).map_err(io::Error::from);
        let written = content.and_then(|content| {
            replace(&path, &content, readers)?;
            Ok(sealed::first_line(&content))
        });
        written.map_err(|error| StoreError::Io { path, error })
    }

    /// The lock is on a file of its own, which is never removed by us. Where somebody else did, whoever waited for it has
    /// a lock on nothing, and asks again.
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

/// What every check said last, as whoever may read it finds it: no lock is taken and nothing is made. Nothing where no
/// round has written yet.
///
/// # Errors
/// The file cannot be read, or is damaged.
pub fn results(directory: &Path) -> Result<Option<Results>, StoreError> {
    let path = directory.join(results::FILE);
    match look(&path, results::FORM, Trust::Directory) {
        Ok(Ok((results, _))) => Ok(Some(results)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Ok(Err(reason)) => Err(StoreError::Io { path, error: io::Error::other(format!("it is damaged: {reason}")) }),
        Err(error) => Err(StoreError::Io { path, error }),
    }
}

/// Where a damaged file goes.
fn corrupt(path: &Path) -> PathBuf {
    path.with_extension("corrupt")
}

/// A host without the group, or whose groups cannot be asked, keeps the results to the owner.
fn group() -> Option<u32> {
    if rustix::process::geteuid().is_root() { group_of_name(GROUP).ok().flatten() } else { None }
}

/// Renames what is damaged, whatever it is; what was set aside before goes, unless it is a directory with something in it.
fn set_aside(path: &Path) -> io::Result<()> {
    let aside = corrupt(path);
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => std::fs::remove_dir(&aside)?,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::rename(path, aside)
}

/// Whose a file must be to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Root's or the acting user's, and writable by nobody else.
    Ours,
    /// Whoever's: the reader trusts the directory, and grants nothing by what it reads.
    Directory,
}

/// The value in a file and the file's first line, or in words why it is damaged.
fn look<T: DeserializeOwned>(path: &Path, form: Form, trust: Trust) -> io::Result<Result<(T, String), String>> {
    let file = match opened(path, trust)? {
        Ok(file) => file,
        Err(reason) => return Ok(Err(reason)),
    };
    if file.metadata()?.len() > LARGEST {
        return Ok(Err(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    let mut content = Vec::new();
    file.take(LARGEST).read_to_end(&mut content)?;
    Ok(sealed::open(form, &content).map(|value| (value, sealed::first_line(&content))))
}

/// Opens a file, or says why it is not to be believed. What is no regular file was put there by somebody, and is not
/// followed; a pipe does not block.
fn opened(path: &Path, trust: Trust) -> io::Result<Result<File, String>> {
    let mut options = OpenOptions::new();
    let file = match options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path) {
        // ELOOP of a link, ENXIO of a socket.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ELOOP | libc::ENXIO)) => {
            return Ok(Err("it is no regular file".to_owned()));
        }
        opened => opened?,
    };
    let stat = file.metadata()?;
    let uid = rustix::process::geteuid().as_raw();
    if !stat.is_file() {
        return Ok(Err("it is no regular file".to_owned()));
    }
    if trust == Trust::Ours && ![0, uid].contains(&stat.uid()) {
        return Ok(Err(format!("it belongs to uid {}", stat.uid())));
    }
    if trust == Trust::Ours && stat.mode() & 0o022 != 0 {
        return Ok(Err(format!("others may write it (mode {:04o})", stat.mode() & 0o7777)));
    }
    Ok(Ok(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;
    use crate::standing::Standing;
    use std::collections::BTreeMap;

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(&directory.path().join("state")).expect("a store");
        (directory, store)
    }

    fn remember(store: &Store, name: &str) {
        let changed = store.change(|memory| {
            memory.private.checks.entry(name.to_owned()).or_default();
            memory.results.checks.insert(name.to_owned(), Standing::pending(sample::verdict()));
        });
        changed.expect("changed").written.expect("written");
    }

    #[test]
    fn what_is_written_is_read() {
        let (_directory, store) = store();
        let state = BTreeMap::from([("offset".to_owned(), vec![0, 255, 10])]);
        store
            .change(|memory| memory.private.checks.entry("log".to_owned()).or_default().set_state(state.clone()))
            .expect("changed");
        let (memory, damage) = store.read().expect("read");
        assert_eq!((memory.private.checks["log"].state(), damage), (state, Vec::new()));
    }

    #[test]
    fn a_change_keeps_what_others_wrote() {
        let (_directory, store) = store();
        for name in ["a", "b"] {
            remember(&store, name);
        }
        let (memory, _) = store.read().expect("read");
        assert_eq!((memory.private.checks.len(), memory.results.checks.len()), (2, 2));
    }

    #[test]
    fn what_was_read_or_written_before_is_read_again_where_somebody_else_wrote() {
        let (_directory, store) = store();
        remember(&store, "a");
        let (mut memory, _) = store.read().expect("read");
        let update = |memory: &mut Memory| {
            let updated = store.update(memory, |memory| memory.results.checks.keys().cloned().collect::<Vec<_>>());
            updated.expect("updated")
        };
        // What only this memory has shows that it was not read.
        memory.results.checks.insert("own".to_owned(), Standing::pending(sample::verdict()));
        assert_eq!(update(&mut memory).value, ["a", "own"]);
        assert_eq!(update(&mut memory).value, ["a", "own"]);
        remember(&store, "b");
        assert_eq!(update(&mut memory).value, ["a", "b", "own"], "both are written by now");
        memory.results.checks.remove("own");
        std::fs::set_permissions(store.path(private::FILE), Permissions::from_mode(0o620)).expect("a mode");
        assert_eq!(update(&mut memory).value, ["a", "b", "own"], "what others may write was read, and set aside");
        // A change that was not written is not remembered.
        std::fs::remove_file(store.path(results::FILE)).expect("a file");
        std::fs::create_dir(store.path("results.tmp")).expect("in its way");
        memory.results.checks.insert("lost".to_owned(), Standing::pending(sample::verdict()));
        assert!(update(&mut memory).written.is_err());
        std::fs::remove_dir(store.path("results.tmp")).expect("out of its way");
        memory.results.checks.insert("lost".to_owned(), Standing::pending(sample::verdict()));
        assert_eq!(update(&mut memory).value, Vec::<String>::new());
    }

    #[test]
    fn only_the_results_are_open_to_a_group() {
        let (_directory, store) = store();
        remember(&store, "a");
        let mode = |file| store.path(file).metadata().expect("metadata").mode() & 0o777;
        assert_eq!((mode(results::FILE), mode(private::FILE)), (if group().is_some() { 0o640 } else { 0o600 }, 0o600));
        assert_eq!(results(&store.directory).expect("read").expect("written").checks.len(), 1);
    }

    #[test]
    fn a_file_cut_anywhere_is_set_aside_and_said_and_the_other_holds() {
        for (damaged, whole) in [(results::FILE, private::FILE), (private::FILE, results::FILE)] {
            let (_directory, store) = store();
            remember(&store, "log");
            let content = std::fs::read(store.path(damaged)).expect("the file");
            for end in 0..content.len() {
                std::fs::write(store.path(damaged), &content[..end]).expect("cut");
                let (memory, damage) = store.read().expect("read");
                assert_eq!(memory.results.checks.len() + memory.private.checks.len(), 1);
                assert!(damage[0].contains(&format!("{damaged}.corrupt")) && damage.len() == 1, "{damage:?}");
                assert_eq!(std::fs::read(store.path(damaged)).expect("still there"), &content[..end]);
                remember(&store, "log");
                assert_eq!(std::fs::read(corrupt(&store.path(damaged))).expect("set aside"), &content[..end]);
                assert!(!corrupt(&store.path(whole)).exists());
                assert_eq!(store.read().expect("read").1, Vec::<String>::new());
            }
        }
    }

    #[test]
    fn a_directory_that_others_may_write_keeps_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).expect("a mode");
        let error = Store::open(directory.path()).expect_err("refused").to_string();
        assert!(error.contains("chmod"), "{error}");
    }

    #[test]
    fn what_is_no_file_of_ours_is_set_aside_at_once() {
        for file in [results::FILE, private::FILE] {
            let plants: [&dyn Fn(&Path); 4] = [
                &|path| {
                    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0)
                        .expect("a pipe")
                },
                &|path| std::fs::create_dir(path).expect("a directory"),
                &|path| std::os::unix::fs::symlink("/etc/hostname", path).expect("a link"),
                &|path| drop(std::os::unix::net::UnixListener::bind(path).expect("a socket")),
            ];
            let (_directory, store) = store();
            for plant in plants {
                plant(&store.path(file));
                let (_, damage) = store.read().expect("read");
                assert!(damage.len() == 1 && damage[0].contains("no regular file"), "{damage:?}");
                remember(&store, "a");
                assert_eq!(store.read().expect("read").1, Vec::<String>::new());
                assert!(corrupt(&store.path(file)).symlink_metadata().is_ok());
                std::fs::remove_file(store.path(file)).expect("a file");
            }
        }
    }

    #[test]
    fn what_others_may_write_is_not_believed() {
        let (_directory, store) = store();
        remember(&store, "a");
        std::fs::set_permissions(store.path(private::FILE), Permissions::from_mode(0o620)).expect("a mode");
        let (memory, damage) = store.read().expect("read");
        assert!(memory.private.checks.is_empty() && damage[0].contains("0620"), "{damage:?}");
    }

    #[test]
    fn a_lock_file_that_was_replaced_is_no_lock() {
        let (_directory, store) = store();
        let path = store.path("state.lock");
        let first = store.lock().expect("locked");
        std::fs::remove_file(&path).expect("a lock");
        let second = locks::open(&path).expect("opened");
        assert!(!locks::is_there(&first, &path).expect("looked") && locks::is_there(&second, &path).expect("looked"));
    }
}
