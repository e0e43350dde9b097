//! What a fake host has.

use std::collections::{BTreeMap, BTreeSet};

use super::granted::{Found, Granted, Part};
use crate::HostError;
use crate::commands::{Completed, GrantedCommand};
use crate::files::{FileKind, Metadata, Mount, Space};

/// 2026-01-01 00:00 UTC.
const START: i64 = 1_767_225_600_000_000_000;

const FIRST_INODE: u64 = 100;

pub(super) struct World {
    pub(super) files: BTreeMap<String, File>,
    pub(super) failing: BTreeMap<String, HostError>,
    pub(super) unreadable: BTreeMap<String, HostError>,
    pub(super) mounts: Vec<(Mount, Space)>,
    pub(super) granted: Granted,
    pub(super) commands: BTreeMap<Vec<String>, Result<Completed, HostError>>,
    pub(super) time_left: Option<u64>,
    pub(super) inputs: Vec<Option<Vec<u8>>>,
    pub(super) state: BTreeMap<String, Vec<u8>>,
    pub(super) unkept: Option<HostError>,
    pub(super) log: Vec<String>,
    pub(super) now: i64,
}

pub(super) struct File {
    pub(super) content: Vec<u8>,
    pub(super) metadata: Option<Metadata>,
    pub(super) inode: u64,
    pub(super) modified: i64,
}

impl Default for World {
    fn default() -> Self {
        Self {
            files: BTreeMap::new(),
            failing: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            mounts: Vec::new(),
            granted: Granted::default(),
            commands: BTreeMap::new(),
            time_left: None,
            inputs: Vec::new(),
            state: BTreeMap::new(),
            unkept: None,
            log: Vec::new(),
            now: START,
        }
    }
}

impl World {
    /// Returns the file at a path, which is written now; made where there is none, with the first inode that is free, as ext4
    /// does it.
    pub(super) fn file(&mut self, path: &str) -> &mut File {
        let used: BTreeSet<u64> = self.files.values().map(|it| it.inode).collect();
        let free = (FIRST_INODE..).find(|it| !used.contains(it)).unwrap_or_default();
        let modified = self.now;
        let new = || File { content: Vec::new(), metadata: None, inode: free, modified };
        let file = self.files.entry(path.into()).or_insert_with(new);
        file.modified = modified;
        file
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(file) = self.files.remove(from) {
            self.files.insert(to.into(), file);
        }
    }

    /// Returns the file that a granted path leads to.
    pub(super) fn find(&self, path: &str) -> Result<&File, HostError> {
        self.granted.path(Part::Metadata, path)?;
        self.known(path)
    }

    /// Returns the file that a granted path leads to, to be read.
    pub(super) fn open(&self, path: &str) -> Result<&File, HostError> {
        self.granted.path(Part::Content, path)?;
        let file = self.known(path)?;
        self.unreadable.get(path).map_or(Ok(file), |error| Err(error.clone()))
    }

    fn known(&self, path: &str) -> Result<&File, HostError> {
        self.answers(path)?;
        self.files.get(path).ok_or(HostError::NotFound)
    }

    /// Returns the error that a test wants of this path or pattern.
    pub(super) fn answers(&self, path: &str) -> Result<(), HostError> {
        self.failing.get(path).map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Returns the granted paths that a pattern finds, each with the decision.
    pub(super) fn matching(&self, part: Part, pattern: &str) -> Result<Vec<Found<'_>>, HostError> {
        let found = self.granted.glob(part, pattern, self.files.keys())?;
        self.answers(pattern)?;
        Ok(found)
    }

    /// Returns the grants of files and of metadata: what the test said, or else all that it set up.
    pub(super) fn granted_files(&self) -> (Vec<String>, Vec<String>) {
        self.granted.written().unwrap_or_else(|| (self.files.keys().cloned().collect(), Vec::new()))
    }

    pub(super) fn granted_commands(&self) -> Vec<GrantedCommand> {
        let mut granted = self.granted.commands(self.commands.keys());
        for (command, left) in granted.iter_mut().flat_map(|it| Some(it).zip(self.time_left)) {
            command.extra.push(("time_left".into(), left.to_string()));
        }
        granted
    }
}

impl File {
    pub(super) fn metadata(&self) -> Metadata {
        self.metadata.clone().unwrap_or(Metadata {
            kind: FileKind::Regular,
            size: self.content.len() as u64,
            modified: self.modified,
            device: 1,
            inode: self.inode,
            owner: 0,
            group: 0,
            mode: 0o644,
            link_target: None,
            extra: Vec::new(),
        })
    }
}
