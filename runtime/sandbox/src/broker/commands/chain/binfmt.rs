//! Handlers that the host has registered for files of certain kinds (binfmt_misc), which the kernel executes in their place.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fstatfs, open};

use super::head::LOOKED_AT;

const DIRECTORY: &str = "/proc/sys/fs/binfmt_misc";
/// `BINFMTFS_MAGIC` of linux/magic.h.
const MAGIC: u64 = 0x4249_4e4d;
/// Files of the directory that are no handlers.
const OTHERS: [&str; 2] = ["register", "status"];

/// The handlers that are enabled.
#[derive(Debug, Default)]
pub struct Handlers(Vec<Handler>);

#[derive(Debug, PartialEq, Eq)]
struct Handler {
    interpreter: PathBuf,
    by: By,
}

/// How a handler knows its files.
#[derive(Debug, PartialEq, Eq)]
enum By {
    /// The name ends with a dot and this.
    Extension(String),
    /// The bytes at an offset are these, where the mask has a bit.
    Magic { offset: usize, magic: Vec<u8>, mask: Vec<u8> },
}

impl Handlers {
    /// Reads them. A host whose directory is not mounted has none; to look does not mount it, as systemd would do for who
    /// opens it.
    pub(crate) fn of_this_host() -> Self {
        Self::read(Path::new(DIRECTORY)).unwrap_or_default()
    }

    fn read(directory: &Path) -> Option<Self> {
        let looked = open(directory, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        if u64::try_from(fstatfs(&looked).ok()?.f_type) != Ok(MAGIC) {
            return None;
        }
        if fs::read_to_string(directory.join("status")).ok()?.trim() != "enabled" {
            return None;
        }
        let names = fs::read_dir(directory).ok()?.filter_map(|entry| Some(entry.ok()?.file_name()));
        let handlers = names.filter(|name| OTHERS.iter().all(|other| name != other));
        Some(Self(handlers.filter_map(|name| parse(&fs::read_to_string(directory.join(name)).ok()?)).collect()))
    }

    /// Returns the interpreter of the handler that takes a file with these first bytes.
    pub fn of(&self, path: &Path, head: &[u8]) -> Option<&Path> {
        let matches = |handler: &&Handler| match &handler.by {
            By::Extension(extension) => {
                path.to_str().and_then(|path| path.rsplit_once('.')).is_some_and(|(_, end)| end == extension)
            }
            By::Magic { offset, magic, mask } => {
                // What is beyond the end of a short file is zero for the kernel.
                let at = |index: usize| {
                    head.get(offset + index).filter(|_| offset + index < LOOKED_AT).copied().unwrap_or(0)
                };
                magic.iter().zip(mask).enumerate().all(|(index, (byte, mask))| (at(index) ^ byte) & mask == 0)
            }
        };
        self.0.iter().find(matches).map(|handler| handler.interpreter.as_path())
    }
}

/// Returns a handler as the kernel shows it (`Documentation/admin-guide/binfmt-misc.rst`); `None` for one that is disabled.
fn parse(text: &str) -> Option<Handler> {
    let mut lines = text.lines();
    if lines.next()? != "enabled" {
        return None;
    }
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    let interpreter = PathBuf::from(value("interpreter")?);
    let by = match value("extension") {
        Some(extension) => By::Extension(extension.trim_start_matches('.').to_owned()),
        None => {
            let magic = bytes(value("magic")?)?;
            let mask = value("mask").map_or_else(|| Some(vec![0xff; magic.len()]), bytes)?;
            By::Magic { offset: value("offset")?.parse().ok()?, magic, mask }
        }
    };
    Some(Handler { interpreter, by })
}

/// Returns bytes in hexadecimal.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_takes_what_the_kernel_gives_it() {
        let arm =
            parse("enabled\ninterpreter /usr/bin/qemu-arm\nflags: OCF\noffset 0\nmagic 7f454c4601\nmask ffffffff00\n");
        let later = parse("enabled\ninterpreter /opt/later\nflags: \noffset 4\nmagic 6162\n");
        let named = parse("enabled\ninterpreter /usr/bin/wine\nflags: \nextension .exe\n");
        let handlers = Handlers(vec![arm.unwrap(), later.unwrap(), named.unwrap()]);
        let of = |path: &str, head: &[u8]| handlers.of(Path::new(path), head).and_then(Path::to_str).map(str::to_owned);
        assert_eq!(of("/x", b"\x7fELF\x02").as_deref(), Some("/usr/bin/qemu-arm"), "the last byte is masked");
        assert_eq!(of("/x", b"\x7fELf\x01"), None);
        assert_eq!(of("/x", b"....ab").as_deref(), Some("/opt/later"));
        assert_eq!(of("/x", b"....a"), None);
        assert_eq!(of("/a.b/x.exe", b"MZ").as_deref(), Some("/usr/bin/wine"));
        assert_eq!(of("/a.exe/x", b"MZ"), None);
        assert_eq!(parse("disabled\ninterpreter /x\nflags: \noffset 0\nmagic 00\n"), None);
        assert_eq!(parse("enabled\n"), None);
        assert_eq!(parse("enabled\ninterpreter /x\noffset 0\nmagic 0\u{e9}\n"), None);
    }

    #[test]
    fn a_directory_of_another_file_system_has_no_handlers() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("status"), "enabled\n").unwrap();
        assert!(Handlers::read(directory.path()).is_none());
    }
}
