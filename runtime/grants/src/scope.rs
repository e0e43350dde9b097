//! The decision whether a check may reach a path. Each answer is a value that only this file makes: what opens takes it.

use super::denial::{Refusal, Remedy};
use super::path_pattern::PathPattern;
use super::requested_path::{self, RequestedPath};
use super::{Filesystems, GrantKind, Grants, hard_deny};

/// Everything that one check may reach on this host.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub grants: &'a Grants,
    /// The runtime's own processes of this run, which no check sees.
    pub own: &'a [u32],
    /// Files that a grant of any check names as a secret, sorted: no pattern grants their content.
    pub secrets: &'a [String],
}

/// Reason why no pattern grants the content of a secret.
pub const SECRET: &str = "a grant names it as a secret, which is for its program and never for a component";

/// A path that was asked for and granted. What it leads to must be judged too: [`AllowedPath::admits`].
#[derive(Debug, Clone)]
pub struct AllowedPath<'a> {
    scope: Scope<'a>,
    kind: GrantKind,
    path: RequestedPath,
    /// Granted as a file: only a regular one is meant.
    only_regular: bool,
}

/// A pattern that was asked for, of which some path could be granted.
#[derive(Debug, Clone)]
pub struct AllowedGlob<'a> {
    scope: Scope<'a>,
    kind: GrantKind,
    pattern: PathPattern,
    /// The grants that have something in common with the pattern.
    relevant: Vec<&'a PathPattern>,
}

/// A mount point that was asked for and granted.
#[derive(Debug, Clone)]
pub struct AllowedMountPoint {
    path: String,
}

/// A tree whose links only the kernel makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    Proc,
    Sys,
    Cgroup,
    /// Anywhere else: links are made by whoever can write there.
    Elsewhere,
}

impl Area {
    #[must_use]
    pub fn of(path: &RequestedPath) -> Self {
        match path.parts().take(3).collect::<Vec<_>>()[..] {
            ["proc", ..] => Self::Proc,
            ["sys", "fs", "cgroup"] => Self::Cgroup,
            ["sys", ..] => Self::Sys,
            _ => Self::Elsewhere,
        }
    }

    /// Returns the directory at its top.
    #[must_use]
    pub fn top(self) -> &'static str {
        match self {
            Self::Proc => "/proc",
            Self::Sys => "/sys",
            Self::Cgroup => "/sys/fs/cgroup",
            Self::Elsewhere => "/",
        }
    }
}

impl<'a> Scope<'a> {
    /// Returns the content of one file.
    ///
    /// # Errors
    /// A [`Refusal`] with what would allow it.
    pub fn content(self, path: &str) -> Result<AllowedPath<'a>, Refusal> {
        self.allow(GrantKind::Files, path)
    }

    /// Returns the metadata of one path.
    ///
    /// # Errors
    /// A [`Refusal`] with what would allow it.
    pub fn metadata(self, path: &str) -> Result<AllowedPath<'a>, Refusal> {
        self.allow(GrantKind::Metadata, path)
    }

    /// Returns the contents of what a pattern matches. `unsafe_files` are found where a pattern of `files` matches them too.
    ///
    /// # Errors
    /// A [`Refusal`] if no grant could match.
    pub fn contents(self, pattern: &str) -> Result<AllowedGlob<'a>, Refusal> {
        self.allow_glob(GrantKind::Files, pattern)
    }

    /// Returns the metadata of what a pattern matches.
    ///
    /// # Errors
    /// A [`Refusal`] if no grant could match.
    pub fn all_metadata(self, pattern: &str) -> Result<AllowedGlob<'a>, Refusal> {
        self.allow_glob(GrantKind::Metadata, pattern)
    }

    /// Returns the size of the file system that is mounted at a path.
    ///
    /// # Errors
    /// A [`Refusal`] with what would allow it.
    pub fn mount_point(self, path: &str) -> Result<AllowedMountPoint, Refusal> {
        let refusal = |remedy| Refusal { kind: GrantKind::Filesystems, target: path.to_owned(), remedy };
        // Sizes of what is mounted below /dev, such as /dev/shm, are as harmless as any.
        requested_path::parts(path).map_err(|error| refusal(Remedy::Nothing { reason: error.to_string() }))?;
        match &self.grants.filesystems {
            Filesystems::Mounted => {}
            Filesystems::At(paths) if paths.iter().any(|granted| granted == path) => {}
            Filesystems::At(_) | Filesystems::None => {
                let remedy =
                    Remedy::Patterns { kind: GrantKind::Filesystems, values: vec![path.to_owned()], because: None };
                return Err(refusal(remedy));
            }
        }
        Ok(AllowedMountPoint { path: path.to_owned() })
    }

    /// Returns the list of what is mounted: each that the answer says yes to may be in it.
    ///
    /// # Errors
    /// A [`Refusal`] if no file system is granted.
    pub fn mounts(self) -> Result<impl Fn(&str) -> bool, Refusal> {
        let target = "mounts".to_owned();
        let filesystems = &self.grants.filesystems;
        if *filesystems == Filesystems::None {
            return Err(Refusal { kind: GrantKind::Filesystems, target, remedy: Remedy::AllMounts });
        }
        Ok(move |path: &str| match filesystems {
            Filesystems::None => false,
            Filesystems::Mounted => true,
            Filesystems::At(paths) => paths.iter().any(|granted| granted == path),
        })
    }

    fn allow(self, kind: GrantKind, path: &str) -> Result<AllowedPath<'a>, Refusal> {
        let refusal = |remedy| Refusal { kind, target: path.to_owned(), remedy };
        let nothing = |reason: String| refusal(Remedy::Nothing { reason });
        let parsed = RequestedPath::parse(path).map_err(|error| nothing(error.to_string()))?;
        let parts: Vec<&str> = parsed.parts().collect();
        if self.is_own(&parts) {
            return Err(nothing(format!("`{path}` is never granted: it is a process of the runtime itself")));
        }
        let only_regular = match kind {
            GrantKind::Metadata => !matches_any(&self.grants.metadata, &parsed),
            _ => true,
        };
        if only_regular && !self.content_granted(&parsed) {
            let hard = (kind == GrantKind::Files).then(|| self.never_by_pattern(&parsed)).flatten();
            return Err(refusal(match hard {
                Some(reason) => Remedy::unsafe_files(&[path], reason),
                None => Remedy::paths(kind, &[path], None),
            }));
        }
        if kind == GrantKind::Files
            && let Some(reason) = self.hard_denied(&parsed)
        {
            return Err(refusal(Remedy::unsafe_files(&[path], reason)));
        }
        Ok(AllowedPath { scope: self, kind, path: parsed, only_regular })
    }

    fn allow_glob(self, kind: GrantKind, text: &str) -> Result<AllowedGlob<'a>, Refusal> {
        let refusal = |remedy| Refusal { kind, target: text.to_owned(), remedy };
        let pattern =
            PathPattern::parse(text).map_err(|error| refusal(Remedy::Nothing { reason: error.to_string() }))?;
        let metadata: &[PathPattern] = match kind {
            GrantKind::Metadata => &self.grants.metadata,
            _ => &[],
        };
        let relevant: Vec<_> =
            self.grants.files.iter().chain(metadata).filter(|grant| grant.may_intersect(&pattern)).collect();
        if relevant.is_empty() {
            let values = vec![text.to_owned()];
            return Err(refusal(Remedy::Patterns { kind, values, because: None }));
        }
        Ok(AllowedGlob { scope: self, kind, pattern, relevant })
    }

    fn content_granted(self, path: &RequestedPath) -> bool {
        self.is_unsafe(path) || matches_any(&self.grants.files, path)
    }

    fn is_unsafe(self, path: &RequestedPath) -> bool {
        self.grants.unsafe_files.iter().any(|granted| granted == path.as_str())
    }

    /// Tells why no pattern grants the content of a file, and nothing else does.
    fn hard_denied(self, path: &RequestedPath) -> Option<&'static str> {
        self.never_by_pattern(path).filter(|_| !self.is_unsafe(path))
    }

    fn never_by_pattern(self, path: &RequestedPath) -> Option<&'static str> {
        let parts: Vec<&str> = path.parts().collect();
        let is_secret = || self.secrets.binary_search_by(|secret| secret.as_str().cmp(path.as_str())).is_ok();
        hard_deny::reason(&parts).or_else(|| is_secret().then_some(SECRET))
    }

    fn is_own(self, parts: &[&str]) -> bool {
        match parts {
            ["proc", pid, ..] => pid.parse().is_ok_and(|pid| self.own.contains(&pid)),
            _ => false,
        }
    }
}

fn matches_any(patterns: &[PathPattern], path: &RequestedPath) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}

impl AllowedPath<'_> {
    #[must_use]
    pub fn path(&self) -> &RequestedPath {
        &self.path
    }

    /// Tells whether it is granted only if it is a regular file.
    #[must_use]
    pub fn only_regular(&self) -> bool {
        self.only_regular
    }

    /// Decides if the opened path may be where the requested one leads: the same; in the kernel's
    /// trees another of the same tree; elsewhere another that is granted itself, since a link is made by whoever can
    /// write there.
    ///
    /// # Errors
    /// A [`Refusal`] with what would allow it.
    pub fn admits(&self, resolved: &str) -> Result<(), Refusal> {
        let asked = self.path.as_str();
        if resolved == asked {
            return Ok(());
        }
        let because = format!("`{asked}` leads to `{resolved}`");
        let nothing = |reason: String| self.refuse(Remedy::Nothing { reason });
        let parsed = RequestedPath::parse(resolved).map_err(|error| nothing(format!("{because}, and {error}")))?;
        let parts: Vec<&str> = parsed.parts().collect();
        // /proc/net and /proc/mounts are links into the reading process.
        if self.scope.is_own(&parts) && !matches!(parts[2..], ["net", ..] | ["mounts"]) {
            return Err(nothing(format!("{because}, and that is a process of the runtime itself")));
        }
        let content = self.kind == GrantKind::Files;
        if content && let Some(reason) = self.scope.hard_denied(&parsed) {
            return Err(self.refuse(Remedy::unsafe_files(&[asked, resolved], reason)));
        }
        let area = Area::of(&parsed);
        let granted = (area != Area::Elsewhere && area == Area::of(&self.path))
            || self.scope.content_granted(&parsed)
            || (!content && matches_any(&self.scope.grants.metadata, &parsed));
        if granted { Ok(()) } else { Err(self.refuse(Remedy::paths(self.kind, &[asked, resolved], Some(because)))) }
    }

    /// Judges what was opened by another name that it has too, of the list of what no pattern grants.
    ///
    /// # Errors
    /// A [`Refusal`] with what would allow it.
    pub fn admits_as(&self, other: &str) -> Result<(), Refusal> {
        let Ok(parsed) = RequestedPath::parse(other) else { return Ok(()) };
        let reason = self.scope.hard_denied(&parsed);
        reason.map_or(Ok(()), |reason| {
            let reason = format!("`{}` is `{other}` by another name: {reason}", self.path.as_str());
            Err(self.refuse(Remedy::unsafe_files(&[other], &reason)))
        })
    }

    /// Returns the files that a grant of any check names as a secret.
    #[must_use]
    pub fn secrets(&self) -> &[String] {
        self.scope.secrets
    }

    /// Returns the refusal of this path for something that was seen when it was opened.
    #[must_use]
    pub fn refuse(&self, remedy: Remedy) -> Refusal {
        Refusal { kind: self.kind, target: self.path.as_str().to_owned(), remedy }
    }
}

impl<'a> AllowedGlob<'a> {
    #[must_use]
    pub fn pattern(&self) -> &PathPattern {
        &self.pattern
    }

    /// Tells whether something granted could be found at or beneath these parts.
    #[must_use]
    pub fn may_enter(&self, parts: &[&str]) -> bool {
        let begins = |pattern: &PathPattern| pattern.matches_start(parts.iter().copied());
        begins(&self.pattern)
            && self.relevant.iter().any(|grant| begins(grant))
            && requested_path::never_granted(parts).is_none()
            && !self.scope.is_own(parts)
    }

    /// Tells whether the names in a directory may be seen, by the path that was asked for and the one that was opened.
    #[must_use]
    pub fn may_list(&self, asked: &RequestedPath, resolved: &str) -> bool {
        if resolved == asked.as_str() {
            return true;
        }
        let Ok(parsed) = RequestedPath::parse(resolved) else { return false };
        let area = Area::of(&parsed);
        (area != Area::Elsewhere && area == Area::of(asked))
            || self.relevant.iter().any(|grant| grant.matches_start(parsed.parts()))
    }

    /// One of the paths that the pattern matches; `None` if no grant does. A match that no pattern grants is refused, and
    /// not left out: whoever sees less than there is takes that for all.
    #[must_use]
    pub fn path(&self, path: &str) -> Option<Result<AllowedPath<'a>, Refusal>> {
        let parsed = RequestedPath::parse(path).ok().filter(|parsed| self.pattern.matches(parsed))?;
        match self.scope.allow(self.kind, path) {
            Err(_) if !self.scope.content_granted(&parsed) => None,
            allowed => Some(allowed),
        }
    }

    /// Returns the refusal of a directory that the pattern leads through.
    #[must_use]
    pub fn refuse(&self, path: &str, remedy: Remedy) -> Refusal {
        Refusal { kind: self.kind, target: path.to_owned(), remedy }
    }
}

impl AllowedMountPoint {
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl Remedy {
    fn unsafe_files(paths: &[&str], reason: &str) -> Self {
        Self::Patterns {
            kind: GrantKind::UnsafeFiles,
            values: paths.iter().map(|path| (*path).to_owned()).collect(),
            because: Some(format!("no pattern grants it: {reason}")),
        }
    }
}

#[cfg(test)]
#[path = "scope_tests.rs"]
mod tests;
