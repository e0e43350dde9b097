//! System calls from inside of a locked worker: each one that reaches for something fails, and the round goes on.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::rc::Rc;

use crate::attempt::End::{self, Killed, Refused};
use crate::attempt::{assert_succeeds_without_defence, report};
use crate::place::Place;
use crate::scenes::Scene;
use crate::staged::Staged;
use crate::system::{clone, getpid_32, sys};

pub const SCENES: &[Scene] = &[
    ("inside_no_forbidden_call_succeeds", no_forbidden_call_succeeds),
    ("inside_without_seccomp_the_other_layers_hold", the_other_layers_hold),
    ("inside_every_other_call_kills", every_other_call_kills),
];

/// Something to try with a place and the number of a socket.
struct Attack {
    name: &'static str,
    attempt: fn(&Place, usize) -> io::Result<()>,
    end: End,
    /// End without seccomp, if another layer refuses it too.
    bare: Option<End>,
}

const ACCESS: End = Refused("EACCES");
const PERMISSION: Option<End> = Some(Refused("EPERM"));
const HERE: usize = libc::AT_FDCWD as usize;

/// `name: attempt => end`, then how it ends without seccomp.
macro_rules! attacks {
    ($($name:ident: $attempt:expr => $end:expr, $bare:expr;)*) => {
        &[$(Attack { name: stringify!($name), attempt: $attempt, end: $end, bare: $bare }),*]
    };
}

const ATTACKS: &[Attack] = attacks! {
    // Files. Names are refused, as libc asks for some on its own account; what only an attacker uses kills.
    open: |_, _| call(libc::SYS_open, &[text(c"/etc/shadow"), 0]) => ACCESS, Some(ACCESS);
    openat: |_, _| call(libc::SYS_openat, &[HERE, text(c"/etc/shadow"), 0]) => ACCESS, Some(ACCESS);
    openat2: |_, _| call(libc::SYS_openat2, &[HERE, text(c"/etc/shadow"), text_of(&[0_u64; 3]), 24])
        => Killed, Some(ACCESS);
    openat_self_root: |_, _| call(libc::SYS_openat, &[HERE, text(c"/proc/self/root/etc/shadow"), 0])
        => ACCESS, Some(ACCESS);
    openat_public: |_, _| call(libc::SYS_openat, &[HERE, text(c"/etc/passwd"), 0]) => ACCESS, Some(ACCESS);
    openat_terminal: |_, _| {
        let tty = sys(libc::SYS_openat, &[HERE, text(c"/dev/tty"), libc::O_RDWR as usize])?;
        call(libc::SYS_write, &[tty, text(c"gotcha"), 6])
    } => ACCESS, Some(ACCESS);
    create: |place, _| call(libc::SYS_openat,
        &[HERE, text(&place.file), (libc::O_CREAT | libc::O_WRONLY) as usize, 0o600]) => ACCESS, Some(ACCESS);
    own_directory: |_, _| call(libc::SYS_getcwd, &[room(), 4096]) => ACCESS, None;
    unlink: |place, _| call(libc::SYS_unlinkat, &[HERE, text(&place.file), 0]) => Killed, Some(ACCESS);
    make_directory: |place, _| call(libc::SYS_mkdirat, &[HERE, text(&place.directory), 0o700])
        => Killed, Some(ACCESS);
    change_directory: |_, _| call(libc::SYS_chdir, &[text(c"/")]) => Killed, None;
    change_root: |_, _| call(libc::SYS_chroot, &[text(c"/")]) => Killed, PERMISSION;
    list: |_, _| {
        let directory = sys(libc::SYS_openat, &[HERE, text(c"/etc"), 0])?;
        call(libc::SYS_getdents64, &[directory, room(), 4096])
    } => ACCESS, Some(ACCESS);
    execute: |_, _| call(libc::SYS_execve, &[text(c"/bin/true"), text_of(&[text(c"true"), 0]), text_of(&[0_usize])])
        => Killed, Some(ACCESS);
    execute_at: |_, _| call(libc::SYS_execveat,
        &[HERE, text(c"/bin/true"), text_of(&[text(c"true"), 0]), text_of(&[0_usize]), 0]) => Killed, Some(ACCESS);
    memory_file: |_, _| call(libc::SYS_memfd_create, &[text(c"x"), 0]) => Killed, None;

    // Sockets.
    connect_tcp: |place, _| {
        let port = place.port.to_be_bytes();
        let address = [libc::AF_INET as u8, 0, port[0], port[1], 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        connect(libc::AF_INET, &address)
    } => Killed, Some(ACCESS);
    connect_abstract: |place, _| {
        let name = [&[libc::AF_UNIX as u8, 0, 0], place.abstract_name.as_bytes()].concat();
        connect(libc::AF_UNIX, &name)
    } => Killed, PERMISSION;
    socket_unix: |_, _| call(libc::SYS_socket, &[libc::AF_UNIX as usize, libc::SOCK_STREAM as usize, 0])
        => Killed, None;
    socket_netlink: |_, _| call(libc::SYS_socket, &[libc::AF_NETLINK as usize, libc::SOCK_RAW as usize, 0])
        => Killed, None;
    socket_raw: |_, _| call(libc::SYS_socket, &[libc::AF_INET as usize, libc::SOCK_RAW as usize, 1])
        => Killed, PERMISSION;
    socket_pair: |_, _| call(libc::SYS_socketpair, &[1, libc::SOCK_STREAM as usize, 0, room()])
        => Killed, None;
    send_descriptor: |_, socket| {
        // A header, its level and kind, one descriptor: cmsg(3).
        let control = [20_u64, libc::SOL_SOCKET as u64 | (libc::SCM_RIGHTS as u64) << 32, 2];
        let byte = [text(c"x"), 1];
        let message = [0, 0, text_of(&byte), 1, text_of(&control), 24, 0];
        call(libc::SYS_sendmsg, &[socket, text_of(&message), 0])
    } => Killed, None;
    receive_descriptor: |_, socket| {
        let message = [0_usize; 7];
        call(libc::SYS_recvmsg, &[socket, text_of(&message), libc::MSG_DONTWAIT as usize])
            .or_else(|error| if error.kind() == io::ErrorKind::WouldBlock { Ok(()) } else { Err(error) })
    } => Killed, None;

    // Processes.
    fork: |_, _| clone(0) => Killed, Some(Refused("EAGAIN"));
    vfork: |_, _| clone(libc::CLONE_VFORK) => Killed, Some(Refused("EAGAIN"));
    clone3: |_, _| {
        let arguments = [0, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
        match sys(libc::SYS_clone3, &[text_of(&arguments), 64])? {
            0 => crate::system::leave(0),
            _ => Ok(()),
        }
    } => Killed, Some(Refused("EAGAIN"));
    thread: |_, _| {
        let thread = std::thread::Builder::new().spawn(|| ())?;
        thread.join().map_err(|_| io::ErrorKind::Other.into())
    } => Killed, Some(Refused("EAGAIN"));
    become_root: |_, _| call(libc::SYS_setuid, &[0]) => Killed, PERMISSION;
    become_root_group: |_, _| call(libc::SYS_setresgid, &[0, 0, 0]) => Killed, PERMISSION;
    join_groups: |_, _| call(libc::SYS_setgroups, &[1, text_of(&[0_u32])]) => Killed, PERMISSION;
    raise_limit: |_, _| call(libc::SYS_prlimit64,
        &[0, libc::RLIMIT_DATA as usize, text_of(&[u64::MAX, u64::MAX]), 0]) => Killed, PERMISSION;
    outlive_the_round: |_, _| call(libc::SYS_prctl, &[libc::PR_SET_PDEATHSIG as usize, 0]) => Killed, None;
    be_dumpable: |_, _| call(libc::SYS_prctl, &[libc::PR_SET_DUMPABLE as usize, 1]) => Killed, None;
    leave_session: |_, _| call(libc::SYS_setsid, &[]) => Killed, None;
    set_timer: |_, _| call(libc::SYS_alarm, &[60]) => Killed, None;
    sleep: |_, _| call(libc::SYS_nanosleep, &[text_of(&[0_u64, 1]), 0]) => Killed, None;

    // Other interfaces of the kernel.
    io_uring: |_, _| call(libc::SYS_io_uring_setup, &[4, room()]) => Killed, None;
    bpf: |_, _| call(libc::SYS_bpf, &[0, text_of(&[2_u32, 4, 4, 4, 0, 0, 0, 0]), 32]) => Killed, None;
    perf: |_, _| call(libc::SYS_perf_event_open, &[text_of(&perf_attributes()), 0, usize::MAX, usize::MAX, 0])
        => Killed, None;
    userfaultfd: |_, _| call(libc::SYS_userfaultfd, &[0]) => Killed, PERMISSION;
    keyring: |_, _| call(libc::SYS_keyctl, &[0, (-1_isize) as usize, 1]) => Killed, None;
    add_key: |_, _| call(libc::SYS_add_key, &[text(c"user"), text(c"x"), text(c"y"), 1, (-1_isize) as usize])
        => Killed, None;
    unshare_user: |_, _| call(libc::SYS_unshare, &[libc::CLONE_NEWUSER as usize]) => Killed, None;
    unshare_mounts: |_, _| call(libc::SYS_unshare, &[libc::CLONE_NEWNS as usize]) => Killed, PERMISSION;
    mount: |_, _| {
        // Into a namespace of its own, where that is possible, so that the host keeps its mounts.
        let _ = sys(libc::SYS_unshare, &[libc::CLONE_NEWNS as usize])?;
        call(libc::SYS_mount, &[0, text(c"/"), 0, (libc::MS_PRIVATE | libc::MS_REC) as usize, 0])
    } => Killed, PERMISSION;
    type_into_terminal: |_, _| {
        let typed = |fd| call(libc::SYS_ioctl, &[fd, libc::TIOCSTI as usize, text(c"#")]);
        (0..64).find_map(|fd| typed(fd).ok()).ok_or_else(|| io::Error::from_raw_os_error(libc::ENOTTY))
    } => Killed, Some(Refused("ENOTTY"));
    shared_memory: |_, _| call(libc::SYS_shmget, &[0, 4096, 0o600]) => Killed, None;
    duplicate: |_, _| call(libc::SYS_dup, &[0]) => Killed, None;
    duplicate_by_fcntl: |_, _| call(libc::SYS_fcntl, &[0, libc::F_DUPFD as usize, 0]) => Killed, None;
    change_mode_of_socket: |_, socket| call(libc::SYS_fcntl, &[socket, libc::F_SETFL as usize, 0]) => Killed, None;
    call_of_x32: |_, _| {
        // The bit of x32 is looked at before the number: unknown to most kernels, and to the filter.
        let x32 = call(libc::SYS_getpid | 0x4000_0000, &[]);
        x32.or_else(|error| if error.raw_os_error() == Some(libc::ENOSYS) { Ok(()) } else { Err(error) })
    } => Killed, None;
    call_of_i386: |_, _| getpid_32() => Killed, None;
};

fn no_forbidden_call_succeeds() {
    let staged = Staged::new();
    let place = Rc::new(Place::new(staged.directory.path()));
    let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    for attack in ATTACKS {
        // Some make what others take away.
        place.set_up(attack.name == "unlink");
        assert_succeeds_without_defence(attack.name, || (attack.attempt)(&place, ours.as_raw_fd() as usize));
    }
    place.set_up(false);
    assert!(place.shown() > 0, "undefended, the terminal is written to");
    let ran = attack(staged, &place, ATTACKS.iter());
    for attack in ATTACKS {
        ran.assert_end(attack.name, attack.end);
    }
    ran.assert_honest("honest");
    assert_eq!(place.shown(), 0, "the terminal was written to");
    assert!(!place.is_changed());
    place.tcp.set_nonblocking(true).unwrap();
    // Undefended it was connected to once.
    assert!(place.tcp.accept().is_ok() && place.tcp.accept().is_err());
}

fn the_other_layers_hold() {
    let mut staged = Staged::new();
    staged.isolation.layers.seccomp = false;
    let place = Rc::new(Place::new(staged.directory.path()));
    place.set_up(true);
    let chosen = || ATTACKS.iter().filter(|attack| attack.bare.is_some());
    let ran = attack(staged, &place, chosen());
    for attack in chosen() {
        ran.assert_end(attack.name, attack.bare.unwrap());
    }
    ran.assert_honest("honest");
    assert_eq!(place.shown(), 0, "the terminal was written to");
}

/// Returns a round of these attacks, with honest checks among them.
fn attack<'a>(mut staged: Staged, place: &Rc<Place>, attacks: impl Iterator<Item = &'a Attack>) -> crate::staged::Ran {
    for (number, attack) in attacks.enumerate() {
        if number % 5 == 0 {
            staged.check(&format!("honest-{number}"), |_| ());
        }
        staged.check(attack.name, |_| ());
        let (place, attempt) = (Rc::clone(place), attack.attempt);
        staged.act(attack.name, move |broker: &File, _| report(|| attempt(&place, broker.as_raw_fd() as usize)));
    }
    staged.run()
}

/// Calls that a worker may make, whose arguments are judged elsewhere or do not matter.
const MAY: [i64; 24] = [
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_exit_group,
    libc::SYS_tgkill,
    libc::SYS_fcntl,
];

/// `uretprobe` and `uprobe`, which the kernel's own trampolines make: newer kernels filter them no more, and do nothing
/// for anybody else but a SIGILL or ENXIO. The engine's handler returns from a SIGILL that is not its own, and the call
/// then returns -1, which is EPERM.
const KERNELS_OWN: [i64; 2] = [335, 336];

/// Calls that fail with EACCES.
const FAIL: [i64; 11] = [
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
];

/// All numbers, those to come included, and the commands of `fcntl`.
fn every_other_call_kills() {
    const LAST: i64 = 600;
    let mut staged = Staged::new();
    let forbidden = (0..=LAST).filter(|number| !MAY.contains(number));
    let names: Vec<(String, i64)> = forbidden.map(|number| (format!("call-{number}"), number)).collect();
    for (name, number) in &names {
        staged.check(name, |_| ());
        let number = *number;
        staged.act(name, move |_, _| report(|| call(number, &[])));
    }
    let commands = (0..=20).chain(1024..1050).filter(|command| *command != libc::F_GETFD as usize);
    let commands: Vec<(String, usize)> = commands.map(|command| (format!("fcntl-{command}"), command)).collect();
    for (name, command) in &commands {
        staged.check(name, |_| ());
        let command = *command;
        staged.act(name, move |_, _| report(|| call(libc::SYS_fcntl, &[0, command, 0])));
    }
    staged.check("honest", |_| ());
    let ran = staged.run();
    for (name, number) in &names {
        let harmless =
            ["the worker was killed by SIGILL", "the worker exited with 91: ENXIO", "the worker exited with 91: EPERM"];
        if KERNELS_OWN.contains(number) && harmless.contains(&ran.failure(name).message.as_str()) {
            continue;
        }
        ran.assert_end(name, if FAIL.contains(number) { ACCESS } else { Killed });
    }
    for (name, _) in &commands {
        ran.assert_end(name, Killed);
    }
    ran.assert_honest("honest");
}

fn call(number: i64, arguments: &[usize]) -> io::Result<()> {
    sys(number, arguments).map(drop)
}

fn connect(family: i32, address: &[u8]) -> io::Result<()> {
    let socket = sys(libc::SYS_socket, &[family as usize, libc::SOCK_STREAM as usize, 0])?;
    call(libc::SYS_connect, &[socket, address.as_ptr() as usize, address.len()])
}

fn text(text: &std::ffi::CStr) -> usize {
    text.as_ptr() as usize
}

/// Returns memory for an answer.
fn room() -> usize {
    vec![0_u8; 4096].leak().as_mut_ptr() as usize
}

fn text_of<T: ?Sized>(value: &T) -> usize {
    std::ptr::from_ref(value).cast::<u8>() as usize
}

/// Returns a software event, and the structure's size: perf_event_open(2).
fn perf_attributes() -> [u32; 28] {
    let mut attributes = [0; 28];
    (attributes[0], attributes[1]) = (1, 112);
    attributes
}
