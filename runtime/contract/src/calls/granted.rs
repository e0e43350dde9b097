//! The grants that allow a call. Pure: the broker decides for itself, and this says afterwards what it went by.

use std::fmt;

use super::tape::TapedCall;
use super::{Reply, Request};
use crate::Error;
use roundsman_grants::commands::shown;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::{CommandGrant, GrantKind, Grants};

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

/// Returns the grants that allow a call.
#[must_use]
pub fn granted<'g>(request: &Request, grants: &'g Grants) -> Vec<Granted<'g>> {
    request.call().granted(grants)
}

impl TapedCall {
    /// Returns the grants that this call used: none where it was denied.
    #[must_use]
    pub fn used<'g>(&self, grants: &'g Grants) -> Vec<Granted<'g>> {
        match &self.reply {
            Ok(Reply::Error(Error::Denied(_))) => Vec::new(),
            _ => granted(&self.request, grants),
        }
    }
}

impl fmt::Display for Granted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(pattern) => write!(formatter, "{} {}", GrantKind::Files.key(), pattern.as_str()),
            Self::UnsafeFile(path) => write!(formatter, "{} {path}", GrantKind::UnsafeFiles.key()),
            Self::Metadata(pattern) => write!(formatter, "{} {}", GrantKind::Metadata.key(), pattern.as_str()),
            Self::Mounted => write!(formatter, "{} mounted", GrantKind::Filesystems.key()),
            Self::MountPoint(path) => write!(formatter, "{} {path}", GrantKind::Filesystems.key()),
            Self::Command(grant) => {
                let key = GrantKind::Commands.key();
                write!(formatter, "{key} {} {}", grant.argv.form().key(), shown(&grant.argv.written()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::{clock, commands, files};
    use roundsman_grants::Filesystems;
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
            (Request::Files(files::Call::Read { path: path("/a/b") }), "files /a/*"),
            (Request::Files(files::Call::ReadAt { path: path("/a/s"), offset: 0, max: 1 }), "unsafe_files /a/s"),
            (Request::Files(files::Call::Read { path: path("/c") }), ""),
            (Request::Files(files::Call::Stat { path: path("/m/a") }), "metadata /m/*"),
            (Request::Files(files::Call::Stat { path: path("/a/c") }), "files /a/*"),
            (Request::Files(files::Call::ReadGlob { pattern: path("/a/b*") }), "files /a/*, files /a/b"),
            (Request::Files(files::Call::StatGlob { pattern: path("/m/?") }), "metadata /m/*"),
            (Request::Files(files::Call::Usages { paths: vec![path("/"), path("/x")] }), "filesystems /"),
            (Request::Files(files::Call::Mounts), "filesystems /"),
            (
                Request::Commands(commands::Call::Run { argv: vec![path("x"), path("a b")], input: None }),
                "command argv_pattern /bin/x \"*\"",
            ),
            (Request::Commands(commands::Call::Run { argv: vec![path("x"), path("a")], input: Some(Vec::new()) }), ""),
            (Request::Clock(clock::Call::Now), ""),
        ] {
            let grants = grants();
            let all: Vec<String> = granted(&request, &grants).iter().map(ToString::to_string).collect();
            assert_eq!(all.join(", "), expected, "{request:?}");
        }
    }

    #[test]
    fn what_was_denied_used_no_grant() {
        let request = Request::Files(files::Call::Read { path: "/a/b".to_owned() });
        let taped = |reply| TapedCall { request: request.clone(), reply: Ok(reply) };
        let denial = crate::Denial::new("files", "/a/b", "a link leads elsewhere");
        assert!(taped(Reply::Error(Error::Denied(denial))).used(&grants()).is_empty());
        assert_eq!(taped(Reply::Error(Error::NotFound)).used(&grants()).len(), 1);
    }
}
