//! The index: what is remembered of components and entries, so that a round need not read them. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::identity::Identity;
use crate::checksummed::ChecksummedForm;
use roundsman_contract::report::{Failure, FailureKind};

/// First line of the file.
pub const FORM: ChecksummedForm = ChecksummedForm { kind: "components", schema: 1 };
/// Days for which a configuration that does not come back keeps what it named: a month, as for a check's state.
const REMEMBERED: i64 = 30;
/// Compilations that may be lost to a limit before no more are tried.
const ATTEMPTS: u32 = 2;

/// Index of the cache: all that is remembered of one build on one processor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// By path, links resolved.
    pub components: BTreeMap<String, KnownFile>,
    /// Entries that were read and found whole, by the component's digest.
    pub entries: BTreeMap<String, Whole>,
}

/// A component's file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownFile {
    pub file: Identity,
    /// When it was read, in nanoseconds since 1970.
    pub read: i64,
    /// Lower-case hex.
    pub sha256: String,
    /// Why there is no code of it.
    pub failed: Option<FailedCompilation>,
    /// The configurations that name it, each with the day, since 1970, on which it last did.
    pub named: BTreeMap<String, i64>,
}

/// A component that cannot be compiled, or not described.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedCompilation {
    pub failure: Failure,
    pub times: u32,
    /// The widest within which it was tried.
    pub within: Within,
}

/// Limits that a component is compiled and described within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// Those of `[compile]`.
    pub time: Duration,
    pub memory: u64,
    /// Those of the checks that use it.
    pub run_memory: u64,
    pub run_fuel: u64,
    pub run_timeout: Duration,
}

impl Within {
    /// Tells whether nothing of `other` is wider.
    fn covers(&self, other: &Self) -> bool {
        let narrower = self.time >= other.time && self.memory >= other.memory && self.run_memory >= other.run_memory;
        narrower && self.run_fuel >= other.run_fuel && self.run_timeout >= other.run_timeout
    }
}

/// An entry as it was when its checksum was found right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    pub file: Identity,
    /// When it was read, in nanoseconds since 1970.
    pub read: i64,
}

impl Index {
    /// Returns the digest of a component whose file is as it was when it was read.
    #[must_use]
    pub(crate) fn digest(&self, path: &str, file: &Identity) -> Option<&str> {
        let known = self.components.get(path)?;
        (known.file == *file && file.is_settled(known.read)).then_some(&known.sha256)
    }

    /// Remembers the digest of a file that was read. Another content has no past.
    pub(crate) fn learn(&mut self, path: &str, file: Identity, read: i64, sha256: &str) {
        let known = self.components.get(path).filter(|known| known.sha256 == sha256);
        let (failed, named) = known.map(|known| (known.failed.clone(), known.named.clone())).unwrap_or_default();
        let known = KnownFile { file, read, sha256: sha256.to_owned(), failed, named };
        self.components.insert(path.to_owned(), known);
    }

    /// Tells whether the entry was found whole, and is the same file since.
    #[must_use]
    pub(crate) fn is_whole(&self, sha256: &str, file: &Identity) -> bool {
        self.entries.get(sha256).is_some_and(|whole| whole.file == *file && file.is_settled(whole.read))
    }

    /// Tells why a component is not tried again within these limits: what is wrong with it stays wrong; what was lost to a
    /// limit has a second chance, and more where a limit is wider.
    #[must_use]
    pub(crate) fn given_up(&self, path: &str, within: &Within) -> Option<Failure> {
        let failed = self.components.get(path)?.failed.as_ref()?;
        if is_final(failed.failure.kind) {
            return Some(failed.failure.clone());
        }
        if failed.times < ATTEMPTS || !failed.within.covers(within) {
            return None;
        }
        let hint = failed.failure.hint.iter().map(String::as_str);
        let again = "or `roundsman compile`, which tries once more; until then, or another file or limit, nobody does";
        Some(failed.failure.clone().with_hint(hint.chain([again]).collect::<Vec<_>>().join("\n")))
    }

    /// Remembers that a component could not be compiled or described; what is no fault of its own is not remembered.
    pub(crate) fn fail(&mut self, path: &str, failure: &Failure, within: Within) {
        let counts = is_final(failure.kind) || matches!(failure.kind, FailureKind::Limit | FailureKind::Timeout);
        let Some(known) = self.components.get_mut(path).filter(|_| counts) else { return };
        let failure = failure.clone();
        known.failed = Some(match known.failed.take().filter(|before| before.within.covers(&within)) {
            Some(before) => FailedCompilation { failure, times: before.times.saturating_add(1), within: before.within },
            None => FailedCompilation { failure, times: 1, within },
        });
    }

    /// Remembers that what failed before did not fail this time; returns the paths of which that is news.
    pub(crate) fn succeed(&mut self, sha256: &str) -> Vec<String> {
        let same = self.components.iter_mut().filter(|(_, known)| known.sha256 == sha256);
        same.filter_map(|(path, known)| known.failed.take().map(|_| path.clone())).collect()
    }

    /// Remembers that a configuration names a component; says whether that is news today.
    pub fn name(&mut self, path: &str, configuration: &str, day: i64) -> bool {
        let Some(known) = self.components.get_mut(path) else { return false };
        known.named.insert(configuration.to_owned(), day) != Some(day)
    }

    /// Forgets what no configuration names: what `configuration` does not name any more, and what others named that have
    /// not come back for a month.
    pub(crate) fn forget(&mut self, configuration: &str, names: &BTreeSet<String>, day: i64) {
        self.components.retain(|path, known| {
            known.named.retain(|by, on| {
                if by == configuration { names.contains(path) } else { day.saturating_sub(*on) < REMEMBERED }
            });
            !known.named.is_empty()
        });
        let used = self.digests();
        self.entries.retain(|sha256, _| used.contains(sha256));
    }

    /// Takes over what `other` says of these paths and digests.
    pub(crate) fn take(&mut self, other: &Self, keys: &BTreeSet<String>) {
        for key in keys {
            if let Some(known) = other.components.get(key) {
                self.components.insert(key.clone(), known.clone());
            }
            match other.entries.get(key) {
                Some(whole) => drop(self.entries.insert(key.clone(), *whole)),
                None => drop(self.entries.remove(key)),
            }
        }
    }

    /// Returns those of all components.
    #[must_use]
    pub(crate) fn digests(&self) -> BTreeSet<String> {
        self.components.values().map(|known| known.sha256.clone()).collect()
    }
}

/// Tells whether the same bytes give this failure however often they are tried.
fn is_final(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Invalid | FailureKind::Trap)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const FILE: Identity = Identity { device: 1, inode: 2, size: 3, modified: 0, changed: 10 * SECOND };

    fn index() -> Index {
        let mut index = Index::default();
        index.learn("/a.wasm", FILE, 20 * SECOND, "aa");
        index
    }

    #[test]
    fn a_file_is_known_until_anything_of_it_changes() {
        let index = index();
        assert_eq!(index.digest("/a.wasm", &FILE), Some("aa"));
        assert_eq!(index.digest("/b.wasm", &FILE), None);
        let others = [
            Identity { device: 9, ..FILE },
            Identity { inode: 9, ..FILE },
            Identity { size: 9, ..FILE },
            Identity { modified: 9, ..FILE },
            Identity { changed: 9, ..FILE },
        ];
        assert!(others.iter().all(|other| index.digest("/a.wasm", other).is_none()));
    }

    #[test]
    fn a_file_that_was_young_when_it_was_read_is_read_again() {
        let mut index = index();
        index.learn("/a.wasm", FILE, 11 * SECOND, "aa");
        assert_eq!(index.digest("/a.wasm", &FILE), None);
        index.entries.insert("aa".to_owned(), Whole { file: FILE, read: 11 * SECOND });
        assert!(!index.is_whole("aa", &FILE));
        index.entries.insert("aa".to_owned(), Whole { file: FILE, read: 12 * SECOND });
        assert!(index.is_whole("aa", &FILE));
    }

    #[test]
    fn what_is_lost_to_a_limit_is_tried_twice_and_what_is_wrong_once() {
        let mut index = index();
        let lost = Failure::new(FailureKind::Limit, "too slow").with_hint("[compile]\ntime = \"120s\"");
        let (second, run_timeout) = (Duration::from_secs(1), Duration::from_secs(10));
        let within = Within { time: second, memory: 1, run_memory: 1, run_fuel: 1, run_timeout };
        let narrower = Within { time: second / 2, ..within };
        let wider = Within { memory: 2, ..narrower };
        index.fail("/a.wasm", &lost, within);
        assert_eq!(index.given_up("/a.wasm", &within), None);
        index.fail("/a.wasm", &lost, narrower);
        for within in [&within, &narrower] {
            let given_up = index.given_up("/a.wasm", within).expect("given up");
            assert!(given_up.hint.as_ref().is_some_and(|hint| hint.contains("`roundsman compile`")), "{given_up:?}");
        }
        assert_eq!(index.given_up("/a.wasm", &wider), None, "with a wider limit it is tried again");
        index.fail("/a.wasm", &lost, wider);
        assert_eq!(index.given_up("/a.wasm", &wider), None, "and counted anew");

        let wrong = Failure::new(FailureKind::Invalid, "no check");
        index.fail("/a.wasm", &wrong, within);
        assert_eq!(index.given_up("/a.wasm", &wider), Some(wrong.clone()));
        assert_eq!(index.succeed("aa"), ["/a.wasm"]);
        assert_eq!(index.given_up("/a.wasm", &wider), None, "it did not fail");
        index.fail("/a.wasm", &wrong, within);
        index.learn("/a.wasm", FILE, 30 * SECOND, "bb");
        assert_eq!(index.given_up("/a.wasm", &within), None, "another content is tried");
        index.fail("/a.wasm", &Failure::new(FailureKind::Internal, "killed"), within);
        assert_eq!(index.components["/a.wasm"].failed, None, "no fault of its own");
    }

    #[test]
    fn what_no_configuration_names_is_forgotten() {
        let mut index = index();
        index.learn("/b.wasm", FILE, 20 * SECOND, "bb");
        index.entries.insert("aa".to_owned(), Whole { file: FILE, read: 0 });
        index.entries.insert("bb".to_owned(), Whole { file: FILE, read: 0 });
        assert!(index.name("/a.wasm", "one", 100));
        assert!(!index.name("/a.wasm", "one", 100), "no news the same day");
        assert!(index.name("/b.wasm", "two", 100));
        let digests = |index: &Index| index.digests().into_iter().collect::<Vec<_>>();
        index.forget("one", &BTreeSet::from(["/a.wasm".to_owned()]), 129);
        assert_eq!(digests(&index), ["aa", "bb"]);
        index.forget("one", &BTreeSet::new(), 129);
        assert_eq!(digests(&index), ["bb"]);
        assert!(!index.entries.contains_key("aa"));
        index.forget("one", &BTreeSet::new(), 130);
        assert!(index.digests().is_empty(), "the other configuration did not come back");
    }
}
