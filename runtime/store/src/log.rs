//! The log: one line for each outcome, appended with one write.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::Path;

use super::state::group;
use roundsman_grants::escape;
use roundsman_os::process::starved;
use roundsman_os::safe_path::{self, OwnerRule};

/// Appends lines, each with its newline. The file is made with mode 0640 where it is missing; its directory is not. The
/// caller holds the lock of the state, so that nobody else appends meanwhile.
///
/// # Errors
/// The file is not ours to write, cannot be opened or written; some of the lines may be there, each whole.
pub fn append(path: &Path, lines: &[String]) -> io::Result<()> {
    // Also where there is nothing to say: a log that cannot be written is a fault until it can be.
    let mut file = open(path)?;
    for line in lines {
        let line = escape::page(line);
        // One write a line: those of two programs at once do not mix.
        let written = match file.write(line.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => file.write(line.as_bytes())?,
            written => written?,
        };
        if written < line.len() {
            take_back(&file, written);
            return Err(io::Error::other("no room for a whole line: the disk is full, or a quota or limit is reached"));
        }
    }
    Ok(())
}

/// Says why the log at `path` could not be written, and what to do.
#[must_use]
pub fn told(path: &Path, error: &io::Error) -> String {
    let shown = escape::path(path);
    if let Some(thing) = other_than_a_file(path) {
        return format!("{shown}: {thing}: {error}; set `log.file` to a plain file");
    }
    let mend = match (error.kind(), path.parent()) {
        (io::ErrorKind::NotFound, Some(directory)) if !directory.exists() => {
            format!("its directory is not made for it: mkdir -p {}", escape::path(directory))
        }
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => "make room there".to_owned(),
        _ => format!("set `log.file` to a file that can be written{}", starved::cause(error)),
    };
    format!("{shown}: {error}; {mend}")
}

/// Says of something that is no plain file and no device what it is: lines that are written there stay nowhere.
#[must_use]
pub fn other_than_a_file(path: &Path) -> Option<&'static str> {
    let kind = path.metadata().ok()?.file_type();
    [
        (kind.is_dir(), "it is a directory"),
        (kind.is_fifo(), "it is a pipe, which takes lines only while somebody reads it"),
        (kind.is_socket(), "it is a socket"),
    ]
    .into_iter()
    .find_map(|(is, what)| is.then_some(what))
}

/// Half a line would hold the next one too. What is no regular file keeps it.
fn take_back(file: &File, written: usize) {
    if let Ok(stat) = file.metadata()
        && stat.is_file()
    {
        // To be shorter takes no room; where even that fails, the error of the write is told.
        let _ = file.set_len(stat.len().saturating_sub(written as u64));
    }
}

/// Opens the file, or makes it.
fn open(path: &Path) -> io::Result<File> {
    let uid = rustix::process::geteuid().as_raw();
    let alone = path.parent().is_some_and(|directory| is_ours_alone(directory, uid));
    let mut options = OpenOptions::new();
    // A pipe or a device that somebody put there must not block a round.
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    options.append(true).custom_flags(if alone { flags } else { flags | libc::O_NOFOLLOW });
    let opened = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = options.clone().create_new(true).mode(0o640).open(path);
            match made {
                // Our umask leaves the group nothing.
                Ok(file) => {
                    // Whoever may read the results may read what becomes of them. Where that cannot be, the log is ours alone.
                    let _ = group().map(|group| fchown(&file, None, Some(group)));
                    return file.set_permissions(Permissions::from_mode(0o640)).map(|()| file);
                }
                // A round that came first, or a link to where nothing is yet.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    options.create(alone).mode(0o640).open(path)
                }
                failed => failed,
            }
        }
        opened => opened,
    };
    let planted = || io::Error::other("it is no plain file of ours, and others may write to its directory; remove it");
    match opened {
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) && !alone => Err(planted()),
        Ok(file) if alone || is_plain(&file, uid)? => Ok(file),
        Ok(_) => Err(planted()),
        failed => failed,
    }
}

/// Tells whether only root and the acting user can put anything into a directory: what is there is then an operator's choice, be
/// it a link or a device.
fn is_ours_alone(directory: &Path, uid: u32) -> bool {
    let is_shared = directory.metadata().map_or(true, |stat| stat.mode() & 0o022 != 0);
    !is_shared && safe_path::directory(directory, OwnerRule::OwnedBy(uid)).is_ok()
}

/// Tells whether it is a file of root or the acting user that has no other name: in a directory such as `/tmp` anybody can plant
/// a link to a file, or a pipe that they read.
fn is_plain(file: &File, uid: u32) -> io::Result<bool> {
    let stat = file.metadata()?;
    Ok(stat.is_file() && (stat.uid() == 0 || stat.uid() == uid) && stat.nlink() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_it_cannot_be_written_is_said_with_what_to_do() {
        let scratch = tempfile::tempdir().expect("a directory");
        let at = |name: &str| scratch.path().join(name);
        std::fs::create_dir(at("directory")).expect("a directory");
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).expect("a socket");
        for (name, said) in [
            ("directory", "it is a directory: Is a directory (os error 21); set `log.file` to a plain file"),
            ("pipe", "it is a pipe, which takes lines only while somebody reads it: No such device"),
            ("socket", "it is a socket: No such device"),
            ("no/log", "No such file or directory (os error 2); its directory is not made for it: mkdir -p "),
        ] {
            let error = append(&at(name), &["lost\n".to_owned()]).expect_err(name);
            assert!(told(&at(name), &error).contains(said), "{name}: {}", told(&at(name), &error));
        }
        let full = append(Path::new("/dev/full"), &["lost\n".to_owned()]).expect_err("full");
        assert!(told(Path::new("/dev/full"), &full).ends_with("; make room there"), "{full}");
        assert_eq!(other_than_a_file(Path::new("/dev/null")), None);
    }

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
