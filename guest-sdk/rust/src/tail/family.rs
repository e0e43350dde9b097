//! Which files rotation made of which.

use std::collections::BTreeSet;

use super::entry::Entries;
use super::names::{parted, stem};

/// The names that rotation may give to what the caller asks for.
pub(super) struct Families {
    /// Directory and stem of what is asked for.
    asked: BTreeSet<(String, String)>,
    /// The same of files that are only granted, under names that are not rotated.
    others: BTreeSet<(String, String)>,
}

impl Families {
    pub(super) fn of(entries: &Entries) -> Self {
        let family = |path: &str| (parted(path).0.to_owned(), stem(parted(path).1));
        let listed = entries.files.iter().filter(|it| it.is_listed()).map(|it| it.path.as_str());
        let failed = entries.failed.iter().map(|(_, path, _)| path.as_str());
        let asked = listed.chain(failed).map(family).collect();
        let others = entries.files.iter().map(|it| it.path.as_str()).filter(|path| !has_rotated_name(path));
        Self { asked, others: others.map(family).collect() }
    }

    /// Tells whether a path is that of a rotated file of something that is asked for. It may be in another directory, if
    /// there is no file whose it would be.
    pub(super) fn rotated(&self, path: &str) -> bool {
        let (directory, name) = parted(path);
        let here = (directory.to_owned(), stem(name));
        let elsewhere = || !self.others.contains(&here) && self.asked.iter().any(|(_, stem)| *stem == here.1);
        has_rotated_name(path) && (self.asked.contains(&here) || elsewhere())
    }
}

/// Tells whether a path has a name that rotation gives.
pub(super) fn has_rotated_name(path: &str) -> bool {
    let name = parted(path).1;
    stem(name) != name
}

/// Tells whether rotation gives one of two paths to the file of the other: it keeps the name, and may change the directory.
pub(super) fn related(a: &str, b: &str) -> bool {
    stem(parted(a).1) == stem(parted(b).1)
}
