//! Installed components, each by its digest with its signature beside it, in the state directory. Each file is replaced whole, and
//! the lock of the configuration comes last: whenever a command is killed, the old release holds or the new one does.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::ReleaseError;
use super::fetch::Parcel;
use super::seen::SeenReleases;
use super::signed::Signed;
use roundsman_config::{Pin, SHELF, VersionsLock, read_text};
use roundsman_grants::escape;
use roundsman_os::replace::{Readers, replace};
use roundsman_os::safe_path::{self, OwnerRule, shown};

/// Longest time that another command may hold the lock; describing a component may compile it.
const PATIENCE: Duration = Duration::from_secs(20);
const SEEN: &str = "seen.json";

/// Reads what is kept of a pin; nothing of it is verified.
///
/// # Errors
/// [`ReleaseError::Release`]: it is not there.
pub fn kept(state: &Path, name: &str, pin: &Pin) -> Result<Parcel, ReleaseError> {
    let component = pin.file(state);
    let missing = |error: io::Error| {
        let mend = "roundsman install --locked fetches it";
        ReleaseError::Release(format!("`{name}` {}: {}: {error}: {mend}", pin.version, escape::path(&component)))
    };
    let bytes = fs::read(&component).map_err(missing)?;
    let signature = fs::read_to_string(component.with_extension("minisig")).map_err(missing)?;
    Ok(Parcel { bytes, signature, from: escape::path(&component) })
}

/// Reads the signature of a pin, if it is here.
#[must_use]
pub fn signature(state: &Path, pin: &Pin) -> Option<String> {
    fs::read_to_string(pin.file(state).with_extension("minisig")).ok()
}

/// The directory, held by this command alone.
#[derive(Debug)]
pub struct Shelf {
    directory: PathBuf,
    uid: u32,
    _alone: File,
}

impl Shelf {
    /// Opens it, and makes it where it is missing; whoever else holds it is waited for.
    ///
    /// # Errors
    /// Others may write there, it cannot be made, or another command holds it.
    pub fn open(state: &Path, uid: u32) -> Result<Self, ReleaseError> {
        let directory = state.join(SHELF);
        let kept = |error: io::Error| ReleaseError::NotStored(format!("{}: {error}", escape::path(&directory)));
        DirBuilder::new().recursive(true).mode(0o750).create(&directory).map_err(kept)?;
        safe_path::directory(&directory, OwnerRule::OwnedBy(uid))
            .map_err(|error| ReleaseError::Trust(error.to_string()))?;
        let path = directory.join("lock");
        // Whoever can open it can hold it.
        let file = File::options().create(true).append(true).mode(0o600).open(&path).map_err(kept)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { directory, uid, _alone: file }),
                Err(TryLockError::Error(error)) => return Err(kept(error)),
                Err(TryLockError::WouldBlock) if begun.elapsed() >= PATIENCE => {
                    return Err(ReleaseError::Locked(format!(
                        "another command has held {} for {} s: try again when it has ended",
                        shown(&path),
                        PATIENCE.as_secs()
                    )));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Returns the file of a component.
    #[must_use]
    pub fn component(&self, sha256: &str) -> PathBuf {
        self.directory.join(format!("{sha256}.wasm"))
    }

    /// Keeps a release, the signature first: a component is never there without it.
    ///
    /// # Errors
    /// [`ReleaseError::NotStored`].
    pub fn put(&self, signed: &Signed) -> Result<PathBuf, ReleaseError> {
        let signature = self.directory.join(format!("{}.minisig", signed.sha256));
        let component = self.component(&signed.sha256);
        self.write(&signature, signed.signature.as_bytes())?;
        self.write(&component, &signed.bytes)?;
        Ok(component)
    }

    /// Reads what this host has seen; nothing where there is no file.
    ///
    /// # Errors
    /// [`ReleaseError::Trust`]: it cannot be read: what was seen would be forgotten.
    pub fn seen(&self) -> Result<SeenReleases, ReleaseError> {
        let path = self.directory.join(SEEN);
        if !path.exists() {
            return Ok(SeenReleases::default());
        }
        let text = read_text(&path, OwnerRule::OwnedBy(self.uid)).map_err(ReleaseError::Trust)?;
        let wrong = |error| {
            ReleaseError::Trust(format!(
                "{}: {error}: if you remove it, older releases can be installed again",
                shown(&path)
            ))
        };
        serde_json::from_str(&text).map_err(wrong)
    }

    /// Notes what was seen, then writes the lock: only that makes another release hold.
    ///
    /// # Errors
    /// [`ReleaseError::NotStored`].
    pub fn settle(&self, seen: &SeenReleases, file: &Path, lock: &VersionsLock) -> Result<(), ReleaseError> {
        self.remember(seen)?;
        replace(file, lock.text().as_bytes(), Readers::All)
            .map_err(|error| ReleaseError::NotStored(format!("{}: {error}", escape::path(file))))
    }

    /// Notes what was seen.
    ///
    /// # Errors
    /// [`ReleaseError::NotStored`].
    pub fn remember(&self, seen: &SeenReleases) -> Result<(), ReleaseError> {
        let text = serde_json::to_string(seen).map_err(|error| ReleaseError::NotStored(error.to_string()))?;
        self.write(&self.directory.join(SEEN), text.as_bytes())
    }

    /// Removes what neither the lock nor the memory names: left by a command that was killed, or not needed any more.
    pub fn sweep(&self, seen: &SeenReleases, lock: &VersionsLock) {
        let needed =
            |stem: &str| lock.0.values().any(|pin| pin.sha256 == stem) || seen.digests().any(|one| one == stem);
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let stem = name.split('.').next().unwrap_or_default();
            if stem.len() == 64 && !needed(stem) {
                // What stays is looked at again the next time.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), ReleaseError> {
        replace(path, content, Readers::Owner).map_err(|error| {
            ReleaseError::NotStored(format!("{}: {error}; nothing else has changed", escape::path(path)))
        })
    }
}
