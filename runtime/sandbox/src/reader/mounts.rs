//! The list of mounts, from `/proc/self/mountinfo`: it is read without touching what is mounted.

use std::collections::HashSet;

use rustix::fs::makedev;

use roundsman_contract::Mount;

use super::error::ReadError;
use super::name::shown;
use super::read;
use super::trees::Trees;

/// The kernel's list is not under a component's control; a host of containers has some thousand lines of 200 bytes.
const LONGEST_LIST: u64 = 32 << 20;

/// One line of `mountinfo`; see proc(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mounted {
    pub id: u64,
    pub path: Vec<u8>,
    pub filesystem: String,
    source: Vec<u8>,
    device: u64,
    /// Directory of the file system that is mounted.
    root: Vec<u8>,
    /// Of the mount, and of the file system: those that are single words.
    options: Vec<String>,
    filesystem_options: Vec<String>,
}

/// Types that a process or the machine around this one serves, and whose source is a mere word.
const SERVED: [&str; 5] = ["9p", "afs", "virtiofs", "vboxsf", "fuseblk"];

impl Mounted {
    /// Tells whether another host or a process serves it, which may give no answer: a share (`server:/path`, `//server/share`)
    /// or FUSE.
    pub fn is_served(&self) -> bool {
        let filesystem = self.filesystem.as_str();
        let of_fuse = filesystem == "fuse" || filesystem.starts_with("fuse.") || SERVED.contains(&filesystem);
        of_fuse || self.source.contains(&b':') || self.source.starts_with(b"//")
    }

    pub(crate) fn shown(self) -> Mount {
        let read_only = |options: &[String]| options.iter().any(|option| option == "ro");
        Mount {
            source: shown(&self.source),
            path: shown(&self.path),
            filesystem: self.filesystem,
            device: self.device,
            root: shown(&self.root),
            read_only: read_only(&self.options),
            filesystem_read_only: read_only(&self.filesystem_options),
            options: self.options,
            filesystem_options: self.filesystem_options,
            extra: Vec::new(),
        }
    }
}

/// Returns what is mounted, in the kernel's order: what another mount at the same place hides is left out, and `autofs`, which
/// mounts something when it is touched.
pub(super) fn list(trees: &Trees) -> Result<Vec<Mounted>, ReadError> {
    let file = trees.open_mountinfo()?;
    let text = read::own(&file, LONGEST_LIST)?;
    if text.len() as u64 > LONGEST_LIST {
        return Err(ReadError::Unavailable(format!("the list of mounts has more than {LONGEST_LIST} bytes")));
    }
    let mut all: Vec<Mounted> = parse(&text).map_err(ReadError::Unavailable)?;
    let mut later = HashSet::new();
    let seen: Vec<bool> = all.iter().rev().map(|mount| later.insert(mount.path.clone())).collect();
    let mut seen = seen.into_iter().rev();
    all.retain(|mount| seen.next() == Some(true) && mount.filesystem != "autofs");
    Ok(all)
}

fn parse(text: &[u8]) -> Result<Vec<Mounted>, String> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| parse_line(line).ok_or_else(|| format!("/proc/self/mountinfo has the line `{}`", shown(line))))
        .collect()
}

fn parse_line(line: &[u8]) -> Option<Mounted> {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let separator = fields.iter().skip(6).position(|field| *field == b"-")? + 6;
    let [filesystem, source, options] = fields.get(separator + 1..separator + 4)? else { return None };
    let (major, minor) = std::str::from_utf8(fields[2]).ok()?.split_once(':')?;
    Some(Mounted {
        id: std::str::from_utf8(fields[0]).ok()?.parse().ok()?,
        path: unescape(fields[4]),
        filesystem: shown(filesystem),
        source: unescape(source),
        device: makedev(major.parse().ok()?, minor.parse().ok()?),
        root: unescape(fields[3]),
        options: words(fields[5]),
        filesystem_options: words(options),
    })
}

/// Returns the options that are single words. Those with a value are left out: of an overlay they are kilobytes of paths, of
/// a share the name of a user.
fn words(options: &[u8]) -> Vec<String> {
    let words = options.split(|byte| *byte == b',').filter(|option| !option.is_empty() && !option.contains(&b'='));
    words.map(shown).collect()
}

/// Undoes `\040`: the kernel writes blanks, newlines and backslashes by three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        match after {
            [high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', after @ ..] if *first == b'\\' => {
                bytes.push((high - b'0') * 64 + (middle - b'0') * 8 + (low - b'0'));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_of_the_kernel() {
        let text =
            b"36 35 98:0 /mnt1 /mnt/a\\040b\\134c rw,noatime master:1 shared:2 - ext3 /dev/root ro,errors=continue\n\
            21 1 0:20 / /proc rw,relatime - proc proc rw\n";
        let mounts: Vec<Mount> = parse(text).unwrap().into_iter().map(Mounted::shown).collect();
        assert_eq!(
            (&*mounts[0].path, &*mounts[0].source, &*mounts[0].filesystem),
            ("/mnt/a b\\c", "/dev/root", "ext3")
        );
        assert_eq!((mounts[0].read_only, mounts[1].read_only), (false, false));
        assert_eq!((mounts[0].filesystem_read_only, mounts[1].filesystem_read_only), (true, false));
        assert_eq!((mounts[0].device, &*mounts[0].root), (makedev(98, 0), "/mnt1"));
        assert_eq!(
            (&*mounts[0].options, &*mounts[0].filesystem_options),
            (&words(b"rw,noatime")[..], &words(b"ro")[..])
        );
    }

    #[test]
    fn what_the_kernel_says_of_a_file_system_that_it_gave_up_is_among_its_options() {
        let text = b"36 35 98:0 / /a ro,relatime - ext4 /dev/sda1 rw,emergency_ro,errors=remount-ro\n";
        let mount = parse(text).unwrap().remove(0).shown();
        assert_eq!((mount.read_only, mount.filesystem_read_only), (true, false));
        assert_eq!(mount.options, ["ro", "relatime"]);
        assert_eq!(mount.filesystem_options, ["rw", "emergency_ro"]);
    }

    #[test]
    fn a_line_that_is_none_is_an_error_with_its_text() {
        for text in [
            "x",
            "36 35 98:0 /mnt1 /a rw - ext3 /dev/root",
            "x 35 98:0 / /a rw - ext3 a rw",
            "1 35 x / /a rw - ext3 a rw",
        ] {
            assert!(parse(text.as_bytes()).unwrap_err().contains(text), "{text}");
        }
    }

    #[test]
    fn octal_escapes() {
        assert_eq!(unescape(br"a\040b\011\012\134\377"), b"a b\t\n\\\xff");
        assert_eq!(unescape(br"\0\04\048\\"), br"\0\04\048\\");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<Vec<u8>>()) {
            let _ = parse(&text);
        }
    }
}
