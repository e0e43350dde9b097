//! Grants of the operator, and the pure decision whether they allow a request. No I/O in this folder.

#![forbid(unsafe_code)]

pub mod escape;
pub mod glob;
pub mod nearest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub mod argv;
pub mod command;
pub mod denial;
pub mod hard_deny;
pub mod grant_kind;
pub mod path_pattern;
pub mod requested_path;
pub mod scope;

use argv::GrantedArgv;
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

/// Permission to run one program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommandGrant {
    pub id: Option<String>,
    pub argv: GrantedArgv,
    pub user: Option<String>,
    /// Default: what the run has left.
    pub timeout: Option<Duration>,
    /// RLIMIT_AS of the program, in bytes.
    pub memory: Option<u64>,
    /// Bytes of stdout and stderr; default `limits.output`.
    pub output: Option<u64>,
    pub env: BTreeMap<String, EnvValue>,
    pub stdin: StdinGrant,
    pub may_gain_privileges: bool,
    pub bounds: CommandBounds,
}

/// Restrictions of a command, beyond those of all commands; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandBounds {
    /// It makes no socket that leads out of the host.
    pub no_network: bool,
    /// It signals only what it started itself.
    pub own_signals: bool,
    /// Processes that its user may have at a time.
    pub processes: Option<u64>,
    /// All the capabilities of a command that runs as root, the first in the lowest bit.
    pub capabilities: Option<u64>,
}

impl CommandGrant {
    /// Returns the grant of a program as it is, with nothing named but its argv.
    #[must_use]
    pub fn of(argv: GrantedArgv) -> Self {
        Self {
            id: None,
            argv,
            user: None,
            timeout: None,
            memory: None,
            output: None,
            env: BTreeMap::new(),
            stdin: StdinGrant::None,
            may_gain_privileges: false,
            bounds: CommandBounds::default(),
        }
    }
}

impl CommandGrant {
    /// Returns the files whose content the program gets.
    pub fn secrets(&self) -> impl Iterator<Item = &Path> {
        let of_environment = self.env.values().filter_map(|value| match value {
            EnvValue::File(path) => Some(path.as_path()),
            EnvValue::Text(_) => None,
        });
        let of_input = match &self.stdin {
            StdinGrant::File(path) => Some(path.as_path()),
            StdinGrant::None | StdinGrant::Component => None,
        };
        of_environment.chain(of_input)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnvValue {
    Text(String),
    /// The content of this file, read when the program is started.
    File(PathBuf),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StdinGrant {
    /// `/dev/null`.
    #[default]
    None,
    /// The component may give input.
    Component,
    /// The content of this file.
    File(PathBuf),
}

#[cfg(test)]
#[path = "cases_tests.rs"]
mod cases;
