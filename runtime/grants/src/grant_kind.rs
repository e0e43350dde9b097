//! The kinds of grants, and all that is spelt of each, in one list.

use serde::{Deserialize, Serialize};

/// A kind of grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GrantKind {
    /// Content and metadata of regular files.
    Files,
    /// Metadata only.
    Metadata,
    /// Space of what is mounted, and its list.
    Filesystems,
    /// Content of files that the hard-deny list has.
    UnsafeFiles,
    /// Programs.
    Commands,
}

/// One row of [`GRANT_KINDS`].
#[derive(Debug)]
pub struct GrantKindRow {
    pub kind: GrantKind,
    /// Word of the contract: in needs, denials and the log.
    pub word: &'static str,
    /// Key of the configuration, below `grant`.
    pub key: &'static str,
    /// Option of `check`; `None` if only a configuration grants it.
    pub flag: Option<&'static str>,
}

/// Each kind, in the order of [`GrantKind`].
pub const GRANT_KINDS: [GrantKindRow; 5] = [
    GrantKindRow { kind: GrantKind::Files, word: "files", key: "files", flag: Some("--allow-file") },
    GrantKindRow { kind: GrantKind::Metadata, word: "metadata", key: "metadata", flag: Some("--allow-metadata") },
    GrantKindRow {
        kind: GrantKind::Filesystems,
        word: "filesystems",
        key: "filesystems",
        flag: Some("--allow-filesystem"),
    },
    // A component asks for files, and cannot know which of them are denied.
    GrantKindRow { kind: GrantKind::UnsafeFiles, word: "files", key: "unsafe_files", flag: None },
    GrantKindRow { kind: GrantKind::Commands, word: "commands", key: "command", flag: Some("--allow-command") },
];

impl GrantKind {
    /// Returns the row of a kind.
    #[must_use]
    pub fn row(self) -> &'static GrantKindRow {
        &GRANT_KINDS[self as usize]
    }

    /// Returns the word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// Returns the key of the configuration.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// Finds the kind that a component asks for by this word; `None` if this version has none.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        GRANT_KINDS.iter().find(|row| row.word == word).map(|row| row.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_row() {
        for (place, row) in GRANT_KINDS.iter().enumerate() {
            assert_eq!((row.kind as usize, row.kind.key()), (place, row.key));
        }
        for row in GRANT_KINDS.iter().filter(|row| row.flag.is_some()) {
            assert_eq!(GrantKind::of_word(row.word), Some(row.kind));
        }
        assert_eq!(GrantKind::of_word("network"), None);
    }
}
