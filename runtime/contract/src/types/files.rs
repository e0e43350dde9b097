use serde::{Deserialize, Serialize};

use super::{Error, Extra};

/// A part of a file, and which file it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    pub data: Vec<u8>,
    pub device: u64,
    pub inode: u64,
    /// Of the whole file, in bytes, when it was read.
    pub size: u64,
}

/// One file that a pattern matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub path: String,
    pub data: Result<Vec<u8>, Error>,
}

/// The kind of thing that a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    Regular,
    Directory,
    Symlink,
    Fifo,
    Socket,
    BlockDevice,
    CharacterDevice,
    Other,
}

/// Facts that `stat` tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    pub kind: FileKind,
    /// In bytes.
    pub size: u64,
    /// Nanoseconds since 1970 UTC.
    pub modified: i64,
    pub device: u64,
    pub inode: u64,
    pub owner: u32,
    pub group: u32,
    /// The permission bits.
    pub mode: u32,
    /// Where a symbolic link points.
    pub link_target: Option<String>,
    pub extra: Extra,
}

/// One thing that a pattern matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    pub path: String,
    pub metadata: Result<Metadata, Error>,
}

/// Room of a file system; sizes in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Space {
    pub bytes_total: u64,
    pub bytes_free: u64,
    /// Free for users other than root.
    pub bytes_available: u64,
    /// Zero where the file system has no fixed number of inodes.
    pub inodes_total: u64,
    pub inodes_free: u64,
    pub inodes_available: u64,
    /// Whether it cannot be written there, by the mount or by the file system itself.
    pub read_only: bool,
    pub extra: Extra,
}

/// Room at one of several paths that were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Used {
    pub path: String,
    pub space: Result<Space, Error>,
}

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mount {
    /// The device or server.
    pub source: String,
    pub path: String,
    /// Such as `ext4`.
    pub filesystem: String,
    /// The number of its device: what has the same one shares its space.
    pub device: u64,
    /// What of the file system is mounted there: `/`, or a directory in it.
    pub root: String,
    /// Whether the mount itself may not be written.
    pub read_only: bool,
    /// Whether the file system may not be written, wherever it is mounted.
    pub filesystem_read_only: bool,
    /// The options of the mount that are single words, as the kernel writes them.
    pub options: Vec<String>,
    /// The options of the file system that are single words.
    pub filesystem_options: Vec<String>,
    pub extra: Extra,
}

/// The patterns that the operator granted, as written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GrantedFiles {
    pub files: Vec<String>,
    pub metadata: Vec<String>,
    /// Mount points, or the one word `mounted`.
    pub filesystems: Vec<String>,
}
