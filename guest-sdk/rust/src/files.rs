//! Reading, and only reading, of what the operator granted. Paths are absolute, without `.`, `..` or empty parts;
//! patterns are globs by segment with `*`, `?` and `[a-z]`, where `*` crosses no `/`.
//!
//! ```
//! use roundsman_sdk::fake::Fake;
//! use roundsman_sdk::files::{self, FileKind};
//!
//! let host = Fake::new();
//! host.file("/var/spool/q/1", "first").file("/var/spool/q/2", b"\xff").grant_files(&["/var/spool/q/*"]);
//! host.with(|| {
//!     assert_eq!(files::read("/var/spool/q/2").unwrap(), b"\xff");
//!     assert_eq!(files::read_text("/var/spool/q/1").unwrap(), "first");
//!     assert_eq!(files::read_text("/var/spool/q/2").unwrap_err().to_string(), "/var/spool/q/2: not UTF-8 text from byte 0 on");
//!     assert_eq!(files::read_at("/var/spool/q/1", 1, 3).unwrap().data, b"irs");
//!
//!     // What cannot be read hides nothing else that the pattern matched.
//!     assert_eq!(files::read_glob("/var/spool/q/*").unwrap().len(), 2);
//!     let texts: Vec<files::Found<String>> = files::read_glob_text("/var/spool/q/*").unwrap();
//!     assert!(texts[0].1.is_ok() && texts[1].1.is_err());
//!
//!     assert_eq!(files::stat("/var/spool/q/1").unwrap().kind, FileKind::Regular);
//!     assert_eq!(files::stat_followed("/var/spool/q/1").unwrap().size, 5);
//!     assert_eq!(files::stat_glob("/var/spool/q/*").unwrap().len(), 2);
//!     assert!(files::read("/etc/passwd").unwrap_err().is_denied());
//!
//!     // No file system is mounted on this host of a test.
//!     assert!(files::mounts().unwrap().is_empty() && files::usage("/").unwrap_err().is_not_found());
//!     assert!(files::usages(&["/"]).unwrap()[0].1.is_err());
//!
//!     assert_eq!(files::granted().files, ["/var/spool/q/*"]);
//!     assert!(files::is_granted("/var/spool/q/*"));
//! });
//! ```

use crate::bindings::roundsman::check::files as wit;
use crate::host::{Current, Host};
use crate::{Error, HostError, Reason};

pub use wit::{FileKind, Grants, Metadata, Mount, Piece, Space};

/// Something that a pattern matched: its path, and what came of it.
pub type Found<T> = (String, Result<T, Error>);

/// Returns the whole content of a regular file; over `limits.file` an error, never a cut text.
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    Current::read(path).map_err(|error| Error::host(path, error))
}

/// Works as [`read`], for a file of UTF-8 text; other bytes are an error with their place, never replaced.
pub fn read_text(path: &str) -> Result<String, Error> {
    text(path, read(path)?)
}

/// Returns at most `max` bytes from `offset`, and which file they are from; fewer only at the end of the file.
pub fn read_at(path: &str, offset: u64, max: u64) -> Result<Piece, Error> {
    Current::read_at(path, offset, max).map_err(|error| Error::host(path, error))
}

/// Returns every granted regular file that the pattern matches, sorted by path: many small files in one call.
pub fn read_glob(pattern: &str) -> Result<Vec<Found<Vec<u8>>>, Error> {
    let all = Current::read_glob(pattern).map_err(|error| Error::host(pattern, error))?;
    let named = |it: wit::Content| {
        let data = it.data.map_err(|error| Error::host(&it.path, error));
        (it.path, data)
    };
    Ok(all.into_iter().map(named).collect())
}

/// Works as [`read_glob`], for files of UTF-8 text.
pub fn read_glob_text(pattern: &str) -> Result<Vec<Found<String>>, Error> {
    let typed = |(path, data): Found<Vec<u8>>| {
        let data = data.and_then(|data| text(&path, data));
        (path, data)
    };
    Ok(read_glob(pattern)?.into_iter().map(typed).collect())
}

/// Returns metadata of a path; a symbolic link is not followed at the end.
pub fn stat(path: &str) -> Result<Metadata, Error> {
    Current::stat(path).map_err(|error| Error::host(path, error))
}

/// Links that are followed one after the other before it is taken for a loop.
const LINKS: usize = 8;

/// Returns metadata of what a path leads to in the end; each link on the way must be granted, and so must the end.
pub fn stat_followed(path: &str) -> Result<Metadata, Error> {
    let mut at = path.to_owned();
    for _ in 0..LINKS {
        let metadata = stat(&at)?;
        match &metadata.link_target {
            Some(target) if metadata.kind == FileKind::Symlink => at = led_to(&at, target),
            _ => return Ok(metadata),
        }
    }
    Err(Error::host(path, HostError::Io("ELOOP".into())))
}

/// Where a link at `path` leads, in the form that the host takes.
fn led_to(path: &str, target: &str) -> String {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let whole = if target.starts_with('/') { target.to_owned() } else { format!("{directory}/{target}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Returns metadata of everything granted that the pattern matches, sorted by path.
pub fn stat_glob(pattern: &str) -> Result<Vec<Found<Metadata>>, Error> {
    let all = Current::stat_glob(pattern).map_err(|error| Error::host(pattern, error))?;
    let named = |it: wit::Entry| {
        let metadata = it.metadata.map_err(|error| Error::host(&it.path, error));
        (it.path, metadata)
    };
    Ok(all.into_iter().map(named).collect())
}

/// Returns size and inodes of the file system mounted at `path`; sizes in bytes.
pub fn usage(path: &str) -> Result<Space, Error> {
    Current::usage(path).map_err(|error| Error::host(path, error))
}

/// Works as [`usage`], of many in one call and in their order: those that do not answer cost the time of one together, and one
/// that cannot be looked at hides no other.
pub fn usages<S: AsRef<str>>(paths: &[S]) -> Result<Vec<Found<Space>>, Error> {
    let paths: Vec<String> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let all = Current::usages(&paths).map_err(|error| Error::host("the mounted file systems", error))?;
    let named = |it: wit::Used| {
        let space = it.space.map_err(|error| Error::host(&it.path, error));
        (it.path, space)
    };
    Ok(all.into_iter().map(named).collect())
}

/// Returns the mounted file systems in the kernel's order, those only that a grant names.
pub fn mounts() -> Result<Vec<Mount>, Error> {
    Current::mounts().map_err(|error| Error::host("the mounted file systems", error))
}

/// Returns what the operator granted, as written.
pub fn granted() -> Grants {
    Current::granted_files()
}

/// Tells whether the operator granted this pattern of files, as written: what a check can do without is asked for only then.
pub fn is_granted(pattern: &str) -> bool {
    granted().files.iter().any(|it| it == pattern)
}

fn text(on: &str, data: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(data).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Error { on: on.to_owned(), reason: Reason::NotText { offset } }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    fn link(host: &Fake, path: &str, target: &str) {
        let inode = 7;
        let (kind, link_target) = (FileKind::Symlink, Some(target.to_owned()));
        let (size, modified, device, owner, group, mode) = (1, 0, 1, 0, 0, 0o777);
        host.metadata(
            path,
            Metadata { kind, size, modified, device, inode, owner, group, mode, link_target, extra: Vec::new() },
        );
    }

    #[test]
    fn links_are_followed_to_their_end() {
        let host = Fake::new();
        host.file("/data/x/real", "12345");
        link(&host, "/a/link", "../data/./y");
        link(&host, "/data/y", "/data/x/real");
        link(&host, "/loop", "loop");
        host.with(|| {
            assert_eq!(stat("/a/link").unwrap().size, 1);
            assert_eq!(stat_followed("/a/link").unwrap().size, 5);
            assert_eq!(stat_followed("/loop").unwrap_err().to_string(), "/loop: ELOOP");
        });
    }

    #[test]
    fn text_that_is_none_is_an_error_with_its_place() {
        let host = Fake::new();
        host.file("/l/good", "a").file("/l/bad", b"ab\xff");
        host.with(|| {
            let error = read_text("/l/bad").unwrap_err();
            assert_eq!(error.to_string(), "/l/bad: not UTF-8 text from byte 2 on");
            let all = read_glob_text("/l/*").unwrap();
            assert_eq!(all[0], ("/l/bad".into(), Err(error)));
            assert_eq!(all[1], ("/l/good".into(), Ok("a".into())));
        });
    }
}
