//! Days of the history as counts: they outlive the entries that they are counted from.

use std::io;
use std::path::Path;

use super::checksummed::ChecksummedForm;
use super::error::StoreError;
use super::load::{Trust, look};
use roundsman_verdict::history::Days;

/// The name of the file in the state directory.
pub const FILE: &str = "days";
/// First line of the file.
pub const FORM: ChecksummedForm = ChecksummedForm { kind: "days", schema: 1 };

/// Reads the days, without a lock. `None` where there are none yet, or where the file is damaged: they are counted anew from the
/// entries that are kept.
///
/// # Errors
/// The file cannot be read.
pub fn read(directory: &Path) -> Result<Option<Days>, StoreError> {
    let path = directory.join(FILE);
    match look(&path, FORM, Trust::Directory) {
        Ok(found) => Ok(found.ok().map(|opened| opened.value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::Io { path, error }),
    }
}
