//! Recordings of runs after which a check was not OK: the last few of each check, and so much of all.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// The directory, in the state directory; below it one for each check.
const DIRECTORY: &str = "recordings";
/// Recordings of one check.
const OF_ONE: usize = 3;
/// Bytes of all.
const OF_ALL: u64 = 64 << 20;
/// The end of the name of one that is not whole yet.
const UNFINISHED: &str = ".tmp";

/// Keeps a recording, and removes the oldest beyond `OF_ONE` and `OF_ALL`. The caller holds the lock of the check. It is not
/// synced: after a crash of the host it may be missing, or not be read again, and nothing else depends on it.
///
/// # Errors
/// It could not be written; those that were there still are.
pub fn keep(state: &Path, check: &str, at: Timestamp, content: &[u8]) -> io::Result<()> {
    let (all, directory) = (state.join(DIRECTORY), state.join(DIRECTORY).join(check));
    DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    let path = directory.join(format!("{at:.3}.json"));
    let unfinished = directory.join(format!("{at:.3}.json{UNFINISHED}"));
    // One that was killed leaves its beginning: nobody else writes here now.
    listed(&directory)?.into_iter().filter(|kept| !kept.is_whole).for_each(|kept| kept.remove());
    let written = write(&unfinished, content).and_then(|()| fs::rename(&unfinished, &path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    let own = listed(&directory)?;
    own.iter().rev().skip(OF_ONE).for_each(RecordingFile::remove);
    bound(&all, &path)
}

/// Removes the oldest of all until the rest is small enough; not the one that was just written.
fn bound(all: &Path, newest: &Path) -> io::Result<()> {
    let mut kept = Vec::new();
    for directory in fs::read_dir(all)? {
        kept.extend(listed(&directory?.path())?);
    }
    kept.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
    let mut bytes: u64 = kept.iter().map(|kept| kept.bytes).sum();
    for oldest in kept.iter().filter(|kept| kept.path != newest) {
        if bytes <= OF_ALL {
            break;
        }
        oldest.remove();
        bytes -= oldest.bytes;
    }
    Ok(())
}

/// One file of a check.
struct RecordingFile {
    path: PathBuf,
    bytes: u64,
    is_whole: bool,
}

impl RecordingFile {
    fn remove(&self) {
        // Another round may have; what cannot be removed is looked at again with the next one.
        let _ = fs::remove_file(&self.path);
    }
}

/// Returns the files of a check, the oldest first: their names are times. A directory that is gone has none.
fn listed(directory: &Path) -> io::Result<Vec<RecordingFile>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        // What somebody else put there is none.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry?;
        let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
        let is_whole = !entry.file_name().as_encoded_bytes().ends_with(UNFINISHED.as_bytes());
        all.push(RecordingFile { path: entry.path(), bytes, is_whole });
    }
    all.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(all)
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    File::options().write(true).create_new(true).mode(0o600).open(path)?.write_all(content)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_796_000_000 + second).unwrap()
    }

    fn names(state: &Path, check: &str) -> Vec<String> {
        let all = listed(&state.join(DIRECTORY).join(check)).unwrap();
        all.iter().map(|kept| kept.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_last_three_of_a_check_are_kept_for_their_owner() {
        let state = tempfile::tempdir().unwrap();
        for second in 0..5 {
            keep(state.path(), "disk", at(second), b"run").unwrap();
        }
        let expected: Vec<String> = (2..5).map(|second| format!("{:.3}.json", at(second))).collect();
        assert_eq!(names(state.path(), "disk"), expected);
        let newest = state.path().join(DIRECTORY).join("disk").join(&expected[2]);
        assert_eq!(fs::metadata(&newest).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(fs::metadata(newest.parent().unwrap()).unwrap().permissions().mode() & 0o7777, 0o700);
    }

    #[test]
    fn the_oldest_of_all_make_room_and_the_newest_stays() {
        let state = tempfile::tempdir().unwrap();
        let large = vec![0; 30 << 20];
        for (second, check) in (0..).zip(["a", "b", "c"]) {
            keep(state.path(), check, at(second), &large).unwrap();
        }
        assert_eq!(["a", "b", "c"].map(|check| names(state.path(), check).len()), [0, 1, 1]);
        keep(state.path(), "d", at(9), &vec![0; 70 << 20]).unwrap();
        assert_eq!(["b", "c", "d"].map(|check| names(state.path(), check).len()), [0, 0, 1]);
    }

    #[test]
    fn the_beginning_that_a_kill_left_goes_with_the_next() {
        let state = tempfile::tempdir().unwrap();
        let directory = state.path().join(DIRECTORY).join("disk");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("{:.3}.json{UNFINISHED}", at(0))), b"ru").unwrap();
        keep(state.path(), "disk", at(1), b"run").unwrap();
        assert_eq!(names(state.path(), "disk"), [format!("{:.3}.json", at(1))]);
    }
}
