//! The log: one line for each outcome, appended with one write.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Appends lines, each with its newline. The file is made with mode 0640 where it is missing; its directory is not.
///
/// # Errors
/// The file cannot be opened or written; some of the lines may be there.
pub fn append(path: &Path, lines: &[String]) -> io::Result<()> {
    let mut file = open(path)?;
    for line in lines {
        // One write a line: those of two rounds at once do not mix.
        if file.write(line.as_bytes())? < line.len() {
            return Err(io::ErrorKind::WriteZero.into());
        }
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // A pipe or a device that somebody put there must not block a round.
    options.append(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = options.create(true).mode(0o640).open(path)?;
            // Our umask leaves the group nothing.
            file.set_permissions(Permissions::from_mode(0o640))?;
            Ok(file)
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_and_a_full_disk_is_an_error() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("log");
        append(&path, &["one\n".to_owned()]).expect("written");
        append(&path, &["two\n".to_owned(), "three\n".to_owned()]).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("content"), "one\ntwo\nthree\n");
        assert!(append(Path::new("/dev/full"), &["lost\n".to_owned()]).is_err());
    }
}
