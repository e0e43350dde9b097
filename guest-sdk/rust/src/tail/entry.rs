//! The files that are there now: those that the patterns name, and what else is granted, where rotation may have put
//! what they named before.

use std::collections::BTreeSet;

use crate::files::{self, FileKind, Found, Metadata, Piece};
use crate::{Error, HostError};

/// A regular file that is there now.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) size: u64,
    /// Nanoseconds since 1970 UTC; 0 for a file that was opened to be found.
    pub(super) modified: i64,
    pub(super) found: FoundBy,
    /// Not all patterns that name or grant it are new since the run before.
    pub(super) followed: bool,
    /// Its place among all that are there.
    pub(super) place: usize,
}

/// How a file was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FoundBy {
    /// The caller names it.
    Path,
    /// A pattern of the caller matches it.
    Pattern,
    /// It is granted, and the caller does not ask for it.
    Grant,
}

/// What is there now.
#[derive(Default)]
pub(super) struct Entries {
    /// No file twice, whatever its names are.
    pub(super) files: Vec<Entry>,
    /// Paths that could not be looked at, and whether their pattern is not new.
    pub(super) failed: Vec<(Error, String, bool)>,
    /// Patterns of the caller that match no file.
    pub(super) unmatched: Vec<String>,
    /// Patterns of the caller that could not be listed.
    pub(super) unseen: Vec<(Error, String)>,
    /// Why granted patterns could not be listed: what is not found may be there all the same.
    pub(super) unlisted: Vec<Error>,
}

impl Entries {
    /// Looks at what `patterns` name, then at all that is granted; `before` and `granted_before` are the patterns of the
    /// run before. Only granted patterns are asked for besides, so that looking is never a denial.
    pub(super) fn look(patterns: &[String], before: &[String], granted_before: &[String]) -> Result<Self, Error> {
        let mut all = Self::default();
        let mut seen = Seen::default();
        for pattern in patterns {
            let followed = before.contains(pattern);
            let found = match matching(pattern) {
                // What to grant is said with the failure.
                Err(error) if error.is_denied() => return Err(error),
                Err(error) => {
                    all.unseen.push((error, pattern.clone()));
                    continue;
                }
                Ok(found) => found,
            };
            if found.is_empty() {
                all.unmatched.push(pattern.clone());
            }
            for (path, found) in found {
                if !seen.paths.insert(path.clone()) {
                    continue;
                }
                match found {
                    Ok(entry) => seen.keep(&mut all.files, Entry { followed, ..entry }),
                    Err(error) => all.failed.push((error, path, followed)),
                }
            }
        }
        for pattern in files::granted().files {
            all.grant(&pattern, granted_before.contains(&pattern), &mut seen);
        }
        Ok(all)
    }

    fn grant(&mut self, pattern: &str, followed: bool, seen: &mut Seen) {
        let found = match files::stat_glob(pattern) {
            Ok(found) => found,
            Err(error) => return self.unlisted.push(error),
        };
        for (path, metadata) in found {
            let Ok(it) = metadata else { continue };
            if it.kind != FileKind::Regular {
                continue;
            }
            if seen.paths.insert(path.clone()) {
                seen.keep(&mut self.files, Entry { followed, ..Entry::new(path, &it, FoundBy::Grant) });
            } else if followed {
                let same = |entry: &&mut Entry| entry.path == path && entry.found == FoundBy::Grant;
                self.files.iter_mut().filter(same).for_each(|entry| entry.followed = true);
            }
        }
    }
}

#[derive(Default)]
struct Seen {
    paths: BTreeSet<String>,
    identities: BTreeSet<(u64, u64)>,
}

impl Seen {
    /// Keeps the first of several names of a file.
    fn keep(&mut self, files: &mut Vec<Entry>, entry: Entry) {
        if self.identities.insert(entry.identity()) {
            files.push(Entry { place: files.len(), ..entry });
        }
    }
}

/// Returns the files that a pattern names. A path without wildcards is opened, so that a symbolic link counts as the file
/// that it leads to.
fn matching(pattern: &str) -> Result<Vec<Found<Entry>>, Error> {
    if !pattern.contains(['*', '?', '[']) {
        return Ok(vec![(pattern.to_owned(), Entry::opened(pattern, FoundBy::Path))]);
    }
    let mut all = Vec::new();
    for (path, metadata) in files::stat_glob(pattern)? {
        let entry = match metadata {
            Ok(it) if it.kind == FileKind::Regular => Ok(Entry::new(path.clone(), &it, FoundBy::Pattern)),
            Ok(it) if it.kind == FileKind::Symlink => Entry::opened(&path, FoundBy::Pattern),
            Ok(_) => continue,
            Err(error) => Err(error),
        };
        all.push((path, entry));
    }
    Ok(all)
}

impl Entry {
    fn new(path: String, it: &Metadata, found: FoundBy) -> Self {
        let (device, inode, size, modified) = (it.device, it.inode, it.size, it.modified);
        Self { path, device, inode, size, modified, found, followed: false, place: 0 }
    }

    fn opened(path: &str, found: FoundBy) -> Result<Self, Error> {
        let Piece { device, inode, size, .. } = files::read_at(path, 0, 0)?;
        Ok(Self { path: path.to_owned(), device, inode, size, modified: 0, found, followed: false, place: 0 })
    }

    /// Tells whether the caller asks for it.
    pub(super) fn is_listed(&self) -> bool {
        self.found != FoundBy::Grant
    }

    pub(super) fn identity(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Returns at most `max` bytes from `offset`, of this file and no other that took its place meanwhile.
    pub(super) fn read_at(&self, offset: u64, max: u64) -> Result<Vec<u8>, Error> {
        let piece = files::read_at(&self.path, offset, max)?;
        if (piece.device, piece.inode) != self.identity() {
            return Err(Error::host(&self.path, HostError::other("was replaced while it was read")));
        }
        Ok(piece.data)
    }
}
