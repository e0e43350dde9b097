//! Finds out if the acting user could keep something in a directory, without making anything.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use roundsman_os::process::errno;

/// Use of a directory to the acting user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usable {
    /// It is there, and can be written.
    Yes { owner: u32, mode: u32 },
    /// It can be written, and by others too: what is kept there could be forged.
    ByOthers { mode: u32 },
    /// It is not there; it can be made beneath this one.
    Below(PathBuf),
    /// It cannot be used, as this part of its path cannot: the name of the error.
    No { part: PathBuf, error: String },
}

/// Looks at a directory, or where it is missing at what is above it.
#[must_use]
pub fn usable(directory: &Path) -> Usable {
    let no = |part: &Path, error: Errno| Usable::No { part: part.to_owned(), error: errno::name(error) };
    for part in directory.ancestors() {
        let stat = match part.metadata() {
            Ok(stat) => stat,
            // A link that leads nowhere is in the way.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !part.is_symlink() => continue,
            Err(error) => return Usable::No { part: part.to_owned(), error: errno::name_of(&error) },
        };
        let (owner, mode) = (stat.uid(), stat.mode() & 0o7777);
        return match access(part, Access::WRITE_OK | Access::EXEC_OK) {
            _ if !stat.is_dir() => no(part, Errno::NOTDIR),
            Err(error) => no(part, error),
            Ok(()) if part != directory => Usable::Below(part.to_owned()),
            Ok(()) if mode & 0o002 != 0 => Usable::ByOthers { mode },
            Ok(()) => Usable::Yes { owner, mode },
        };
    }
    no(directory, Errno::NOENT)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_directory_that_is_there_and_one_that_can_be_made() {
        let above = tempfile::tempdir().expect("a directory");
        let owner = rustix::process::geteuid().as_raw();
        fs::set_permissions(above.path(), fs::Permissions::from_mode(0o750)).expect("a mode");
        assert_eq!(usable(above.path()), Usable::Yes { owner, mode: 0o750 });
        assert_eq!(usable(&above.path().join("a/b")), Usable::Below(above.path().to_owned()));
        assert!(!above.path().join("a").exists());
    }

    #[test]
    fn a_file_in_the_way_and_a_directory_that_all_may_write() {
        let above = tempfile::tempdir().expect("a directory");
        let file = above.path().join("file");
        fs::write(&file, "").expect("written");
        assert_eq!(usable(&file), Usable::No { part: file.clone(), error: "ENOTDIR".to_owned() });
        assert!(matches!(usable(&file.join("state")), Usable::No { error, .. } if error == "ENOTDIR"));
        let link = above.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).expect("a link");
        assert_eq!(usable(&link), Usable::No { part: link.clone(), error: "ENOENT".to_owned() });
        fs::set_permissions(above.path(), fs::Permissions::from_mode(0o777)).expect("a mode");
        assert_eq!(usable(above.path()), Usable::ByOthers { mode: 0o777 });
    }
}
