//! The directories beneath which everything is opened, and the one way to open a path.
//!
//! What is opened here is only a place (`O_PATH`): nothing is read, no driver is asked, no FIFO's writer wakes up. The
//! decision is made on that descriptor, which no rename can change. The one exception is what lies in `/proc` without a link
//! or a mount on the way ([`Trees::open_straight`]): there is nothing but directories and regular files, nobody renames them,
//! and so the path that was judged is what is opened.

use std::cell::OnceCell;
use std::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, Stat, fstatfs, openat, openat2, readlinkat};
use rustix::io::Errno;

use roundsman_grants::denial::Remedy;
use roundsman_grants::escape;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::scope::Area;

use super::error::ReadError;
use super::ours::Ours;

/// Root of all paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Root {
    /// This host.
    #[default]
    Host,
    /// A recorded tree below this directory: `/proc` is an ordinary directory there.
    At(PathBuf),
}

impl From<&Path> for Root {
    /// Tells which tree a path means: `/` is this host.
    fn from(path: &Path) -> Self {
        if path == Path::new("/") { Self::Host } else { Self::At(path.to_owned()) }
    }
}

/// Times that a path is tried again when it was renamed while the kernel resolved it.
const ATTEMPTS: u32 = 4;

/// Of `statfs(2)`: `PROC_SUPER_MAGIC` and its like, of the kernel's linux/magic.h.
mod magic {
    pub(crate) const PROC: u64 = 0x9fa0;
    pub(crate) const SYSFS: u64 = 0x6265_6572;
    pub(crate) const CGROUP: u64 = 0x27_e0eb;
    pub(crate) const CGROUP2: u64 = 0x6367_7270;
    const DEBUGFS: u64 = 0x6462_6720;
    const TRACEFS: u64 = 0x7472_6163;
    const BPF: u64 = 0xcafe_4a11;
    const CONFIGFS: u64 = 0x6265_6570;
    const EFIVARFS: u64 = 0xde5e_81e4;
    const NFSD: u64 = 0x6e66_7364;
    const PSTORE: u64 = 0x6165_676c;
    const RPC_PIPEFS: u64 = 0x6759_6969;
    const SECURITYFS: u64 = 0x7363_6673;
    const SELINUX: u64 = 0xf97c_ff8c;
    const XENFS: u64 = 0xabba_1974;

    /// File systems in which the kernel shows itself, which [`roundsman_grants::hard_deny`] judges by the path where it belongs: mounted
    /// elsewhere its files have other names.
    pub(crate) const OF_THE_KERNEL: [u64; 13] =
        [PROC, SYSFS, DEBUGFS, TRACEFS, BPF, CONFIGFS, EFIVARFS, NFSD, PSTORE, RPC_PIPEFS, SECURITYFS, SELINUX, XENFS];
}

#[derive(Debug)]
pub(super) struct Trees {
    /// The host's /proc: what a descriptor leads to is asked there, also for a recorded tree.
    proc: Result<OwnedFd, String>,
    root: Base,
    kind: Kind,
    ours: Ours,
}

#[derive(Debug)]
enum Kind {
    Host {
        sys: Base,
        cgroup: Base,
    },
    /// Resolved path of the root.
    Recorded {
        top: String,
    },
}

/// A directory that paths are opened beneath, itself opened for the first of them.
#[derive(Debug)]
struct Base {
    path: Result<PathBuf, String>,
    opened: OnceCell<Result<OwnedFd, String>>,
}

impl Base {
    fn at(path: Result<PathBuf, String>) -> Self {
        Self { path, opened: OnceCell::new() }
    }

    fn get(&self) -> Result<BorrowedFd<'_>, ReadError> {
        let open = || directory(self.path.as_ref().map_err(Clone::clone)?);
        let opened = self.opened.get_or_init(open);
        opened.as_ref().map(AsFd::as_fd).map_err(|what| ReadError::Unavailable(what.clone()))
    }
}

/// Kind of thing that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Target of a link.
    Target,
    /// The link itself.
    Itself,
    Directory,
}

/// A place that was found, and the path at which it really is.
#[derive(Debug)]
pub(super) struct FoundPlace {
    pub fd: OwnedFd,
    pub resolved: String,
}

impl Trees {
    pub fn open(root: &Root, ours: Ours) -> Self {
        let proc = directory(Path::new("/proc")).and_then(|fd| match magic_of(&fd) {
            Ok(magic::PROC) => Ok(fd),
            _ => Err("procfs unavailable: it is not mounted at /proc".to_owned()),
        });
        match root {
            Root::Host => {
                let base = |path: &str| Base::at(Ok(PathBuf::from(path)));
                let kind = Kind::Host { sys: base("/sys"), cgroup: base("/sys/fs/cgroup") };
                Self { proc, root: base("/"), kind, ours }
            }
            Root::At(path) => {
                let real = fs::canonicalize(path).map_err(|error| format!("the root {}: {error}", escape::path(path)));
                let top = real.clone().and_then(|real| {
                    real.into_os_string().into_string().map_err(|real| format!("the root {real:?} is not UTF-8"))
                });
                let kind = Kind::Recorded { top: top.clone().unwrap_or_default().trim_end_matches('/').to_owned() };
                Self { proc, root: Base::at(top.map(PathBuf::from)), kind, ours }
            }
        }
    }

    /// Returns processes of the runtime that are known by their number.
    pub fn own(&self) -> &[u32] {
        &self.ours.pids
    }

    /// Tells whether a path leads into a process of the runtime, whenever that was started. `file` is what is open at the path
    /// already, where anything is: mostly that says enough.
    pub(crate) fn is_ours(&self, path: &RequestedPath, file: Option<&Stat>) -> bool {
        let mut parts = path.parts();
        match (&self.proc, parts.next(), parts.next()) {
            (Ok(proc), Some("proc"), Some(pid)) if self.is_host() => {
                !file.is_some_and(|file| self.ours.is_surely_not(pid, file)) && self.ours.has(proc.as_fd(), pid)
            }
            _ => false,
        }
    }

    pub(crate) fn is_host(&self) -> bool {
        matches!(self.kind, Kind::Host { .. })
    }

    /// Finds a path, following only links that no process can turn into more than a path.
    pub fn find(&self, path: &RequestedPath, want: Want) -> Result<FoundPlace, Missed> {
        let area = Area::of(path);
        let (base, beneath, resolve) = match &self.kind {
            Kind::Recorded { .. } => (self.root(), "/", ResolveFlags::IN_ROOT),
            Kind::Host { sys, cgroup } => match area {
                Area::Proc => (self.proc(), area.top(), ResolveFlags::BENEATH | ResolveFlags::NO_XDEV),
                Area::Sys => (sys.get(), area.top(), ResolveFlags::BENEATH | ResolveFlags::NO_XDEV),
                // Each controller of version 1 is a mount of its own; the file system's magic is looked at later.
                Area::Cgroup => (cgroup.get(), area.top(), ResolveFlags::BENEATH),
                Area::Elsewhere => (self.root(), area.top(), ResolveFlags::IN_ROOT),
            },
        };
        let base = base.map_err(Missed::Error)?;
        let rest = path.as_str().strip_prefix(beneath).unwrap_or_default().trim_start_matches('/');
        self.find_from(base, rest, want, resolve)
    }

    /// Does as [`Trees::find`], from a directory that is held: only what is really beneath it, on its own file system.
    pub(crate) fn find_beneath(&self, directory: BorrowedFd<'_>, rest: &str, want: Want) -> Result<FoundPlace, Missed> {
        self.find_from(directory, rest, want, ResolveFlags::BENEATH | ResolveFlags::NO_XDEV)
    }

    fn find_from(&self, base: BorrowedFd<'_>, rest: &str, want: Want, how: ResolveFlags) -> Result<FoundPlace, Missed> {
        let rest = if rest.is_empty() { "." } else { rest };
        let flags = OFlags::PATH
            | OFlags::CLOEXEC
            | match want {
                Want::Target => OFlags::empty(),
                Want::Itself => OFlags::NOFOLLOW,
                Want::Directory => OFlags::DIRECTORY,
            };
        let mut attempt = 1;
        let fd = loop {
            match openat2(base, rest, flags, Mode::empty(), how | ResolveFlags::NO_MAGICLINKS) {
                Err(Errno::AGAIN | Errno::INTR) if attempt < ATTEMPTS => attempt += 1,
                Err(number @ (Errno::XDEV | Errno::LOOP)) => return Err(Missed::Barred(number)),
                other => break other.map_err(|number| Missed::Error(number.into()))?,
            }
        };
        let resolved = self.path_of(&fd).map_err(Missed::Error)?;
        Ok(FoundPlace { fd, resolved })
    }

    /// Opens for reading what is at a path of `/proc`, where no link and no mount is on the way: then it is nothing else than
    /// what was asked for and judged, and what is left to find out is its kind. `None` where it is not so, or elsewhere;
    /// [`Trees::find`] goes any way.
    pub(crate) fn open_straight(&self, path: &RequestedPath) -> Result<Option<OwnedFd>, Errno> {
        self.in_proc(path).map_or(Ok(None), |(proc, rest)| straight(proc, rest, READ_ONLY))
    }

    /// Does as [`Trees::open_straight`], from a directory that [`Trees::hold_straight`] holds.
    pub(crate) fn open_straight_beneath(&self, held: BorrowedFd<'_>, rest: &str) -> Result<Option<OwnedFd>, Errno> {
        straight(held, rest, READ_ONLY)
    }

    /// Holds a directory of `/proc`, found as [`Trees::open_straight`] finds a file.
    pub(crate) fn hold_straight(&self, path: &RequestedPath) -> Result<Option<OwnedFd>, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        self.in_proc(path).map_or(Ok(None), |(proc, rest)| straight(proc, rest, flags))
    }

    fn in_proc<'a>(&'a self, path: &'a RequestedPath) -> Option<(BorrowedFd<'a>, &'a str)> {
        let proc = self.proc.as_ref().ok().filter(|_| self.is_host())?;
        Some((proc.as_fd(), path.as_str().strip_prefix("/proc/")?))
    }

    /// Tells whether anything is at a path of the operator's own; a link at its end is something, wherever it leads.
    pub(crate) fn look(&self, path: &str) -> Result<(), ReadError> {
        let rest = path.trim_start_matches('/');
        let rest = if rest.is_empty() { "." } else { rest };
        let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let mut attempt = 1;
        loop {
            match openat2(self.root()?, rest, flags, Mode::empty(), how) {
                Err(Errno::AGAIN | Errno::INTR) if attempt < ATTEMPTS => attempt += 1,
                other => return Ok(other.map(drop)?),
            }
        }
    }

    /// Returns the resolved path of a descriptor, as seen from the root.
    fn path_of(&self, fd: &OwnedFd) -> Result<String, ReadError> {
        let link = readlinkat(self.proc()?, self_fd(fd), Vec::new())?;
        let path = link.into_string().map_err(|_not_utf_8| ReadError::Io(Errno::ILSEQ))?;
        match &self.kind {
            Kind::Host { .. } => Ok(path),
            Kind::Recorded { top } => match path.strip_prefix(top.as_str()) {
                Some("") => Ok("/".to_owned()),
                Some(rest) if rest.starts_with('/') => Ok(rest.to_owned()),
                // The kernel keeps us beneath the root; what was moved out meanwhile is gone.
                _ => Err(ReadError::NotFound),
            },
        }
    }

    /// Opens for reading what was found and judged: the very same file, whatever its name is by now.
    pub(crate) fn reopen(&self, place: &FoundPlace) -> Result<OwnedFd, ReadError> {
        Ok(openat(self.proc()?, self_fd(&place.fd), READ_ONLY, Mode::empty())?)
    }

    /// Returns the host's process table, through which the kernel says what a descriptor is.
    fn proc(&self) -> Result<BorrowedFd<'_>, ReadError> {
        self.proc.as_ref().map(AsFd::as_fd).map_err(|what| ReadError::Unavailable(what.clone()))
    }

    /// Opens the list of mounts, which the reader reads for itself without a grant.
    pub(crate) fn open_mountinfo(&self) -> Result<OwnedFd, ReadError> {
        let path = "self/mountinfo";
        if self.is_host() {
            return Ok(openat(self.proc()?, path, READ_ONLY, Mode::empty())?);
        }
        let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        Ok(openat2(self.root()?, format!("proc/{path}"), READ_ONLY, Mode::empty(), how)?)
    }

    pub(crate) fn root(&self) -> Result<BorrowedFd<'_>, ReadError> {
        self.root.get()
    }

    /// Tells whether what was found is of the file system that belongs there: something else may be mounted over a file of
    /// /proc, and /proc over anything.
    pub(crate) fn judge_filesystem(&self, place: &FoundPlace) -> Result<Result<(), Remedy>, ReadError> {
        if !self.is_host() {
            return Ok(Ok(()));
        }
        let found = magic_of(&place.fd)?;
        let area = RequestedPath::parse(&place.resolved).map_or(Area::Elsewhere, |path| Area::of(&path));
        let belongs = match area {
            Area::Proc => found == magic::PROC,
            Area::Sys => found == magic::SYSFS,
            Area::Cgroup => matches!(found, magic::CGROUP | magic::CGROUP2),
            Area::Elsewhere => !magic::OF_THE_KERNEL.contains(&found),
        };
        let reason = || format!("`{}` is not of the file system that belongs there", place.resolved);
        Ok(if belongs { Ok(()) } else { Err(Remedy::Nothing { reason: reason() }) })
    }
}

/// Opens what is beneath a directory of `/proc`; `None` where a link or a mount is on the way, or the kernel was disturbed.
/// Also `None` where opening is refused: [`Trees::find`] then determines the precise error.
fn straight(directory: BorrowedFd<'_>, rest: &str, flags: OFlags) -> Result<Option<OwnedFd>, Errno> {
    let how = ResolveFlags::BENEATH | ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS;
    match openat2(directory, rest, flags, Mode::empty(), how) {
        Ok(fd) => Ok(Some(fd)),
        Err(Errno::XDEV | Errno::LOOP | Errno::AGAIN | Errno::INTR | Errno::ACCESS | Errno::PERM) => Ok(None),
        Err(number) => Err(number),
    }
}

/// Why a path led to nothing.
#[derive(Debug)]
pub(super) enum Missed {
    /// Over a mount, out of its tree, or through a link that is more than a path.
    Barred(Errno),
    Error(ReadError),
}

/// No write, no wait for a FIFO's writer, no controlling terminal, nothing left to a granted program.
const READ_ONLY: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Returns the descriptor's own name below /proc; `self` is whoever asks, so that a descriptor kept over a fork stays right.
fn self_fd(fd: &OwnedFd) -> String {
    format!("self/fd/{}", fd.as_raw_fd())
}

fn directory(path: &Path) -> Result<OwnedFd, String> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty()).map_err(|number| format!("{}: {number}", escape::path(path)))
}

fn magic_of(fd: &OwnedFd) -> Result<u64, Errno> {
    // Sign and width of the field differ between architectures; magics are 32 bits of it.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the bits are meant")]
    fstatfs(fd).map(|filesystem| u64::from(filesystem.f_type as u32))
}
