//! The content of a file that a program gets and nobody else sees: read when the program is started, kept nowhere.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::process::errno;
use crate::safe_path::{OwnerRule, SafePathError, find};
use roundsman_grants::escape;

/// Largest secret in bytes: keys and passwords are far below.
const LARGEST: u64 = 64 << 10;

/// Reason why a secret is not read. No text holds anything of its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("a secret must not be writable by others: {0}")]
    Path(#[from] SafePathError),
    #[error("the secret {path} can be read by others (mode {mode:04o}): chmod 600 {path}", path = escape::path(.path))]
    Readable { path: PathBuf, mode: u32 },
    #[error("the secret {} is larger than {LARGEST} bytes", escape::path(.0))]
    TooLarge(PathBuf),
    #[error("the secret {}: {}", escape::path(path), errno::name_of(source))]
    Read { path: PathBuf, source: io::Error },
}

/// Reads a secret. It belongs to root or to `uid`, who runs the program; neither group nor others have any access, and
/// none but those two can put another in its place.
pub fn read_secret(path: &Path, uid: u32) -> Result<Vec<u8>, SecretError> {
    let found = find(path, OwnerRule::OwnedBy(uid))?;
    let mode = found.stat().st_mode & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Readable { path: path.to_owned(), mode });
    }
    let mut secret = Vec::new();
    // One byte more than is allowed tells whether there is more.
    let read = found.open()?.take(LARGEST + 1).read_to_end(&mut secret);
    read.map_err(|source| SecretError::Read { path: path.to_owned(), source })?;
    if secret.len() as u64 > LARGEST {
        return Err(SecretError::TooLarge(path.to_owned()));
    }
    Ok(secret)
}
