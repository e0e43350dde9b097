//! What a fake host has.

use std::collections::{BTreeMap, BTreeSet};

use super::glob::matches;
use crate::commands::{Completed, GrantedCommand};
use crate::files::{FileKind, Metadata, Mount, Space};
use crate::{Denial, HostError};

/// 2026-01-01 00:00 UTC.
const START: i64 = 1_767_225_600_000_000_000;

const FIRST_INODE: u64 = 100;

pub(super) struct World {
    pub(super) files: BTreeMap<String, File>,
    pub(super) failing: BTreeMap<String, HostError>,
    pub(super) unreadable: BTreeMap<String, HostError>,
    pub(super) mounts: Vec<(Mount, Space)>,
    pub(super) granted_files: Option<Vec<String>>,
    pub(super) commands: BTreeMap<Vec<String>, Result<Completed, HostError>>,
    pub(super) granted_commands: Option<Vec<GrantedCommand>>,
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
            granted_files: None,
            commands: BTreeMap::new(),
            granted_commands: None,
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
    /// The file at a path, which is written now; made where there is none, with the first inode that is free, as ext4
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

    /// The file that a granted path leads to.
    pub(super) fn find(&self, path: &str) -> Result<&File, HostError> {
        self.allow(path)?;
        self.answers(path)?;
        self.files.get(path).ok_or(HostError::NotFound)
    }

    /// The file that a granted path leads to, to be read.
    pub(super) fn open(&self, path: &str) -> Result<&File, HostError> {
        let file = self.find(path)?;
        self.unreadable.get(path).map_or(Ok(file), |error| Err(error.clone()))
    }

    /// The error that a test wants of this path or pattern.
    pub(super) fn answers(&self, path: &str) -> Result<(), HostError> {
        self.failing.get(path).map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Every granted path that a pattern matches.
    pub(super) fn matching(&self, pattern: &str) -> Vec<&String> {
        let granted = |path: &&String| self.allow(path).is_ok() && matches(pattern, path);
        self.files.keys().filter(granted).collect()
    }

    fn allow(&self, path: &str) -> Result<(), HostError> {
        match &self.granted_files {
            Some(granted) if !granted.iter().any(|it| matches(it, path)) => Err(denied("files", path)),
            _ => Ok(()),
        }
    }

    /// What is granted: what the test said, or else all that it set up.
    pub(super) fn granted_files(&self) -> Vec<String> {
        self.granted_files.clone().unwrap_or_else(|| self.files.keys().cloned().collect())
    }

    pub(super) fn granted_commands(&self) -> Vec<GrantedCommand> {
        let all = || {
            self.commands.keys().map(|argv| GrantedCommand {
                id: None,
                argv: argv.clone(),
                literal: true,
                extra: Vec::new(),
            })
        };
        let mut granted = self.granted_commands.clone().unwrap_or_else(|| all().collect());
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

pub(super) fn denied(capability: &str, target: &str) -> HostError {
    let hint = format!("grant {target}");
    HostError::Denied(Denial::new(capability, target, &hint))
}
