//! Calls of the interface `files`: content, metadata, file systems.

use serde::{Deserialize, Serialize};

use super::granted::Granted;
use super::{CapabilityAnswer, CapabilityCall, LONGEST_PATH, Reply, bytes, length_of};
use crate::{Content, FileEntry, GrantedFiles, Metadata, Mount, Piece, Space, Used};
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::{Filesystems, GrantKind, Grants};

/// An entry without its names, in bytes.
const ENTRY: usize = 64;

/// One call, in the words of `wit/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Call {
    Read { path: String },
    ReadAt { path: String, offset: u64, max: u64 },
    ReadGlob { pattern: String },
    Stat { path: String },
    StatGlob { pattern: String },
    Usage { path: String },
    Usages { paths: Vec<String> },
    Mounts,
    Granted,
}

/// The answer to a [`Call`]; the variant goes with the call's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Data(#[serde(with = "bytes")] Vec<u8>),
    Piece(Piece),
    Contents(#[serde(with = "bytes::contents")] Vec<Content>),
    Metadata(Metadata),
    Entries(Vec<FileEntry>),
    Space(Space),
    Usages(Vec<Used>),
    Mounts(Vec<Mount>),
    Granted(GrantedFiles),
}

impl Call {
    /// Returns the one path or pattern that the call is about; `None` if it is about many or no one.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Read { path } | Self::ReadAt { path, .. } | Self::Stat { path } | Self::Usage { path } => Some(path),
            Self::ReadGlob { pattern } | Self::StatGlob { pattern } => Some(pattern),
            Self::Usages { .. } | Self::Mounts | Self::Granted => None,
        }
    }
}

impl CapabilityCall for Call {
    fn impossible(&self) -> Option<&'static str> {
        self.target().is_some_and(|target| target.len() > LONGEST_PATH).then_some("ENAMETOOLONG")
    }

    fn carried(&self) -> usize {
        match self {
            Self::Usages { paths } => length_of(paths),
            call => call.target().map_or(0, str::len),
        }
    }

    fn shown(&self) -> (&'static str, String) {
        let word = match self {
            Self::Read { .. } | Self::ReadAt { .. } | Self::ReadGlob { .. } => "read",
            Self::Stat { .. } | Self::StatGlob { .. } => "look at",
            Self::Usage { .. } | Self::Usages { .. } => "usage of",
            Self::Mounts => "mounts",
            Self::Granted => "grants",
        };
        let target = match self {
            Self::Usages { paths } => paths.join(" "),
            call => call.target().unwrap_or_default().to_owned(),
        };
        (word, target)
    }

    fn denied(&self) -> Reply {
        let kind = match self {
            Self::Read { .. } | Self::ReadAt { .. } | Self::ReadGlob { .. } => GrantKind::Files,
            Self::Stat { .. } | Self::StatGlob { .. } => GrantKind::Metadata,
            Self::Usage { .. } | Self::Usages { .. } | Self::Mounts => GrantKind::Filesystems,
            Self::Granted => return Reply::Files(Answer::Granted(GrantedFiles::default())),
        };
        let target = match self {
            Self::Usages { paths } => paths.first().cloned().unwrap_or_default(),
            Self::Mounts => "mounted".to_owned(),
            call => call.target().unwrap_or_default().to_owned(),
        };
        super::deny::denied(kind, target)
    }

    /// Returns the first grant of a path, and of a pattern all that have something in common with it.
    fn granted<'g>(&self, grants: &'g Grants) -> Vec<Granted<'g>> {
        match self {
            Self::Read { path } | Self::ReadAt { path, .. } => content(path, grants).into_iter().collect(),
            Self::Stat { path } => {
                let of_metadata = matching(&grants.metadata, path).map(Granted::Metadata);
                of_metadata.or_else(|| content(path, grants)).into_iter().collect()
            }
            Self::ReadGlob { pattern } => contents(pattern, grants),
            Self::StatGlob { pattern } => {
                let of_metadata = intersecting(&grants.metadata, pattern).into_iter().map(Granted::Metadata);
                of_metadata.chain(contents(pattern, grants)).collect()
            }
            Self::Usage { path } => mount_point(path, grants).into_iter().collect(),
            Self::Usages { paths } => paths.iter().filter_map(|path| mount_point(path, grants)).collect(),
            Self::Mounts => match &grants.filesystems {
                Filesystems::None => Vec::new(),
                Filesystems::Mounted => vec![Granted::Mounted],
                Filesystems::At(paths) => paths.iter().map(|path| Granted::MountPoint(path)).collect(),
            },
            Self::Granted => Vec::new(),
        }
    }

    fn is_worth_a_line(&self) -> bool {
        *self != Self::Granted
    }
}

impl CapabilityAnswer for Answer {
    fn carried(&self) -> usize {
        match self {
            Self::Data(data) => data.len(),
            Self::Piece(piece) => piece.data.len(),
            Self::Contents(contents) => {
                contents.iter().map(|content| content.path.len() + content.data.as_ref().map_or(0, Vec::len)).sum()
            }
            Self::Entries(entries) => entries.iter().map(|entry| entry.path.len() + ENTRY).sum(),
            Self::Usages(all) => all.iter().map(|used| used.path.len() + ENTRY).sum(),
            Self::Mounts(mounts) => mounts.iter().map(|mount| texts(mount) + ENTRY).sum(),
            Self::Metadata(_) | Self::Space(_) | Self::Granted(_) => 0,
        }
    }
}

/// Returns the bytes of the texts of a mount.
fn texts(mount: &Mount) -> usize {
    let options = mount.options.iter().chain(&mount.filesystem_options).map(String::len).sum::<usize>();
    mount.source.len() + mount.path.len() + mount.root.len() + mount.filesystem.len() + options
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
