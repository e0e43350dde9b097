//! The results: the last outcome of every check, in the file that `status` and the outputs read, open to the group `roundsman`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checksummed::ChecksummedForm;
use super::error::StoreError;
use super::load::{Trust, look};
use roundsman_verdict::check_status::CheckStatus;

/// The name of the file in the state directory.
pub const FILE: &str = "results";
/// First line of the file.
pub const FORM: ChecksummedForm = ChecksummedForm { kind: "results", schema: 1 };

/// State of every configured check as of the last round, and of the reserved check `roundsman`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// When a round last wrote it.
    pub written: Option<Timestamp>,
    pub checks: BTreeMap<String, CheckStatus>,
}

/// Reads the results, without a lock and without making anything. `None` if no round has written yet.
///
/// # Errors
/// The file cannot be read, or is damaged.
pub fn read(directory: &Path) -> Result<Option<Results>, StoreError> {
    let path = directory.join(FILE);
    match look(&path, FORM, Trust::Directory) {
        Ok(Ok(opened)) => Ok(Some(opened.value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Ok(Err(reason)) => Err(StoreError::Io { path, error: io::Error::other(format!("it is damaged: {reason}")) }),
        Err(error) => Err(StoreError::Io { path, error }),
    }
}
