//! One of the two files as it is found: whole, or damaged and to be set aside.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::checksummed::{self, ChecksummedForm, Opened};

/// Rule for the owner of a state file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Root's or the acting user's, and writable by nobody else.
    Ours,
    /// Whoever's: the reader trusts the directory, and grants nothing by what it reads.
    Directory,
}

/// Returns the value in a file and the file's first line, or in words why it is damaged.
pub(super) fn look<T: DeserializeOwned>(
    path: &Path,
    form: ChecksummedForm,
    trust: Trust,
) -> io::Result<Result<Opened<T>, String>> {
    let file = match opened(path, trust)? {
        Ok(file) => file,
        Err(reason) => return Ok(Err(reason)),
    };
    checksummed::read(form, file)
}

/// Opens a file, or says why it is not to be believed. What is no regular file was put there by somebody, and is not
/// followed; a pipe does not block.
pub(super) fn opened(path: &Path, trust: Trust) -> io::Result<Result<File, String>> {
    let mut options = OpenOptions::new();
    let file = match options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path) {
        // ELOOP of a link, ENXIO of a socket.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ELOOP | libc::ENXIO)) => {
            return Ok(Err("it is no regular file".to_owned()));
        }
        opened => opened?,
    };
    let stat = file.metadata()?;
    let uid = rustix::process::geteuid().as_raw();
    if !stat.is_file() {
        return Ok(Err("it is no regular file".to_owned()));
    }
    if trust == Trust::Ours && ![0, uid].contains(&stat.uid()) {
        return Ok(Err(format!("it belongs to uid {}", stat.uid())));
    }
    if trust == Trust::Ours && stat.mode() & 0o022 != 0 {
        return Ok(Err(format!("others may write it (mode {:04o})", stat.mode() & 0o7777)));
    }
    Ok(Ok(file))
}

/// Returns the path that a damaged file is moved to.
pub(super) fn corrupt(path: &Path) -> PathBuf {
    path.with_extension("corrupt")
}

/// Renames what is damaged, whatever it is; what was set aside before goes, unless it is a directory with something in it.
pub(super) fn set_aside(path: &Path) -> io::Result<()> {
    let aside = corrupt(path);
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => std::fs::remove_dir(&aside)?,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::rename(path, aside)
}
