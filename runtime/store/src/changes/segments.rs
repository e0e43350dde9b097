//! The files of the history.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::load::{Trust, opened};

/// The name of the file to which is appended, in the state directory. A closed one has the number of its first entry behind
/// it: `changes.4711`.
pub const FILE: &str = "changes";

/// One of the files.
pub struct Segment {
    pub path: PathBuf,
    /// The number of its first entry; `None` of the one to which is appended.
    pub first: Option<u64>,
}

/// Lists the closed files, oldest first.
pub(crate) fn closed(directory: &Path) -> io::Result<Vec<Segment>> {
    let mut closed = Vec::new();
    let entries = match directory.read_dir() {
        // No round has ended yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(closed),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(FILE)?.strip_prefix('.')?.parse().ok());
        closed.extend(number.map(|first: u64| Segment { path: directory.join(&name), first: Some(first) }));
    }
    closed.sort_by_key(|segment| segment.first);
    Ok(closed)
}

/// Most bytes that the newest file may have beyond what its mark says: what a round notes that is then killed
/// is far less.
const MOST_SINCE: u64 = 1 << 30;

/// Opens the file to which is appended, which had so many bytes when the state was written; in words why it is not to be
/// believed.
pub fn active(directory: &Path, length: u64) -> io::Result<Result<File, String>> {
    let file = match opened(&directory.join(FILE), Trust::Ours)? {
        Ok(file) => file,
        Err(reason) => return Ok(Err(reason)),
    };
    let more = file.metadata()?.len().saturating_sub(length);
    if more > MOST_SINCE {
        return Ok(Err(format!("{more} bytes were added since a round wrote there")));
    }
    Ok(Ok(file))
}

/// Opens one to read; `None` where there is none, or something that is no file of ours.
pub fn open(path: &Path, trust: Trust) -> io::Result<Option<File>> {
    match opened(path, trust) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => Ok(opened?.ok()),
    }
}

/// Removes the oldest of the closed files, as long as all have more bytes than that.
pub(crate) fn trim(directory: &Path, most: u64) -> io::Result<()> {
    let length = |path: &Path| path.symlink_metadata().map_or(0, |stat| stat.len());
    let closed = closed(directory)?;
    let mut all = length(&directory.join(FILE)) + closed.iter().map(|segment| length(&segment.path)).sum::<u64>();
    for segment in closed {
        if all <= most {
            break;
        }
        all -= length(&segment.path);
        std::fs::remove_file(&segment.path)?;
    }
    Ok(())
}
