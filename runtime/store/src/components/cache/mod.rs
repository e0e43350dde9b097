//! Compiled code, kept between rounds: a component is known by what `stat` says of its file, and so by its digest, and that
//! by an entry that only this user can have written. What is missing, spoilt or another's is compiled anew; nothing here
//! ever stops a round.

mod directory;
mod entries;
mod entry;
mod evict;
mod index;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::bytes::{self, Looked, NamedComponent, Verified};
use crate::in_the_way;
use directory::LOCK;
use entries::{CacheLookup, Entries, IndexUpdate};
use index::Index;
use roundsman_contract::report::Failure;
use roundsman_grants::escape;
use roundsman_sandbox::worker::Code;
use roundsman_sandbox::worker::key::CodeKey;

pub use entry::{About, Checksum, LONGEST_CODE, TRAILER, Trailer};
pub use index::{FORM as INDEX_FORM, Within};

/// In nanoseconds.
const DAY: i64 = 86_400_000_000_000;

/// The cache of a round.
#[derive(Debug, Default)]
pub struct Cache {
    /// `None` if no cache can be used.
    entries: Option<Entries>,
    /// The configuration that names what is used.
    configuration: String,
    index: Index,
    /// Paths of components and digests of entries of which something was learnt.
    news: BTreeSet<String>,
    /// Something was stored, or had no room.
    has_grown: bool,
    /// Bytes that the directory holds; looked at when something is stored.
    size: Option<u64>,
    /// Lines worth telling, each once.
    lines: Vec<String>,
    /// Something could not be kept.
    is_at_a_loss: bool,
}

/// The end of a round's use of the cache.
#[derive(Debug)]
pub struct CacheSummary {
    /// Lines worth telling.
    pub lines: Vec<String>,
    /// True if a later round finds all that this one compiled.
    pub is_kept: bool,
}

/// Contents of an entry of the cache.
#[derive(Debug)]
pub struct CachedCode {
    pub code: Code,
    pub about: About,
}

impl Cache {
    /// Opens the cache of a user, for code of one engine. `configuration` tells the configurations that share it apart, by
    /// their state directories; it is empty for components by themselves. `engine` is why there is none, where so. A cache
    /// that is made by `default` keeps nothing: everything is compiled.
    #[must_use]
    pub fn open(path: &Path, uid: u32, engine: Result<CodeKey, String>, configuration: &str) -> Self {
        let mut cache = Self { configuration: configuration.to_owned(), ..Self::default() };
        match engine.and_then(|engine| Entries::open(path, uid, engine)) {
            Ok(entries) => {
                cache.index = entries.index().unwrap_or_else(|why| {
                    let path = entries.index_path();
                    cache.tell(format!("{} is not used, components are read again: {why}", escape::path(&path)));
                    Index::default()
                });
                cache.entries = Some(entries);
            }
            Err(why) => cache.lose(format!("the cache (paths.cache) is not used, components are compiled anew: {why}")),
        }
        cache
    }

    /// Finds and judges a component without opening it.
    ///
    /// # Errors
    /// A failure of kind `invalid`: missing, writable by others, or known to be off its pin.
    pub fn look(&self, wanted: NamedComponent<'_>) -> Result<Looked, Failure> {
        let looked = bytes::look(wanted)?;
        if let Some(sha256) = self.digest(&looked) {
            bytes::on_pin(&looked.path, wanted.pin, sha256)?;
        }
        Ok(looked)
    }

    /// Returns the digest of a component that need not be read.
    #[must_use]
    pub fn digest(&self, looked: &Looked) -> Option<&str> {
        self.index.digest(&looked.real, &looked.identity)
    }

    /// Tells whether code of this component is kept, as far as is remembered.
    #[must_use]
    pub fn keeps(&self, sha256: &str) -> bool {
        self.entries.is_some() && self.index.entries.contains_key(sha256)
    }

    /// Tells why a component that need not be read is not tried again within these limits.
    #[must_use]
    pub fn given_up(&self, looked: &Looked, within: &Within) -> Option<Failure> {
        self.digest(looked).and_then(|_| self.index.given_up(&looked.real, within))
    }

    /// Remembers what a component's file holds, by `read`, nanoseconds since 1970.
    pub fn learn(&mut self, looked: &Looked, verified: &Verified, read: i64) {
        self.index.learn(&looked.real, verified.identity, read, &verified.sha256);
        self.news.insert(looked.real.clone());
        self.name(looked);
    }

    /// Remembers that a component is in use.
    pub fn name(&mut self, looked: &Looked) {
        if self.index.name(&looked.real, &self.configuration, now() / DAY) {
            self.news.insert(looked.real.clone());
        }
    }

    /// Remembers that a component could not be compiled, or not described, within these limits.
    pub fn fail(&mut self, looked: &Looked, failure: &Failure, within: Within) {
        self.index.fail(&looked.real, failure, within);
        self.news.insert(looked.real.clone());
    }

    /// Opens and judges the entry of a component; `None` if there is none that can be used.
    pub fn find(&mut self, sha256: &str) -> Option<CachedCode> {
        let entries = self.entries.as_ref()?;
        match entries.find(sha256, &self.index) {
            Ok(CacheLookup::Entry { kept, whole }) => {
                if let Some(whole) = whole {
                    self.index.entries.insert(sha256.to_owned(), whole);
                    self.news.insert(sha256.to_owned());
                }
                return Some(kept);
            }
            Ok(CacheLookup::Nothing) => {}
            Ok(CacheLookup::OfAnotherEngine) => {
                let path = escape::path(entries.path());
                self.tell(format!("the code in {path} is of another build or for another processor: compiled anew"));
            }
            Err(why) => {
                let path = entries.path_of(sha256);
                // It is of no use, and takes room; where it cannot be removed, it cannot be replaced either, which is told.
                let _ = entries.remove(sha256);
                self.tell(format!("{} is not used, its component is compiled anew: {why}", escape::path(&path)));
            }
        }
        if self.index.entries.remove(sha256).is_some() {
            self.news.insert(sha256.to_owned());
        }
        None
    }

    /// Keeps the code of a component for later rounds.
    pub fn keep(&mut self, sha256: &str, code: &Code, about: &About) {
        self.news.extend(self.index.succeed(sha256));
        let Some(entries) = &self.entries else { return };
        self.has_grown = true;
        let size = self.size.unwrap_or_else(|| entries.size());
        match entries.store(sha256, code, about, size) {
            Ok((whole, size)) => {
                self.size = Some(size);
                self.index.entries.insert(sha256.to_owned(), whole);
                self.news.insert(sha256.to_owned());
            }
            Err(why) => {
                let path = escape::path(entries.path());
                self.lose(format!("{path} takes no more code, components are compiled anew: {why}"));
            }
        }
    }

    /// Makes [`Cache::close`] remove what is not used, even if nothing was stored.
    pub fn tidy(&mut self) {
        self.has_grown = true;
    }

    /// Ends the round's use of the cache: writes what was learnt, if anything was; where something was stored, lets go of
    /// what no configuration names. `named` gives all that this one names, links resolved, where that is known.
    #[must_use]
    pub fn close(mut self, named: &dyn Fn() -> Option<BTreeSet<String>>) -> CacheSummary {
        let named = if self.has_grown { named() } else { None };
        if let Some(entries) = &self.entries
            && (!self.news.is_empty() || named.is_some())
        {
            let news = IndexUpdate { keys: &self.news, index: &self.index, configuration: &self.configuration, named };
            if let Err(error) = entries.settle(&news, now()) {
                let path = entries.index_path();
                let mend = in_the_way::of_these(&[path.clone(), path.with_file_name(LOCK)], &error);
                self.lose(format!(
                    "{}: {error}{mend}; components are read again in the next round",
                    escape::path(&path)
                ));
            }
        }
        CacheSummary { lines: self.lines, is_kept: !self.is_at_a_loss }
    }

    fn lose(&mut self, line: String) {
        self.is_at_a_loss = true;
        self.tell(line);
    }

    fn tell(&mut self, line: String) {
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }
}

/// Nanoseconds since 1970.
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
