//! The grants that allow a call. Pure: the broker decides for itself, and this says afterwards what it went by.

use std::fmt;

use super::tape::Taped;
use super::{Reply, Request};
use crate::Error;
use roundsman_grants::command::shown;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::{CommandGrant, Filesystems, Grants};

/// One grant, in the words of the configuration.
#[derive(Debug, Clone, Copy)]
pub enum Granted<'g> {
    Files(&'g PathPattern),
    UnsafeFile(&'g str),
    Metadata(&'g PathPattern),
    Mounted,
    MountPoint(&'g str),
    Command(&'g CommandGrant),
}

/// Returns the grants that allow a call: of a path the first that does, of a pattern all that have something in common with it.
#[must_use]
pub fn granted<'g>(request: &Request, grants: &'g Grants) -> Vec<Granted<'g>> {
    match request {
        Request::Read { path } | Request::ReadAt { path, .. } => content(path, grants).into_iter().collect(),
        Request::Stat { path } => {
            let of_metadata = matching(&grants.metadata, path).map(Granted::Metadata);
            of_metadata.or_else(|| content(path, grants)).into_iter().collect()
        }
        Request::ReadGlob { pattern } => contents(pattern, grants),
        Request::StatGlob { pattern } => {
            let of_metadata = intersecting(&grants.metadata, pattern).into_iter().map(Granted::Metadata);
            of_metadata.chain(contents(pattern, grants)).collect()
        }
        Request::Usage { path } => mount_point(path, grants).into_iter().collect(),
        Request::Usages { paths } => paths.iter().filter_map(|path| mount_point(path, grants)).collect(),
        Request::Mounts => match &grants.filesystems {
            Filesystems::None => Vec::new(),
            Filesystems::Mounted => vec![Granted::Mounted],
            Filesystems::At(paths) => paths.iter().map(|path| Granted::MountPoint(path)).collect(),
        },
        Request::Run { argv, input } => {
            let allowed = grants.commands.iter().find(|grant| grant.allows(argv, input.is_some()));
            allowed.map(Granted::Command).into_iter().collect()
        }
        Request::GrantedFiles
        | Request::GrantedCommands
        | Request::Log { .. }
        | Request::Now
        | Request::Monotonic
        | Request::UtcOffset
        | Request::Seed
        | Request::StateGet { .. }
        | Request::StateSet { .. }
        | Request::StateRemove { .. } => Vec::new(),
    }
}

impl Taped {
    /// Returns the grants that this call used: none where it was denied.
    #[must_use]
    pub fn used<'g>(&self, grants: &'g Grants) -> Vec<Granted<'g>> {
        match &self.reply {
            Ok(Reply::Error(Error::Denied(_))) => Vec::new(),
            _ => granted(&self.request, grants),
        }
    }
}

fn content<'g>(path: &str, grants: &'g Grants) -> Option<Granted<'g>> {
    let literal = grants.unsafe_files.iter().find(|file| *file == path);
    literal.map(|file| Granted::UnsafeFile(file)).or_else(|| matching(&grants.files, path).map(Granted::Files))
}

fn contents<'g>(pattern: &str, grants: &'g Grants) -> Vec<Granted<'g>> {
    intersecting(&grants.files, pattern).into_iter().map(Granted::Files).collect()
}

fn matching<'g>(patterns: &'g [PathPattern], path: &str) -> Option<&'g PathPattern> {
    let path = RequestedPath::parse(path).ok()?;
    patterns.iter().find(|pattern| pattern.matches(&path))
}

fn intersecting<'g>(patterns: &'g [PathPattern], pattern: &str) -> Vec<&'g PathPattern> {
    let Ok(asked) = PathPattern::parse(pattern) else { return Vec::new() };
    patterns.iter().filter(|granted| granted.may_intersect(&asked)).collect()
}

fn mount_point<'g>(path: &str, grants: &'g Grants) -> Option<Granted<'g>> {
    match &grants.filesystems {
        Filesystems::None => None,
        Filesystems::Mounted => Some(Granted::Mounted),
        Filesystems::At(paths) => {
            paths.iter().find(|granted| *granted == path).map(|granted| Granted::MountPoint(granted))
        }
    }
}

impl fmt::Display for Granted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(pattern) => write!(formatter, "files {}", pattern.as_str()),
            Self::UnsafeFile(path) => write!(formatter, "unsafe_files {path}"),
            Self::Metadata(pattern) => write!(formatter, "metadata {}", pattern.as_str()),
            Self::Mounted => formatter.write_str("filesystems mounted"),
            Self::MountPoint(path) => write!(formatter, "filesystems {path}"),
            Self::Command(grant) => {
                write!(formatter, "command {} {}", grant.argv.form().key(), shown(&grant.argv.written()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_grants::argv::GrantedArgv;

    fn grants() -> Grants {
        let pattern = |text: &str| PathPattern::parse(text).unwrap();
        let argv = GrantedArgv::pattern(&["/bin/x".to_owned(), "*".to_owned()]).unwrap();
        Grants {
            files: vec![pattern("/a/*"), pattern("/a/b")],
            metadata: vec![pattern("/m/*")],
            filesystems: Filesystems::At(vec!["/".to_owned()]),
            unsafe_files: vec!["/a/s".to_owned()],
            commands: vec![CommandGrant::of(argv)],
            user: None,
        }
    }

    #[test]
    fn each_call_names_the_grants_that_allow_it() {
        let path = |path: &str| path.to_owned();
        for (request, expected) in [
            (Request::Read { path: path("/a/b") }, "files /a/*"),
            (Request::ReadAt { path: path("/a/s"), offset: 0, max: 1 }, "unsafe_files /a/s"),
            (Request::Read { path: path("/c") }, ""),
            (Request::Stat { path: path("/m/a") }, "metadata /m/*"),
            (Request::Stat { path: path("/a/c") }, "files /a/*"),
            (Request::ReadGlob { pattern: path("/a/b*") }, "files /a/*, files /a/b"),
            (Request::StatGlob { pattern: path("/m/?") }, "metadata /m/*"),
            (Request::Usages { paths: vec![path("/"), path("/x")] }, "filesystems /"),
            (Request::Mounts, "filesystems /"),
            (Request::Run { argv: vec![path("x"), path("a b")], input: None }, "command argv_pattern /bin/x \"*\""),
            (Request::Run { argv: vec![path("x"), path("a")], input: Some(Vec::new()) }, ""),
            (Request::Now, ""),
        ] {
            let grants = grants();
            let all: Vec<String> = granted(&request, &grants).iter().map(ToString::to_string).collect();
            assert_eq!(all.join(", "), expected, "{request:?}");
        }
    }

    #[test]
    fn what_was_denied_used_no_grant() {
        let request = Request::Read { path: "/a/b".to_owned() };
        let taped = |reply| Taped { request: request.clone(), reply: Ok(reply) };
        let denial = crate::Denial::new("files", "/a/b", "a link leads elsewhere");
        assert!(taped(Reply::Error(Error::Denied(denial))).used(&grants()).is_empty());
        assert_eq!(taped(Reply::Error(Error::NotFound)).used(&grants()).len(), 1);
    }
}
