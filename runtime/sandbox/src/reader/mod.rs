//! Reads what the grants of one check allow, and nothing else; the only part that opens a file for a component.

mod budget;
mod counters;
mod error;
mod filter;
mod glob;
mod mounts;
mod name;
mod open;
mod other_names;
mod ours;
mod read;
mod stat;
mod trees;
mod usage;

pub use budget::{Budget, ReadLimits};
pub(crate) use counters::never_hangs;
pub use filter::{lock, sees_processes};
pub use ours::Ours;
pub use trees::Root;

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use roundsman_contract::calls::Reply;
use roundsman_contract::calls::files::{Answer, Call};
use roundsman_contract::{Content, FileEntry, GrantedFiles, Piece, Space};
use roundsman_grants::scope::Scope;
use roundsman_grants::{Filesystems, Grants};

use error::ReadError;
use other_names::OtherNames;
use trees::Trees;

/// Request of a broker to its reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ReadOrder {
    /// Answer the component, within its grants.
    Serve(Call),
    /// Say whether anything is at a path that the operator names, a link that leads nowhere included: done, or an error.
    Look { path: String },
    /// Read the list of mounts: done, or an error.
    ListMounts,
    /// Say the mounts of the list that was read last which another host or a process serves.
    ListServed,
    /// Say the space of what is mounted there, by the list that was read last.
    Usage { path: String },
}

impl ReadOrder {
    /// Returns the path or pattern that it is about; `None` where it is about all mounts.
    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::Serve(call) => call.target(),
            Self::Look { path } | Self::Usage { path } => Some(path),
            Self::ListMounts | Self::ListServed => None,
        }
    }
}

/// Answers the file requests of one run, one after the other.
///
/// It holds no more than its grants, a few directory descriptors and what the limits have left, so that it can live in
/// a process of its own that is abandoned when the kernel does not answer. It must be made in the process that uses it.
#[derive(Debug)]
pub struct Reader {
    check: String,
    grants: Rc<Grants>,
    secrets: Rc<[String]>,
    trees: Trees,
    others: OtherNames,
    budget: Budget,
    /// The list that was read last.
    mounts: RefCell<Option<usage::Mounts>>,
}

/// Facts about a check, and the runtime, that a reader needs.
#[derive(Debug, Clone)]
pub struct ReaderContext {
    /// The name that denials write.
    pub check: String,
    pub grants: Rc<Grants>,
    /// Files that a grant of any check names as a secret, sorted.
    pub secrets: Rc<[String]>,
}

impl Reader {
    /// `ours` are the processes that no check may see. Opens the roots; what is wrong with one is the answer to requests beneath it.
    #[must_use]
    pub fn new(context: ReaderContext, root: &Root, budget: Budget, ours: Ours) -> Self {
        let ReaderContext { check, grants, secrets } = context;
        let (trees, others, mounts) = (Trees::open(root, ours), OtherNames::default(), RefCell::default());
        Self { check, grants, secrets, trees, others, budget, mounts }
    }

    /// Carries out what the broker wants.
    pub(crate) fn obey(&self, order: &ReadOrder) -> Reply {
        match order {
            ReadOrder::Serve(call) => self.serve(call),
            ReadOrder::Look { path } => match self.trees.look(path) {
                Ok(()) => Reply::Done,
                Err(error) => Reply::Error(error.into_contract(&self.check)),
            },
            ReadOrder::ListMounts => match usage::Mounts::list(&self.trees) {
                Ok(mounts) => {
                    self.mounts.replace(Some(mounts));
                    Reply::Done
                }
                Err(error) => Reply::Error(error.into_contract(&self.check)),
            },
            ReadOrder::ListServed => {
                let mounts = self.mounts.borrow();
                Reply::Files(Answer::Mounts(mounts.as_ref().map(usage::Mounts::served).unwrap_or_default()))
            }
            ReadOrder::Usage { path } => match self.usage(path) {
                Ok(space) => Reply::Files(Answer::Space(space)),
                Err(error) => Reply::Error(error.into_contract(&self.check)),
            },
        }
    }

    /// Answers one call.
    pub(crate) fn serve(&self, call: &Call) -> Reply {
        self.answer(call).map_or_else(|error| Reply::Error(error.into_contract(&self.check)), Reply::Files)
    }

    /// Returns the space of what is mounted at one of many paths.
    fn usage(&self, path: &str) -> Result<Space, ReadError> {
        self.budget.take_entry()?;
        let scope = Scope { grants: &self.grants, own: self.trees.own(), secrets: &self.secrets };
        let mounts = self.mounts.borrow();
        let mounts = mounts.as_ref().ok_or(ReadError::NotFound)?;
        usage::of(&self.trees, mounts, &scope.mount_point(path)?)
    }

    fn answer(&self, call: &Call) -> Result<Answer, ReadError> {
        let scope = Scope { grants: &self.grants, own: self.trees.own(), secrets: &self.secrets };
        let (trees, others, budget) = (&self.trees, &self.others, &self.budget);
        Ok(match call {
            Call::Read { path } => {
                budget.take_entry()?;
                let file = open::file(trees, others, scope.content(path)?, None)?;
                Answer::Data(read::whole(&file, budget)?)
            }
            Call::ReadAt { path, offset, max } => {
                budget.take_entry()?;
                let file = open::file(trees, others, scope.content(path)?, None)?;
                let data = read::piece(&file.fd, *offset, *max, budget)?;
                let metadata = stat::of_file(&file.fd)?;
                let (device, inode, size) = (metadata.device, metadata.inode, metadata.size);
                Answer::Piece(Piece { data, device, inode, size })
            }
            Call::ReadGlob { pattern } => {
                let contents = glob::read(trees, others, &scope.contents(pattern)?, budget)?;
                let content = |(path, data): (String, Result<_, ReadError>)| Content {
                    path,
                    data: data.map_err(|error| error.into_contract(&self.check)),
                };
                Answer::Contents(contents.into_iter().map(content).collect())
            }
            Call::Stat { path } => {
                budget.take_entry()?;
                Answer::Metadata(stat::of(trees, scope.metadata(path)?, None)?)
            }
            Call::StatGlob { pattern } => {
                let entries = glob::stat(trees, &scope.all_metadata(pattern)?, budget)?;
                let entry = |(path, metadata): (String, Result<_, ReadError>)| FileEntry {
                    path,
                    metadata: metadata.map_err(|error| error.into_contract(&self.check)),
                };
                Answer::Entries(entries.into_iter().map(entry).collect())
            }
            Call::Usage { path } => {
                budget.take_entry()?;
                Answer::Space(usage::of(trees, &usage::Mounts::list(trees)?, &scope.mount_point(path)?)?)
            }
            Call::Mounts => {
                let granted = scope.mounts()?;
                let mounts = mounts::list(trees)?;
                budget.take_entries(mounts.len())?;
                Answer::Mounts(
                    mounts.into_iter().map(mounts::Mounted::shown).filter(|mount| granted(&mount.path)).collect(),
                )
            }
            Call::Granted => Answer::Granted(granted(&self.grants)),
            // The broker asks for one path after the other.
            Call::Usages { .. } => return Err(ReadError::Unavailable("one call for many mounts".to_owned())),
        })
    }
}

fn granted(grants: &Grants) -> GrantedFiles {
    let written = |patterns: &[roundsman_grants::path_pattern::PathPattern]| -> Vec<String> {
        patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect()
    };
    let mut files = written(&grants.files);
    files.extend(grants.unsafe_files.iter().cloned());
    let filesystems = match &grants.filesystems {
        Filesystems::None => Vec::new(),
        Filesystems::Mounted => vec!["mounted".to_owned()],
        Filesystems::At(paths) => paths.clone(),
    };
    GrantedFiles { files, metadata: written(&grants.metadata), filesystems }
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
