//! System calls from inside of a locked reader: whoever has taken it over reads as its account does, and can do nothing else.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};

use roundsman_grants::Grants;
use roundsman_os::process::fork::fork_child;
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::rights::Ids;
use roundsman_sandbox::broker::filter::filter;
use roundsman_sandbox::reader::lock;
use roundsman_sandbox::worker::lockdown::Layers;
use tempfile::TempDir;

use crate::attempt::assert_succeeds_without_defence;
use crate::scenes::Scene;
use crate::system::{clone, sys};

pub const SCENES: &[Scene] = &[
    ("inside_a_reader_can_read_and_nothing_else", by_filter),
    ("inside_a_broker_without_commands_starts_readers_and_nothing_else", of_a_broker),
    ("inside_a_reader_can_write_nothing_without_a_filter", by_landlock),
];

/// Something to try with the number of the socket and a file that anybody may write; and its error.
type Attack = (&'static str, fn(usize, usize) -> io::Result<()>, i32);

const HERE: usize = libc::AT_FDCWD as usize;
const WRITE: usize = libc::O_WRONLY as usize;

const ATTACKS: &[Attack] = &[
    (
        "execute",
        |_, _| call(libc::SYS_execve, &[text(c"/bin/true"), list(&[text(c"true"), 0]), list(&[0])]),
        libc::EPERM,
    ),
    (
        "execute at",
        |_, _| call(libc::SYS_execveat, &[HERE, text(c"/bin/true"), list(&[text(c"true"), 0]), list(&[0]), 0]),
        libc::EPERM,
    ),
    ("fork", |_, _| clone(0), libc::EPERM),
    ("socket", |_, _| call(libc::SYS_socket, &[libc::AF_UNIX as usize, libc::SOCK_STREAM as usize, 0]), libc::EPERM),
    ("network", |_, _| call(libc::SYS_socket, &[libc::AF_INET as usize, libc::SOCK_STREAM as usize, 0]), libc::EPERM),
    ("pair", |_, _| call(libc::SYS_socketpair, &[1, libc::SOCK_STREAM as usize, 0, room()]), libc::EPERM),
    ("write-open", |_, file| call(libc::SYS_openat, &[HERE, file, WRITE]), libc::EPERM),
    ("truncate", |_, file| call(libc::SYS_openat, &[HERE, file, libc::O_TRUNC as usize]), libc::EPERM),
    (
        "create",
        |_, _| {
            let (path, create) = (text(c"/tmp/roundsman-made-by-a-broker"), (libc::O_CREAT | libc::O_WRONLY) as usize);
            let made = call(libc::SYS_openat, &[HERE, path, create, 0o600]);
            made.and_then(|()| call(libc::SYS_unlinkat, &[HERE, path, 0]))
        },
        libc::EPERM,
    ),
    (
        "write",
        |_, file| {
            let opened = sys(libc::SYS_openat2, &[HERE, file, list(&[WRITE, 0, 0]), 24])?;
            call(libc::SYS_write, &[opened, text(c"x"), 1])
        },
        libc::EPERM,
    ),
    (
        "write in the place of the socket",
        |socket, file| {
            call(libc::SYS_close, &[socket])?;
            let opened = sys(libc::SYS_openat2, &[HERE, file, list(&[WRITE, 0, 0]), 24])?;
            call(libc::SYS_write, &[opened, text(c"x"), 1])
        },
        libc::EPERM,
    ),
    ("duplicate", |socket, _| call(libc::SYS_dup, &[socket]), libc::EPERM),
    ("duplicate by fcntl", |socket, _| call(libc::SYS_fcntl, &[socket, libc::F_DUPFD as usize, 9]), libc::EPERM),
    ("remove", |_, file| call(libc::SYS_unlinkat, &[HERE, file, 0]), libc::EPERM),
    ("change mode", |_, file| call(libc::SYS_fchmodat, &[HERE, file, 0o600]), libc::EPERM),
    ("change user", |_, _| call(libc::SYS_setresuid, &[usize::MAX, usize::MAX, usize::MAX]), libc::EPERM),
    ("signal", |_, _| call(libc::SYS_kill, &[std::process::id() as usize, 0]), libc::EPERM),
    ("signal its parent", |_, _| call(libc::SYS_kill, &[parent(), 0]), libc::EPERM),
    ("trace", |_, _| call(libc::SYS_ptrace, &[libc::PTRACE_TRACEME as usize]), libc::EPERM),
    (
        "read its parent",
        |_, _| {
            let mut there = 0_u8;
            let ours = [std::ptr::from_mut(&mut there) as usize, 1];
            let theirs = [std::ptr::from_ref(&ATTACKS) as usize, 1];
            call(libc::SYS_process_vm_readv, &[parent(), list(&ours), 1, list(&theirs), 1, 0])
        },
        libc::EPERM,
    ),
    ("new session", |_, _| call(libc::SYS_setsid, &[]), libc::EPERM),
    ("live on", |_, _| call(libc::SYS_prctl, &[libc::PR_SET_PDEATHSIG as usize, 0]), libc::EPERM),
    ("namespace", |_, _| call(libc::SYS_unshare, &[libc::CLONE_NEWNS as usize]), libc::EPERM),
    ("keys", |_, _| call(libc::SYS_keyctl, &[0, (-1_isize) as usize, 1]), libc::EPERM),
    ("ring", |_, _| call(libc::SYS_io_uring_setup, &[4, room()]), libc::EPERM),
    ("memory file", |_, _| call(libc::SYS_memfd_create, &[text(c"x"), 0]), libc::EPERM),
    (
        "code",
        |_, _| {
            let both = (libc::PROT_READ | libc::PROT_EXEC) as usize;
            call(libc::SYS_mmap, &[0, 4096, both, (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize, usize::MAX, 0])
        },
        libc::EPERM,
    ),
    ("terminal", |socket, _| call(libc::SYS_ioctl, &[socket, libc::FIONREAD as usize, room()]), libc::EPERM),
];

/// Those that a broker without commands has no need of either.
const BROKER: &[&str] = &[
    "execute",
    "execute at",
    "socket",
    "network",
    "truncate",
    "create",
    "remove",
    "change mode",
    "change user",
    "signal",
    "signal its parent",
    "trace",
    "read its parent",
    "new session",
    "namespace",
    "keys",
    "ring",
    "memory file",
    "code",
    "terminal",
];

/// What `openat2` is asked for is not seen by the filter.
const WRITES: &[Attack] = &[
    (
        "truncate by openat2",
        |_, file| call(libc::SYS_openat2, &[HERE, file, list(&[WRITE | libc::O_TRUNC as usize, 0, 0]), 24]),
        libc::EACCES,
    ),
    ("write-open by openat2", |_, file| call(libc::SYS_openat2, &[HERE, file, list(&[WRITE, 0, 0]), 24]), libc::EACCES),
    (
        "create by openat2",
        |_, _| {
            let (path, create) = (text(c"/tmp/roundsman-made-by-a-reader"), (libc::O_CREAT | libc::O_WRONLY) as usize);
            let made = call(libc::SYS_openat2, &[HERE, path, list(&[create, 0o600, 0]), 24]);
            made.and_then(|()| call(libc::SYS_unlinkat, &[HERE, path, 0]))
        },
        libc::EACCES,
    ),
];

fn by_filter() {
    all_fail(Locked::Reader(Layers { seccomp: true, landlock: false }), ATTACKS.iter());
    all_fail(Locked::Reader(Layers { seccomp: true, landlock: true }), ATTACKS.iter());
}

fn by_landlock() {
    all_fail(Locked::Reader(Layers { seccomp: false, landlock: true }), WRITES.iter());
    all_fail(Locked::Reader(Layers { seccomp: true, landlock: true }), WRITES.iter());
}

fn of_a_broker() {
    let chosen: Vec<&Attack> = ATTACKS.iter().filter(|(name, ..)| BROKER.contains(name)).collect();
    assert_eq!(chosen.len(), BROKER.len());
    all_fail(Locked::Broker, chosen.into_iter());
}

/// What has been taken over.
#[derive(Debug, Clone, Copy)]
enum Locked {
    Reader(Layers),
    /// One without commands, whose readers become the uid 4711.
    Broker,
}

impl Locked {
    fn lock(self, socket: std::os::fd::BorrowedFd<'_>) {
        let ids = Ids { uids: [4711; 3], gids: [4711; 3] };
        match self {
            Self::Reader(layers) => lock(layers, socket, &Grants::default()).unwrap(),
            Self::Broker => filter(Some(ids)).unwrap(),
        }
    }
}

fn all_fail<'a>(locked: Locked, attacks: impl Iterator<Item = &'a Attack>) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    let file = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    for (name, attempt, errno) in attacks {
        let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let socket = ours.as_raw_fd() as usize;
        std::fs::write(&path, "whole").unwrap();
        assert_succeeds_without_defence(name, || attempt(socket, text(&file)));
        std::fs::write(&path, "whole").unwrap();
        let mut reader = fork_child("reader", || {
            locked.lock(ours.as_fd());
            // It does what it is for.
            assert!(sys(libc::SYS_openat2, &[HERE, text(c"/etc/passwd"), list(&[0, 0, 0]), 24]).is_ok());
            match attempt(socket, text(&file)) {
                Ok(()) => 0,
                Err(error) => error.raw_os_error().unwrap_or(255),
            }
        })
        .unwrap();
        // Landlock refuses some before the filter does.
        let ends = [*errno, libc::EACCES].map(Exit::Code);
        let end = reader.wait().unwrap();
        assert!(ends.contains(&end), "{name} with {locked:?}: {end}");
        assert_eq!(std::fs::read(&path).unwrap(), b"whole", "{name}");
    }
}

fn parent() -> usize {
    usize::try_from(rustix::process::getppid().unwrap().as_raw_nonzero().get()).unwrap()
}

fn call(number: i64, arguments: &[usize]) -> io::Result<()> {
    sys(number, arguments).map(drop)
}

fn text(text: &std::ffi::CStr) -> usize {
    text.as_ptr() as usize
}

/// Returns memory for an answer.
fn room() -> usize {
    vec![0_u8; 4096].leak().as_mut_ptr() as usize
}

fn list(values: &[usize]) -> usize {
    values.as_ptr() as usize
}
