//! The entries of one engine, and the index of them, in the directory of the cache.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::directory::{self, CacheDirectory, Trusted};
use super::entry::{About, Checksum, LONGEST_ABOUT, LONGEST_CODE, TRAILER, Trailer, digest_of_hex};
use super::evict::{self, entry_name, index_name};
use super::index::{FORM, Index, Whole};
use super::{CachedCode, DAY, now};
use crate::checksummed;
use roundsman_grants::escape;
use roundsman_sandbox::worker::Code;
use roundsman_sandbox::worker::key::CodeKey;

/// Largest entry that is opened, in bytes.
const LONGEST_ENTRY: u64 = LONGEST_CODE + LONGEST_ABOUT + TRAILER as u64;

/// Opened once for a round.
#[derive(Debug)]
pub struct Entries {
    directory: CacheDirectory,
    engine: CodeKey,
}

/// Result of a look at a component.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
#[derive(Debug)]
pub enum CacheLookup {
    Nothing,
    /// Nothing for this engine.
    OfAnotherEngine,
    Entry {
        kept: CachedCode,
        /// File that its checksum was right for, if that had to be computed.
        whole: Option<Whole>,
    },
}

/// News that a round has for the index.
#[derive(Debug)]
pub struct IndexUpdate<'n> {
    /// Paths of components and digests of entries that are others now.
    pub keys: &'n BTreeSet<String>,
    pub index: &'n Index,
    pub configuration: &'n str,
    /// All that this configuration names, where that is known and something may have to go.
    pub named: Option<BTreeSet<String>>,
}

impl Entries {
    /// Opens the directory of an engine's entries.
    ///
    /// # Errors
    /// In words: the directory cannot be used.
    pub fn open(path: &Path, uid: u32, engine: CodeKey) -> Result<Self, String> {
        let directory = CacheDirectory::open(path, uid).map_err(|error| error.to_string())?;
        Ok(Self { directory, engine })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    #[must_use]
    pub(crate) fn path_of(&self, sha256: &str) -> PathBuf {
        self.path().join(entry_name(sha256, self.engine))
    }

    #[must_use]
    pub(crate) fn index_path(&self) -> PathBuf {
        self.path().join(index_name(self.engine))
    }

    /// Reads the index; empty at first.
    ///
    /// # Errors
    /// In words: it is spoilt, or others could have written it.
    pub fn index(&self) -> Result<Index, String> {
        let Some(trusted) = self.directory.read(&index_name(self.engine), u64::MAX)? else {
            return Ok(Index::default());
        };
        // As long as what is configured makes it: it is read as it comes, and believed as far as it parses.
        let read = checksummed::read(FORM, trusted.file).map_err(|error| error.to_string())?;
        read.map(|opened| opened.value)
    }

    /// Opens and judges the entry of a component: by its descriptor, by its trailer, and by its checksum where it may have
    /// changed since that was right.
    ///
    /// # Errors
    /// In words: why it is not used.
    pub fn find(&self, sha256: &str, index: &Index) -> Result<CacheLookup, String> {
        let Some(trusted) = self.directory.read(&entry_name(sha256, self.engine), LONGEST_ENTRY)? else {
            let listed = self.directory.list().unwrap_or_default();
            let is_another = |name: &str| name.starts_with(sha256) && evict::is_of_another(name, self.engine);
            let of_another = listed.iter().any(|listed| is_another(&listed.name));
            return Ok(if of_another { CacheLookup::OfAnotherEngine } else { CacheLookup::Nothing });
        };
        let Trusted { file, identity } = trusted;
        let component = digest_of_hex(sha256).ok_or("its name is no digest")?;
        let trailer_at = identity.size.checked_sub(TRAILER as u64).ok_or("it is cut off")?;
        let mut bytes = [0; TRAILER];
        file.read_exact_at(&mut bytes, trailer_at).map_err(|error| error.to_string())?;
        let trailer = Trailer::decode(&bytes, identity.size, component, self.engine)?;
        let mut whole = None;
        if !index.is_whole(sha256, &identity) {
            let read = now();
            let mut checksum = Checksum::default();
            directory::digest(&file, trailer.code + trailer.about, &mut checksum, &mut |_| Ok(()))
                .map_err(|error| error.to_string())?;
            if checksum.finish() != trailer.checksum {
                return Err("it was changed: its checksum differs".to_owned());
            }
            whole = Some(Whole { file: identity, read });
        }
        let mut about = vec![0; usize::try_from(trailer.about).map_err(|error| error.to_string())?];
        file.read_exact_at(&mut about, trailer.code).map_err(|error| error.to_string())?;
        let about = postcard::from_bytes(&about).map_err(|error| error.to_string())?;
        let code = Code::sealed(file.into()).map_err(|error| error.to_string())?;
        Ok(CacheLookup::Entry { kept: CachedCode { code, about }, whole })
    }

    /// Takes away an entry that is not used.
    ///
    /// # Errors
    /// The file system cannot be written.
    pub(crate) fn remove(&self, sha256: &str) -> io::Result<()> {
        self.directory.remove(&entry_name(sha256, self.engine))
    }

    /// Returns bytes of code that the directory holds.
    #[must_use]
    pub(crate) fn size(&self) -> u64 {
        let listed = self.directory.list().unwrap_or_default();
        listed.iter().filter(|listed| evict::is_code(&listed.name)).map(|listed| listed.identity.size).sum()
    }

    /// Writes the entry of a component into a directory that holds `size` bytes; says what it is then, and how many the
    /// directory holds.
    ///
    /// # Errors
    /// In words: there is no room, or the file system cannot be written.
    pub fn store(&self, sha256: &str, code: &Code, about: &About, size: u64) -> Result<(Whole, u64), String> {
        let component = digest_of_hex(sha256).ok_or("no digest")?;
        let about = postcard::to_allocvec(about).map_err(|error| error.to_string())?;
        let (code, length) = code.file();
        let size = size.saturating_add(length);
        if size > evict::BOUND {
            return Err(format!(
                "it would hold more than {} GiB of code; `roundsman compile` lets go of what no configuration names",
                evict::BOUND >> 30
            ));
        }
        let mut write = |file: &mut File| write(file, code, length, &about, component, self.engine);
        let written = self.directory.write(&entry_name(sha256, self.engine), &mut write);
        let file = written.map_err(|error| format!("{}: {error}", escape::path(&self.path_of(sha256))))?;
        Ok((Whole { file, read: now() }, size))
    }

    /// Writes what was learnt into the index, and removes what nobody needs, if nobody else does so just now: what this
    /// round learnt, the next one learns again. `now` in nanoseconds since 1970.
    ///
    /// # Errors
    /// The file system cannot be written.
    pub(crate) fn settle(&self, news: &IndexUpdate<'_>, now: i64) -> io::Result<()> {
        let Some(_lock) = self.directory.lock()? else { return Ok(()) };
        // What others wrote meanwhile holds, but for what this round learnt.
        let mut index = self.index().unwrap_or_default();
        let before = index.digests();
        index.take(news.index, news.keys);
        if let Some(named) = &news.named {
            index.forget(news.configuration, named, now / DAY);
            for name in evict::gone(&self.directory.list()?, &before, &index.digests(), self.engine, now) {
                self.directory.remove(&name)?;
            }
        }
        let content = checksummed::seal(FORM, &index)?;
        directory::replace(&self.directory, &index_name(self.engine), &content)?;
        self.directory.sync()
    }
}

fn write(
    file: &mut File,
    code: &File,
    length: u64,
    about: &[u8],
    component: [u8; 32],
    engine: CodeKey,
) -> io::Result<()> {
    let mut checksum = Checksum::default();
    directory::digest(code, length, &mut checksum, &mut |piece| file.write_all(piece))?;
    checksum.update(about);
    file.write_all(about)?;
    let trailer = Trailer { code: length, about: about.len() as u64, component, engine, checksum: checksum.finish() };
    file.write_all(&trailer.encode())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsFd as _;

    use rustix::fs::{FlockOperation, flock};
    use tempfile::TempDir;

    use super::*;
    use roundsman_contract::Descriptor;

    const ENGINE: CodeKey = CodeKey([1; 32]);
    const ROOM: u64 = 0;

    fn entries() -> (TempDir, Entries) {
        let directory = tempfile::tempdir().unwrap();
        let entries = Entries::open(directory.path(), rustix::process::geteuid().as_raw(), ENGINE).unwrap();
        (directory, entries)
    }

    fn sha256() -> String {
        "ab".repeat(32)
    }

    fn store(entries: &Entries, size: u64) -> Result<(Whole, u64), String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"code").unwrap();
        let about = About { descriptor: Descriptor::default(), imports: Vec::new() };
        entries.store(&sha256(), &Code::sealed(file.into()).unwrap(), &about, size)
    }

    #[test]
    fn what_has_no_room_is_not_stored_and_only_code_takes_room() {
        let (directory, entries) = entries();
        let full = store(&entries, evict::BOUND).unwrap_err();
        assert!(full.contains("4 GiB") && full.contains("roundsman compile"), "{full}");
        assert_eq!(entries.size(), 0);
        let notes = File::create(directory.path().join("notes.txt")).unwrap();
        notes.set_len(2 * evict::BOUND).unwrap();
        assert_eq!(entries.size(), 0);
        store(&entries, ROOM).unwrap();
        assert!((5..4096).contains(&entries.size()), "{}", entries.size());
    }

    #[test]
    fn a_directory_in_the_place_of_an_entry_goes_where_it_is_empty_and_is_named_where_not() {
        let (_directory, entries) = entries();
        let path = entries.path_of(&sha256());
        fs::create_dir_all(path.join("inside")).unwrap();
        assert!(entries.find(&sha256(), &Index::default()).is_err());
        assert!(entries.remove(&sha256()).is_err());
        let refused = store(&entries, ROOM).unwrap_err();
        assert!(refused.contains(&path.display().to_string()), "{refused}");
        fs::remove_dir(path.join("inside")).unwrap();
        entries.remove(&sha256()).unwrap();
        store(&entries, ROOM).unwrap();
    }

    /// Whoever may read the directory can lock it.
    #[test]
    fn only_who_may_write_the_cache_can_hold_up_its_index() {
        let (directory, entries) = entries();
        let readable = File::open(directory.path()).unwrap();
        flock(readable.as_fd(), FlockOperation::LockExclusive).unwrap();
        let (keys, index) = (BTreeSet::new(), Index::default());
        let news = IndexUpdate { keys: &keys, index: &index, configuration: "", named: None };
        entries.settle(&news, now()).unwrap();
        assert!(entries.index_path().exists());
        let mode = fs::metadata(directory.path().join("lock")).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
        // As another round does.
        fs::remove_file(entries.index_path()).unwrap();
        let lock = entries.directory.lock().unwrap();
        assert!(lock.is_some());
        entries.settle(&news, now()).unwrap();
        assert!(!entries.index_path().exists());
    }
}
