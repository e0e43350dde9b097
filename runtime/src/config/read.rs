//! The bytes of a configuration file, bounded, from where nobody else can write.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::safe_path::{self, Rule, SafePathError, shown};

/// Largest configuration file. A thousand checks written out at length take half of it, and parsing takes some twenty
/// times the size in memory.
const LARGEST_FILE: u64 = 1 << 20;

/// Why a file gave no text.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Path(#[from] SafePathError),
    #[error("{} cannot be read: {source}", shown(file))]
    Io { file: PathBuf, source: io::Error },
    #[error(
        "{} is larger than {} KiB, the most that a configuration file may have: is it one?",
        shown(.0),
        LARGEST_FILE >> 10
    )]
    TooLarge(PathBuf),
    #[error("{} is not UTF-8 in line {line}: save it as UTF-8 without other encodings in it", shown(file))]
    NotUtf8 { file: PathBuf, line: usize },
}

/// Reads a file's text.
///
/// # Errors
/// [`ReadError`] says which file, what is wrong, and the command that mends it where there is one.
pub fn text(file: &Path, rule: Rule) -> Result<String, ReadError> {
    let opened = safe_path::find(file, rule)?.open()?;
    let mut bytes = Vec::new();
    opened
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| ReadError::Io { file: file.to_owned(), source })?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(ReadError::TooLarge(file.to_owned()));
    }
    String::from_utf8(bytes).map_err(|e| {
        let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        ReadError::NotUtf8 { file: file.to_owned(), line }
    })
}
