//! Grants of the operator, and the pure decision whether they allow a request. No I/O in this folder.

#![forbid(unsafe_code)]

pub mod escape;
pub mod glob;
pub mod nearest;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub mod argv;
pub mod commands;
pub mod denial;
pub mod hard_deny;
pub mod grant_kind;
pub mod launchers;
pub mod path_pattern;
pub mod requested_path;
pub mod scope;

pub use commands::{CommandBounds, CommandGrant, EnvValue, StdinGrant};
pub use grant_kind::{GRANT_KINDS, GrantKind};
use path_pattern::PathPattern;

/// Everything one check may reach; the default is nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Grants {
    /// Content and metadata of regular files.
    pub files: Vec<PathPattern>,
    /// Metadata only.
    pub metadata: Vec<PathPattern>,
    pub filesystems: Filesystems,
    /// Literal paths whose content may be read although the hard-deny list has them; each is a grant by itself.
    pub unsafe_files: Vec<String>,
    pub commands: Vec<CommandGrant>,
    /// Reads as this account.
    pub user: Option<String>,
}

impl Grants {
    /// Tells whether any file may be read.
    #[must_use]
    pub fn gives_content(&self) -> bool {
        !self.files.is_empty() || !self.unsafe_files.is_empty()
    }

    /// Returns the files whose content granted programs get.
    pub fn secrets(&self) -> impl Iterator<Item = &Path> {
        self.commands.iter().flat_map(CommandGrant::secrets)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filesystems {
    #[default]
    None,
    /// All that are mounted.
    Mounted,
    /// These mount points.
    At(Vec<String>),
}

#[cfg(test)]
#[path = "cases_tests.rs"]
mod cases;
