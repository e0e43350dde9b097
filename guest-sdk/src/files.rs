//! Reading, and only reading, of what the operator granted. Paths are absolute, without `.`, `..` or empty parts;
//! patterns are globs by segment with `*`, `?` and `[a-z]`, where `*` crosses no `/`.

use crate::bindings::roundsman::check::files as wit;
use crate::host::{Current, Host};
use crate::{Error, Reason};

pub use wit::{FileKind, Grants, Metadata, Mount, Piece, Space};

/// Something that a pattern matched: its path, and what came of it.
pub type Found<T> = (String, Result<T, Error>);

/// The whole content of a regular file; over `limits.file` an error, never a cut text.
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    Current::read(path).map_err(|error| Error::host(path, error))
}

/// As [`read`], for a file of UTF-8 text; other bytes are an error with their place, never replaced.
pub fn read_text(path: &str) -> Result<String, Error> {
    text(path, read(path)?)
}

/// At most `max` bytes from `offset`, and which file they are from; fewer only at the end of the file.
pub fn read_at(path: &str, offset: u64, max: u64) -> Result<Piece, Error> {
    Current::read_at(path, offset, max).map_err(|error| Error::host(path, error))
}

/// Every granted regular file that the pattern matches, sorted by path: many small files in one call.
pub fn read_glob(pattern: &str) -> Result<Vec<Found<Vec<u8>>>, Error> {
    let all = Current::read_glob(pattern).map_err(|error| Error::host(pattern, error))?;
    let named = |it: wit::Content| {
        let data = it.data.map_err(|error| Error::host(&it.path, error));
        (it.path, data)
    };
    Ok(all.into_iter().map(named).collect())
}

/// As [`read_glob`], for files of UTF-8 text.
pub fn read_glob_text(pattern: &str) -> Result<Vec<Found<String>>, Error> {
    let typed = |(path, data): Found<Vec<u8>>| {
        let data = data.and_then(|data| text(&path, data));
        (path, data)
    };
    Ok(read_glob(pattern)?.into_iter().map(typed).collect())
}

/// Metadata of a path; a symbolic link is not followed at the end.
pub fn stat(path: &str) -> Result<Metadata, Error> {
    Current::stat(path).map_err(|error| Error::host(path, error))
}

/// Metadata of everything granted that the pattern matches, sorted by path.
pub fn stat_glob(pattern: &str) -> Result<Vec<Found<Metadata>>, Error> {
    let all = Current::stat_glob(pattern).map_err(|error| Error::host(pattern, error))?;
    let named = |it: wit::Entry| {
        let metadata = it.metadata.map_err(|error| Error::host(&it.path, error));
        (it.path, metadata)
    };
    Ok(all.into_iter().map(named).collect())
}

/// Size and inodes of the file system mounted at `path`; sizes in bytes.
pub fn usage(path: &str) -> Result<Space, Error> {
    Current::usage(path).map_err(|error| Error::host(path, error))
}

/// The mounted file systems in the kernel's order, those only that a grant names.
pub fn mounts() -> Result<Vec<Mount>, Error> {
    Current::mounts().map_err(|error| Error::host("the mounted file systems", error))
}

/// What the operator granted, as written.
pub fn granted() -> Grants {
    Current::granted_files()
}

fn text(on: &str, data: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(data).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Error { on: on.to_owned(), reason: Reason::NotText { offset } }
    })
}
