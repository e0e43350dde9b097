//! Which files to read from where, and what of the files of the run before is lost.

use super::archive::{Archive, is_compressed, sum_within};
use super::entry::{Entries, Entry, FoundBy};
use super::family::{Families, related};
use super::loss::{How, Loss};
use super::names::{alike, parted, rotations};
use super::position::Position;
use super::{Began, Kept};
use crate::{Error, HostError};

/// A file to read, and where the run before ended in it.
pub(super) struct Job {
    pub(super) entry: Entry,
    pub(super) known: Option<Position>,
    pub(super) began: Began,
}

/// What a run does.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) jobs: Vec<Job>,
    pub(super) lost: Vec<Loss>,
    /// Paths that cannot be looked at in this run, and why.
    pub(super) failed: Vec<(String, Error)>,
    /// Positions of the run before that stay as they are.
    pub(super) postponed: Vec<Position>,
    /// Paths that are no news as they stand, and could not be looked at yet.
    pub(super) unbegun: Vec<String>,
    /// Patterns that are new and could not be listed: what they name is no news as it stands.
    pub(super) unfollowed: Vec<String>,
    /// The compressed files that are there.
    pub(super) archives: Vec<Archive>,
}

/// Finds the place of each file of the run before, then what is new. Reads no more than it needs to tell files apart.
pub(super) fn plan(before: Kept, entries: Entries) -> Plan {
    let families = Families::of(&entries);
    let (plan, renamed, overwritten) = (Plan::default(), Vec::new(), Vec::new());
    let mut planner = Planner { plan, entries, families, renamed, overwritten, hidden: false };
    planner.note_failed(&before);
    // Of a file that was empty nothing but the inode is known, which another may have by now.
    let (empty, known): (Vec<_>, Vec<_>) = before.positions.into_iter().partition(|it| it.offset == 0);
    let away = planner.claim_by_identity(known);
    let mut away = planner.claim_copies(away);
    away.extend(planner.claim_by_identity(empty));
    let mut archives = planner.take_archives(&before.archives);
    planner.close(away, &mut archives);
    planner.begin(&before.unbegun);
    planner.plan
}

struct Planner {
    plan: Plan,
    /// What no position has claimed yet.
    entries: Entries,
    families: Families,
    /// Paths of files that have another name than in the run before.
    renamed: Vec<String>,
    /// Files whose inode a position knows, and whose content it does not.
    overwritten: Vec<(u64, u64)>,
    /// Not all that is asked for could be listed.
    hidden: bool,
}

impl Planner {
    fn note_failed(&mut self, before: &Kept) {
        for (error, path, followed) in std::mem::take(&mut self.entries.failed) {
            // One that is not there may have been renamed, and is looked for.
            if !error.is_not_found() {
                let known = before.positions.iter().any(|it| it.path == path);
                if !known && (!followed || before.unbegun.contains(&path)) {
                    self.plan.unbegun.push(path.clone());
                }
            }
            self.plan.failed.push((path, error));
        }
        for (error, pattern) in std::mem::take(&mut self.entries.unseen) {
            if !before.patterns.contains(&pattern) {
                self.plan.unfollowed.push(pattern.clone());
            }
            self.hidden = true;
            self.plan.failed.push((pattern, error));
        }
    }

    /// Tells whether the path of a position cannot be looked at: then it is not known to be gone.
    fn is_hidden(&self, position: &Position) -> bool {
        self.plan.failed.iter().any(|(path, error)| *path == position.path && !error.is_not_found())
    }

    /// Returns files that still have the inode and the content that they had.
    fn claim_by_identity(&mut self, positions: Vec<Position>) -> Vec<Position> {
        let mut away = Vec::new();
        for position in positions {
            let Some(at) = self.entries.files.iter().position(|it| it.identity() == position.identity()) else {
                away.push(position);
                continue;
            };
            let path = self.entries.files[at].path.clone();
            match goes_on_in(&position, &self.entries.files[at]) {
                Ok(true) => self.claim(at, position),
                Ok(false) => {
                    self.overwritten.push(position.identity());
                    away.push(position);
                }
                Err(error) => {
                    self.entries.files.remove(at);
                    self.plan.failed.push((path, error));
                    self.plan.postponed.push(position);
                }
            }
        }
        away
    }

    fn claim(&mut self, at: usize, position: Position) {
        let entry = self.entries.files.remove(at);
        let began = if entry.path == position.path { Began::WhereItEnded } else { Began::Renamed };
        if began == Began::Renamed {
            self.renamed.push(entry.path.clone());
            self.look_between(&position.path, &entry.path);
        }
        self.plan.jobs.push(Job { entry, known: Some(position), began });
    }

    /// After n rotations there must be n - 1 files between a file and its successor.
    fn look_between(&mut self, from: &str, to: &str) {
        let between = 1..rotations(from, to).unwrap_or(1);
        let is_there = |path: &str| {
            let all = self.entries.files.iter().chain(self.plan.jobs.iter().map(|job| &job.entry));
            all.into_iter().any(|entry| entry.path == path)
        };
        // The compressed ones have other names, and are told by themselves.
        let lacks = between.map(|n| format!("{from}.{n}")).any(|path| {
            !is_there(&path) && !self.entries.files.iter().any(|it| it.path.starts_with(&format!("{path}.")))
        });
        if lacks {
            self.plan.lost.push(Loss::new(from, How::Between));
        }
    }

    /// Returns files that were copied before they were truncated.
    fn claim_copies(&mut self, positions: Vec<Position>) -> Vec<Position> {
        let mut away = Vec::new();
        for position in positions {
            let copy =
                self.entries.files.iter().position(|entry| {
                    related(&position.path, &entry.path) && position.goes_on_in(entry).unwrap_or(false)
                });
            match copy {
                Some(at) => self.claim(at, position),
                None => away.push(position),
            }
        }
        away
    }

    /// Takes out the compressed files, and returns those that the run before did not see.
    fn take_archives(&mut self, before: &[Archive]) -> Vec<Entry> {
        let mut new = Vec::new();
        let mut rest = Vec::new();
        for entry in std::mem::take(&mut self.entries.files) {
            let archive = Archive::of(&entry);
            if before.contains(&archive) {
                self.plan.archives.push(archive);
                continue;
            }
            match self.is_of_interest(&entry).then(|| is_compressed(&entry)) {
                Some(Ok(true)) if entry.found == FoundBy::Path => {
                    let error = HostError::other("is compressed: name the file that is written");
                    self.plan.failed.push((entry.path.clone(), Error::host(&entry.path, error)));
                }
                Some(Ok(true)) => {
                    self.plan.archives.push(archive);
                    new.push(entry);
                }
                // What cannot be read tells so when it is begun.
                Some(Ok(false) | Err(_)) => rest.push(entry),
                None => {}
            }
        }
        self.entries.files = rest;
        new
    }

    /// Tells whether a file is asked for, or has a name that rotation gives to one that is.
    fn is_of_interest(&self, entry: &Entry) -> bool {
        entry.is_listed() || self.families.rotated(&entry.path) || self.is_like_a_renamed(entry)
    }

    fn is_like_a_renamed(&self, entry: &Entry) -> bool {
        let (directory, name) = parted(&entry.path);
        self.renamed.iter().map(|path| parted(path)).any(|it| it.0 == directory && alike(it.1, name))
    }

    /// Files that are found nowhere: their end was reached, or lines of theirs may be lost.
    fn close(&mut self, away: Vec<Position>, archives: &mut Vec<Entry>) {
        let mut lost = Vec::new();
        for position in away {
            if self.is_hidden(&position) {
                self.plan.postponed.push(position);
            } else if !prove_end(&position, archives) {
                lost.push(position);
            }
        }
        if !lost.is_empty() && (self.hidden || !self.entries.unlisted.is_empty()) {
            // They may be where this run cannot look.
            let errors = std::mem::take(&mut self.entries.unlisted);
            self.plan.failed.extend(errors.into_iter().map(|error| (error.on.clone(), error)));
            return self.plan.postponed.append(&mut lost);
        }
        for position in lost {
            let compressed = archives.iter().position(|it| related(&position.path, &it.path));
            let how = match compressed {
                Some(at) => {
                    archives.remove(at);
                    How::Compressed
                }
                None if self.overwritten.contains(&position.identity()) => How::WrittenAnew,
                None => How::Gone,
            };
            self.plan.lost.push(Loss::new(&position.path, how));
        }
        let unread = archives.iter().filter(|it| it.followed);
        self.plan.lost.extend(unread.map(|it| Loss::new(&it.path, How::Compressed)));
    }

    /// Files that no position knows.
    fn begin(&mut self, unbegun: &[String]) {
        for entry in std::mem::take(&mut self.entries.files) {
            if !self.is_of_interest(&entry) {
                continue;
            }
            let began = if self.overwritten.contains(&entry.identity()) {
                Began::Truncated
            } else if !entry.followed || unbegun.contains(&entry.path) || self.is_a_copy(&entry) {
                Began::AtEnd
            } else {
                Began::New
            };
            self.plan.jobs.push(Job { entry, known: None, began });
        }
    }

    /// Tells whether a file that was not there before has what another one has that stayed in its place.
    fn is_a_copy(&self, entry: &Entry) -> bool {
        self.plan.jobs.iter().filter(|job| job.began == Began::WhereItEnded).any(|job| {
            let Some(position) = &job.known else { return false };
            let fits = position.offset > 0 && related(&job.entry.path, &entry.path) && entry.size <= job.entry.size;
            fits && position.goes_on_in(entry).unwrap_or(false)
        })
    }
}

/// Tells whether a file with the inode of a position has what it had. Of an empty file that is nothing, so the compressed file
/// that got its inode is told apart.
fn goes_on_in(position: &Position, entry: &Entry) -> Result<bool, Error> {
    Ok(position.goes_on_in(entry)? && (position.offset > 0 || !is_compressed(entry)?))
}

/// Tells whether all of a file is known to have been read; the compressed file that it became is taken out.
fn prove_end(position: &Position, archives: &mut Vec<Entry>) -> bool {
    let same = |it: &Entry| position.sum.is_some() && sum_within(it).ok().flatten() == position.sum;
    let proof = archives.iter().position(|it| related(&position.path, &it.path) && same(it));
    if let Some(at) = proof {
        archives.remove(at);
        return true;
    }
    if position.settled {
        // What was not read from its start has no checksum, and other formats than gzip tell none.
        let may_be_it = |it: &Entry| match sum_within(it) {
            Ok(Some(sum)) => position.sum.is_none() && sum.length == position.offset as u32,
            Ok(None) => true,
            Err(_) => false,
        };
        if let Some(at) = archives.iter().position(|it| related(&position.path, &it.path) && may_be_it(it)) {
            archives.remove(at);
        }
    }
    position.settled
}
