//! Replaces a file by a new one, whole: after any crash there is the old content or the new.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Who besides the owner may read the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Nobody: 0600.
    Owner,
    /// A group, by number: 0640.
    Group(u32),
}

/// Writes `content` beside `path` under one fixed name, makes it durable, and renames it. The caller holds the lock that
/// keeps others from doing the same.
///
/// # Errors
/// Any step failed; then `path` is as it was.
pub fn replace(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let written = write(temporary.as_ref(), content, readers).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&temporary);
    }
    written?;
    // The rename is durable once the directory is.
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

fn write(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // What a crash left there goes; what somebody else puts there meanwhile is an error.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    options.write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    let mut file = options.open(path)?;
    if let Readers::Group(group) = readers {
        std::os::unix::fs::fchown(&file, None, Some(group))?;
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o640))?;
    }
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_new_content_has_the_mode_and_leaves_no_litter() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("state");
        for content in ["one", "two"] {
            replace(&path, content.as_bytes(), Readers::Owner).expect("replaced");
            assert_eq!(std::fs::read_to_string(&path).expect("content"), content);
        }
        assert_eq!(path.metadata().expect("metadata").permissions().mode() & 0o777, 0o600);
        let own = rustix::process::getegid().as_raw();
        replace(&path, b"three", Readers::Group(own)).expect("replaced");
        assert_eq!(path.metadata().expect("metadata").permissions().mode() & 0o777, 0o640);
        assert_eq!(directory.path().read_dir().expect("a listing").count(), 1);
    }

    #[test]
    fn a_planted_link_is_removed_and_not_followed() {
        let directory = tempfile::tempdir().expect("a directory");
        let victim = directory.path().join("victim");
        std::fs::write(&victim, "untouched").expect("written");
        std::os::unix::fs::symlink(&victim, directory.path().join("state.tmp")).expect("planted");
        replace(&directory.path().join("state"), b"new", Readers::Owner).expect("replaced");
        assert_eq!(std::fs::read_to_string(&victim).expect("content"), "untouched");
    }
}
