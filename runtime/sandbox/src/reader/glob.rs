//! The walk through what a pattern matches and a grant allows.

use std::os::fd::OwnedFd;

use rustix::fs::{Dir, FileType};
use rustix::io::Errno;

use roundsman_contract::Metadata;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::scope::{AllowedGlob, AllowedPath};

use super::budget::Budget;
use super::error::ReadError;
use super::name::shown;
use super::open::{self, HeldDirectory};
use super::other_names::OtherNames;
use super::trees::Trees;
use super::{read as content, stat as metadata};

/// Result for each path.
pub(super) type Found<T> = Vec<(String, Result<T, ReadError>)>;

/// Returns the content of each regular file, sorted by path.
pub(super) fn read(
    trees: &Trees,
    others: &OtherNames,
    glob: &AllowedGlob<'_>,
    budget: &Budget,
) -> Result<Found<Vec<u8>>, ReadError> {
    let regular = |kind| matches!(kind, FileType::RegularFile | FileType::Symlink | FileType::Unknown);
    let mut content = |allowed: AllowedPath<'_>, held: Option<&HeldDirectory>, budget: &Budget| {
        let file = open::file(trees, others, allowed, held)?;
        content::whole(&file, budget)
    };
    walk(trees, glob, budget, &regular, &mut content, only_file_of_processes(glob))
}

/// Returns the name of the file, where a pattern such as `/proc/*/stat` names one of each process.
fn only_file_of_processes(glob: &AllowedGlob<'_>) -> Option<String> {
    let pattern = glob.pattern();
    let of_processes = pattern.depth() == 3 && pattern.literal_part(0).as_deref() == Some("proc");
    pattern.literal_part(2).filter(|_| of_processes && pattern.literal_part(1).is_none())
}

/// Returns the metadata of everything, sorted by path.
pub(super) fn stat(trees: &Trees, glob: &AllowedGlob<'_>, budget: &Budget) -> Result<Found<Metadata>, ReadError> {
    walk(trees, glob, budget, &|_| true, &mut |allowed, held, _| metadata::of(trees, allowed, held), None)
}

type Visit<'a, T> = &'a mut dyn FnMut(AllowedPath<'_>, Option<&HeldDirectory>, &Budget) -> Result<T, ReadError>;

fn walk<T>(
    trees: &Trees,
    glob: &AllowedGlob<'_>,
    budget: &Budget,
    wanted: &dyn Fn(FileType) -> bool,
    visit: Visit<'_, T>,
    only_file: Option<String>,
) -> Result<Found<T>, ReadError> {
    let mut walk = Walk { trees, glob, budget, wanted, visit, only_file, found: Vec::new() };
    walk.level(&mut Vec::new(), None)?;
    let mut found = walk.found;
    found.sort_by(|(one, _), (two, _)| one.cmp(two));
    Ok(found)
}

struct Walk<'a, 'b, T> {
    trees: &'a Trees,
    glob: &'a AllowedGlob<'b>,
    budget: &'a Budget,
    wanted: &'a dyn Fn(FileType) -> bool,
    visit: Visit<'a, T>,
    /// The one file that is read of each process, where it is one.
    only_file: Option<String>,
    found: Found<T>,
}

/// A name in a directory.
enum Name {
    Known(String),
    /// Not UTF-8: shown with escapes, never opened.
    Shown(String),
}

impl<T> Walk<'_, '_, T> {
    /// Goes on beneath `parts`. An error ends the walk; what is wrong with one path is part of what is found.
    fn level(&mut self, parts: &mut Vec<String>, held: Option<&HeldDirectory>) -> Result<(), ReadError> {
        let borrowed: Vec<&str> = parts.iter().map(String::as_str).collect();
        if !self.glob.may_enter(&borrowed) {
            return Ok(());
        }
        if parts.len() == self.glob.pattern().depth() {
            return self.visit(parts, held);
        }
        let names = match self.glob.pattern().literal_part(parts.len()) {
            Some(name) => vec![Name::Known(name)],
            None => self.list(parts, held)?,
        };
        for name in names {
            match name {
                Name::Known(name) => {
                    parts.push(name);
                    match self.is_process(parts) {
                        true => self.process(parts)?,
                        false => self.level(parts, held)?,
                    }
                }
                Name::Shown(name) => {
                    parts.push(name);
                    self.note_unopenable(parts);
                }
            }
            parts.pop();
        }
        Ok(())
    }

    fn visit(&mut self, parts: &[String], held: Option<&HeldDirectory>) -> Result<(), ReadError> {
        let path = joined(parts);
        let Some(allowed) = self.glob.path(&path) else { return Ok(()) };
        self.budget.take_entry()?;
        let result = match allowed {
            Ok(allowed) => (self.visit)(allowed, held, self.budget),
            // A name that the pattern spells out may be of nothing.
            Err(refusal) => open::exists(self.trees, &path, held).and(Err(refusal.into())),
        };
        self.keep(path, result)
    }

    /// Returns the names in a directory; none if it is gone or no directory.
    fn list(&mut self, parts: &[String], held: Option<&HeldDirectory>) -> Result<Vec<Name>, ReadError> {
        let path = joined(parts);
        // What `may_enter` let through is a path in its one spelling, unless a link of ours was renamed to something odd.
        let Ok(requested) = RequestedPath::parse(&path) else { return Ok(Vec::new()) };
        let last = parts.len() + 1 == self.glob.pattern().depth();
        let opened = open::directory(self.trees, self.glob, &requested, held);
        match opened.and_then(|directory| directory.map_or(Ok(Vec::new()), |fd| self.names(fd, last))) {
            Ok(names) => Ok(names),
            Err(error) => self.keep(path, Err(error)).map(|()| Vec::new()),
        }
    }

    fn names(&mut self, directory: OwnedFd, last: bool) -> Result<Vec<Name>, ReadError> {
        let mut names = Vec::new();
        for entry in Dir::new(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            self.budget.take_entry()?;
            let kind = entry.file_type();
            let enterable = matches!(kind, FileType::Directory | FileType::Symlink | FileType::Unknown);
            if if last { (self.wanted)(kind) } else { enterable } {
                names.push(match std::str::from_utf8(name) {
                    Ok(name) => Name::Known(name.to_owned()),
                    Err(_) => Name::Shown(shown(name)),
                });
            }
        }
        Ok(names)
    }

    fn is_process(&self, parts: &[String]) -> bool {
        match parts {
            [top, pid] => self.trees.is_host() && top == "proc" && pid.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        }
    }

    fn process(&mut self, parts: &mut Vec<String>) -> Result<(), ReadError> {
        if self.took_at_once(parts)? {
            return Ok(());
        }
        match self.hold(parts) {
            Some(process) => self.level(parts, Some(&process)),
            None => Ok(()),
        }
    }

    /// Takes the one file of a process by its path, as a descriptor of the process serves only where several must be of the
    /// same. Returns false where that was refused, or led elsewhere: what it is then is found out from the process.
    fn took_at_once(&mut self, parts: &[String]) -> Result<bool, ReadError> {
        let Some(file) = &self.only_file else { return Ok(false) };
        let path = format!("{}/{file}", joined(parts));
        let Some(Ok(allowed)) = self.glob.path(&path) else { return Ok(false) };
        match (self.visit)(allowed, None, self.budget) {
            Ok(content) => {
                self.budget.take_entry()?;
                self.found.push((path, Ok(content)));
                Ok(true)
            }
            Err(ReadError::NotFound | ReadError::Io(Errno::SRCH)) => Ok(true),
            Err(_) => Ok(false),
        }
    }

    /// Holds one descriptor for each process: its number may be another's before all of its files are read. `None` if it is
    /// gone, or one of the runtime's.
    fn hold(&self, parts: &[String]) -> Option<HeldDirectory> {
        let path = RequestedPath::parse(&joined(parts)).ok()?;
        let held = open::hold(self.trees, &path)?;
        (!self.trees.is_ours(&path, None)).then_some(held)
    }

    fn note_unopenable(&mut self, parts: &[String]) {
        let borrowed: Vec<&str> = parts.iter().map(String::as_str).collect();
        if parts.len() == self.glob.pattern().depth() && self.glob.may_enter(&borrowed) {
            self.found.push((joined(parts), Err(ReadError::Io(Errno::ILSEQ))));
        }
    }

    fn keep(&mut self, path: String, result: Result<T, ReadError>) -> Result<(), ReadError> {
        match result {
            // Gone since its name was read, or of a kind that no grant gives: not among what was asked for. What is refused
            // is: who may write there could hide a file behind a link.
            Err(ReadError::NotFound | ReadError::Io(Errno::SRCH) | ReadError::OtherKind(_)) => {}
            Err(error @ (ReadError::Limit { key: "read" | "entries", .. } | ReadError::Unavailable(_))) => {
                return Err(error);
            }
            result => self.found.push((path, result)),
        }
        Ok(())
    }
}

fn joined(parts: &[String]) -> String {
    if parts.is_empty() {
        return "/".to_owned();
    }
    let mut path = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    parts.iter().for_each(|part| path.extend(["/", part]));
    path
}
