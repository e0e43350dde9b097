//! Cursors of receivers, each in a file that nobody else reads: written after each answer, so that nothing is lost with a process.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::checksummed::{self, ChecksummedForm};
use super::error::StoreError;
use super::load::{Trust, look, set_aside};
use roundsman_os::replace::{Readers, replace};
use roundsman_verdict::delivery::cursor::Cursor;

/// The name of the file in the state directory.
const FILE: &str = "deliveries";
/// Form that the first line names.
const FORM: ChecksummedForm = ChecksummedForm { kind: "deliveries", schema: 1 };

/// The cursors by the names of their outputs.
pub type Cursors = BTreeMap<String, Cursor>;

/// Reads the cursors. None are there before the first delivery, or where the file is damaged, which is set aside: each
/// receiver is then told in one message what is bad.
///
/// # Errors
/// The file is there and cannot be read.
pub fn read(directory: &Path) -> Result<Cursors, StoreError> {
    let path = directory.join(FILE);
    match look(&path, FORM, Trust::Ours) {
        Ok(Ok(opened)) => Ok(opened.value),
        Ok(Err(_)) => set_aside(&path).map(|()| Cursors::new()).map_err(|error| StoreError::Io { path, error }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Cursors::new()),
        Err(error) => Err(StoreError::Io { path, error }),
    }
}

/// Writes the cursors, whole.
///
/// # Errors
/// The file is as it was.
pub fn write(directory: &Path, cursors: &Cursors) -> Result<(), StoreError> {
    let path = directory.join(FILE);
    let content = checksummed::seal(FORM, cursors);
    content.and_then(|content| replace(&path, &content, Readers::Owner)).map_err(|error| StoreError::Io { path, error })
}

/// Removes the file, and tells whether one was there.
///
/// # Errors
/// It is there still.
pub fn remove(directory: &Path) -> Result<bool, StoreError> {
    let path = directory.join(FILE);
    match std::fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::Io { path, error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_is_damaged_is_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read(directory.path()).unwrap(), Cursors::new());
        let cursors = Cursors::from([("chat".to_owned(), Cursor { failures: 2, ..Cursor::default() })]);
        write(directory.path(), &cursors).unwrap();
        assert_eq!(read(directory.path()).unwrap(), cursors);
        std::fs::write(directory.path().join(FILE), "roundsman deliveries 1 nonsense\n{}").unwrap();
        assert_eq!(read(directory.path()).unwrap(), Cursors::new());
        assert!(directory.path().join("deliveries.corrupt").exists());
    }
}
