//! Things of another kind in the places of our files, and how to take them away.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::load::corrupt;
use roundsman_grants::escape;

/// Says what is where this file should be, or where it is written or set aside, with the command that removes it; empty where the
/// error comes from something else.
#[must_use]
pub(crate) fn in_the_way(path: &Path, error: &io::Error) -> String {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let places = match Errno::from_io_error(error) {
        Some(Errno::NOTEMPTY) => vec![corrupt(path)],
        _ => vec![path.to_owned(), PathBuf::from(temporary), corrupt(path)],
    };
    of_these(&places, error)
}

/// Works as [`in_the_way`]; any of these may be the place.
pub(crate) fn of_these(places: &[PathBuf], error: &io::Error) -> String {
    let is_of_kind = matches!(
        Errno::from_io_error(error),
        Some(Errno::ISDIR | Errno::NOTEMPTY | Errno::LOOP | Errno::EXIST | Errno::NXIO | Errno::NODEV)
    );
    let found = places.iter().filter(|_| is_of_kind).find_map(|place| {
        let kind = place.symlink_metadata().ok()?.file_type();
        (!kind.is_file()).then(|| described(place, kind))
    });
    found.unwrap_or_default()
}

/// Says what a file of ours is not, and how to remove it.
pub(crate) fn described(place: &Path, kind: FileType) -> String {
    let (what, remove) = match kind {
        _ if kind.is_dir() => ("a directory", "rm -r"),
        _ if kind.is_symlink() => ("a symbolic link", "rm"),
        _ if kind.is_fifo() => ("a pipe", "rm"),
        _ if kind.is_socket() => ("a socket", "rm"),
        _ => ("a device", "rm"),
    };
    let place = escape::path(place);
    format!("; {place} is {what}, where a file of ours should be: {remove} {place}")
}
