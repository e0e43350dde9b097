//! Access that a need asks for: one kind, with its one target; the grants that meet it, and the one that would.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

use roundsman_grants::argv::{Form, GrantedArgv};
use roundsman_grants::denial::{Remedy, is_no_path};
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::{CommandGrant, Filesystems, GrantKind, Grants};

/// One kind of access, with its one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Access {
    /// Paths that match a pattern, or for file systems a mount point or `mounted`.
    Paths {
        #[serde(deserialize_with = "asked_by_pattern")]
        kind: GrantKind,
        pattern: String,
    },
    /// A program by its absolute path, and its arguments.
    Command { form: Form, argv: Vec<String> },
    /// A kind that a later version of the contract has: its word, and the rest of the need as JSON.
    Unknown { capability: String, target: String },
}

impl Access {
    /// Asks for one kind of access to paths.
    #[must_use]
    pub fn paths(kind: GrantKind, pattern: &str) -> Self {
        Self::Paths { kind, pattern: pattern.to_owned() }
    }

    /// Asks for a command.
    #[must_use]
    pub fn command(form: Form, argv: &[&str]) -> Self {
        Self::Command { form, argv: argv.iter().map(|&word| word.to_owned()).collect() }
    }

    /// Returns the word of the contract.
    #[must_use]
    pub fn capability(&self) -> &str {
        match self {
            Self::Paths { kind, .. } => kind.word(),
            Self::Command { .. } => GrantKind::Commands.word(),
            Self::Unknown { capability, .. } => capability,
        }
    }

    /// Shows the access in one line, as the component wrote it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Paths { kind, pattern } => format!("{} {pattern}", kind.key()),
            Self::Command { form: Form::Literal, argv } => format!("command {}", argv.join(" ")),
            Self::Command { form: Form::Pattern, argv } => format!("command pattern {}", argv.join(" ")),
            Self::Unknown { capability, target } => {
                format!("{capability} {target}, which this version does not have")
            }
        }
    }

    /// Returns the path of what is asked for; `None` if it has none.
    #[must_use]
    fn path(&self) -> Option<&str> {
        match self {
            Self::Paths { pattern, .. } => Some(pattern),
            Self::Command { argv, .. } => argv.first().map(String::as_str),
            Self::Unknown { .. } => None,
        }
    }

    /// Tells whether some grant meets it at least in part: how much of it is wanted is the operator's to say.
    #[must_use]
    pub fn is_met_in_part(&self, grants: &Grants) -> bool {
        let meets = |granted: &[PathPattern], wanted: &str| {
            PathPattern::parse(wanted).is_ok_and(|wanted| granted.iter().any(|pattern| pattern.may_intersect(&wanted)))
        };
        match self {
            Self::Paths { kind: GrantKind::Files | GrantKind::UnsafeFiles, pattern } => {
                meets(&grants.files, pattern) || grants.unsafe_files.contains(pattern)
            }
            Self::Paths { kind: GrantKind::Metadata, pattern } => {
                meets(&grants.metadata, pattern) || meets(&grants.files, pattern)
            }
            Self::Paths { kind: GrantKind::Filesystems, .. } => grants.filesystems != Filesystems::None,
            Self::Command { argv, .. } => {
                grants.commands.iter().any(|grant| argv.first().is_none_or(|program| grant.argv.program() == program))
            }
            Self::Paths { kind: GrantKind::Commands, .. } | Self::Unknown { .. } => false,
        }
    }

    /// Tells whether grants meet all of it for certain.
    #[must_use]
    pub fn is_met(&self, grants: &Grants) -> bool {
        let matched = |patterns: &[PathPattern], wanted: &str| {
            let path = RequestedPath::parse(wanted).ok();
            let matches = |pattern: &PathPattern| path.as_ref().is_some_and(|path| pattern.matches(path));
            patterns.iter().any(|pattern| pattern.as_str() == wanted || matches(pattern))
        };
        match self {
            Self::Paths { kind: GrantKind::Files | GrantKind::UnsafeFiles, pattern } => matched(&grants.files, pattern),
            Self::Paths { kind: GrantKind::Metadata, pattern } => matched(&grants.metadata, pattern),
            Self::Paths { kind: GrantKind::Filesystems, pattern } => match &grants.filesystems {
                Filesystems::None => false,
                Filesystems::Mounted => true,
                Filesystems::At(points) => points.contains(pattern),
            },
            Self::Command { form: Form::Literal, argv } => {
                grants.commands.iter().any(|command| command.argv.matches(argv))
            }
            Self::Command { form: Form::Pattern, .. }
            | Self::Paths { kind: GrantKind::Commands, .. }
            | Self::Unknown { .. } => false,
        }
    }

    /// Adds it to grants, and says whether it was not granted before. Nothing is wider than what is asked for.
    ///
    /// # Errors
    /// No grant can meet it, and why.
    pub fn add_to(&self, grants: &mut Grants) -> Result<bool, String> {
        match self {
            Self::Paths { kind: GrantKind::Filesystems, pattern } => Ok(add_mount(&mut grants.filesystems, pattern)),
            Self::Paths { kind: GrantKind::Metadata, pattern } => add_pattern(&mut grants.metadata, pattern),
            Self::Paths { kind: GrantKind::Files | GrantKind::UnsafeFiles, pattern } => {
                add_pattern(&mut grants.files, pattern)
            }
            Self::Paths { kind: GrantKind::Commands, .. } => {
                Err("a command is asked for with its arguments".to_owned())
            }
            Self::Command { form, argv } => {
                let argv = GrantedArgv::parse(*form, argv).map_err(|error| error.to_string())?;
                Ok(add(&mut grants.commands, CommandGrant::of(argv), |one, other| one.argv == other.argv))
            }
            Self::Unknown { capability, .. } => Err(format!("this version has no `{capability}` to grant")),
        }
    }

    /// Returns the grant that would meet it, or why none does; `None` if this version has no such kind.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        if self.path().is_some_and(is_no_path) {
            let reason = "no grant allows it: write it from `/` on, without quotes of its own, in the options";
            return Some(Remedy::Nothing { reason: reason.to_owned() });
        }
        match self {
            Self::Paths { kind: GrantKind::Filesystems, pattern } if pattern == "mounted" => Some(Remedy::AllMounts),
            Self::Paths { kind, pattern } => {
                Some(Remedy::Patterns { kind: *kind, values: vec![pattern.clone()], because: None })
            }
            Self::Command { form, argv } => {
                Some(Remedy::Command { form: *form, argv: argv.clone(), input: false, because: None })
            }
            Self::Unknown { .. } => None,
        }
    }
}

/// Reads a kind that a need can name by a pattern: of another kind there is none but a forged one.
fn asked_by_pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<GrantKind, D::Error> {
    match GrantKind::deserialize(deserializer)? {
        kind @ (GrantKind::Files | GrantKind::Metadata | GrantKind::Filesystems) => Ok(kind),
        kind @ (GrantKind::UnsafeFiles | GrantKind::Commands) => {
            Err(D::Error::custom(format!("no need asks for {} by a pattern", kind.key())))
        }
    }
}

fn add_pattern(patterns: &mut Vec<PathPattern>, text: &str) -> Result<bool, String> {
    let pattern = PathPattern::parse(text).map_err(|error| error.to_string())?;
    Ok(add(patterns, pattern, PartialEq::eq))
}

fn add<T>(all: &mut Vec<T>, one: T, is_same: fn(&T, &T) -> bool) -> bool {
    let is_new = !all.iter().any(|other| is_same(other, &one));
    if is_new {
        all.push(one);
    }
    is_new
}

fn add_mount(filesystems: &mut Filesystems, mount: &str) -> bool {
    match filesystems {
        Filesystems::Mounted => return false,
        Filesystems::At(points) if points.iter().any(|point| point == mount) => return false,
        _ if mount == "mounted" => *filesystems = Filesystems::Mounted,
        Filesystems::At(points) => points.push(mount.to_owned()),
        Filesystems::None => *filesystems = Filesystems::At(vec![mount.to_owned()]),
    }
    true
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
