//! Rounds that run commands and have not ended: a file for each, so that the next one knows of one that was killed.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use roundsman_grants::escape;
use roundsman_os::process::{running, starved};

/// The directory of the files, in the state directory.
const DIRECTORY: &str = "begun";

/// This round has begun; the file is gone when it has ended.
#[derive(Debug)]
pub struct RunMarker(PathBuf);

impl RunMarker {
    /// Notes it. The file is empty and is called `PID.START`.
    ///
    /// # Errors
    /// It cannot be made; without `/proc`, that.
    pub fn note(state: &Path) -> io::Result<Self> {
        let directory = state.join(DIRECTORY);
        let pid = std::process::id();
        let start = running::start(pid).ok_or_else(|| io::Error::other("/proc does not show this process"))?;
        let path = directory.join(format!("{pid}.{start}"));
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("{}: {}", escape::path(&path), starved::shown(&error)))
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(named)?;
        fs::File::create(&path).map_err(named)?;
        Ok(Self(path))
    }
}

impl Drop for RunMarker {
    fn drop(&mut self) {
        // If it cannot be removed, that costs the next round a look at the processes of the host.
        let _ = fs::remove_file(&self.0);
    }
}

/// Returns the files of rounds that were killed. To be removed by who has cleaned up after them.
#[must_use]
pub fn broken_off(state: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(state.join(DIRECTORY)) else { return Vec::new() };
    let lives = |name: &str| {
        let (pid, start) = name.split_once('.')?;
        Some(running::start(pid.parse().ok()?)? == start.parse::<u64>().ok()?)
    };
    let broken =
        entries.filter_map(Result::ok).filter(|entry| lives(&entry.file_name().to_string_lossy()) != Some(true));
    broken.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_that_were_killed_are_broken_off() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(broken_off(state.path()), Vec::<PathBuf>::new());
        let begun = RunMarker::note(state.path()).unwrap();
        assert_eq!(broken_off(state.path()), Vec::<PathBuf>::new());
        let killed = [format!("{}.1", std::process::id()), "4194303.5".to_owned(), "no-pid".to_owned()];
        let mut killed = killed.map(|name| state.path().join(DIRECTORY).join(name));
        killed.iter().for_each(|path| fs::write(path, "").unwrap());
        let mut found = broken_off(state.path());
        found.sort();
        killed.sort();
        assert_eq!(found, killed);
        drop(begun);
        assert_eq!(fs::read_dir(state.path().join(DIRECTORY)).unwrap().count(), 3);
    }
}
