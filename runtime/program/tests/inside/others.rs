//! Other processes, from inside of a locked worker: the round, the brokers and another worker are out of reach.

use std::io;
use std::rc::Rc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use roundsman_os::process::fork::fork_child;

use crate::attempt::End::{self, Killed, Refused};
use crate::attempt::{assert_succeeds_without_defence, report};
use crate::scenes::Scene;
use crate::staged::Staged;
use crate::system::{pause, sys};
use crate::watch::Board;

pub const SCENES: &[Scene] = &[
    ("inside_no_other_process_is_reached", || nobody_is_reached(true)),
    ("inside_without_seccomp_no_other_process_is_reached", || nobody_is_reached(false)),
];

/// A name, what is tried with a pid, and how it ends without seccomp.
type Attack = (&'static str, fn(usize) -> io::Result<()>, End);

const ATTACKS: &[Attack] = &[
    ("kill", |pid| call(libc::SYS_kill, &[pid, KILL]), Refused("EPERM")),
    ("tkill", |pid| call(libc::SYS_tkill, &[pid, KILL]), Refused("EPERM")),
    ("tgkill", |pid| call(libc::SYS_tgkill, &[pid, pid, KILL]), Refused("EPERM")),
    ("stop", |pid| call(libc::SYS_kill, &[pid, libc::SIGSTOP as usize]), Refused("EPERM")),
    (
        "pidfd",
        |pid| {
            let pidfd = sys(libc::SYS_pidfd_open, &[pid, 0])?;
            call(libc::SYS_pidfd_send_signal, &[pidfd, KILL, 0, 0])
        },
        Refused("EPERM"),
    ),
    (
        "pidfd_getfd",
        |pid| {
            let pidfd = sys(libc::SYS_pidfd_open, &[pid, 0])?;
            call(libc::SYS_pidfd_getfd, &[pidfd, 0, 0])
        },
        Refused("EPERM"),
    ),
    ("ptrace", |pid| call(libc::SYS_ptrace, &[libc::PTRACE_ATTACH as usize, pid]), Refused("EPERM")),
    ("read_memory", |pid| vector(libc::SYS_process_vm_readv, pid), Refused("EPERM")),
    ("write_memory", |pid| vector(libc::SYS_process_vm_writev, pid), Refused("EPERM")),
    ("open_memory", |pid| open(pid, "mem", libc::O_RDWR), Refused("EACCES")),
    ("open_environment", |pid| open(pid, "environ", libc::O_RDONLY), Refused("EACCES")),
    ("open_descriptors", |pid| open(pid, "fd/0", libc::O_RDONLY), Refused("EACCES")),
    (
        "lower_limit",
        |pid| {
            let none = [0_u64; 2];
            call(libc::SYS_prlimit64, &[pid, libc::RLIMIT_FSIZE as usize, none.as_ptr() as usize, 0])
        },
        Refused("EPERM"),
    ),
    ("set_priority", |pid| call(libc::SYS_setpriority, &[libc::PRIO_PROCESS as usize, pid, 19]), Refused("EPERM")),
];

const KILL: usize = libc::SIGKILL as usize;

fn nobody_is_reached(seccomp: bool) {
    for (name, attempt, _) in ATTACKS {
        let mut victim = fork_child("victim", || {
            loop {
                std::thread::sleep(Duration::from_secs(60));
            }
        })
        .unwrap();
        let pid = victim.pid().as_raw_nonzero().get();
        assert_succeeds_without_defence(name, || attempt(usize::try_from(pid).unwrap()));
        victim.kill().unwrap();
        victim.wait().unwrap();
    }

    let round = std::process::id();
    let board = Board::new();
    let mut staged = Staged::new();
    staged.isolation.layers.seccomp = seccomp;
    let hour = Duration::from_secs(3600);
    for (name, attempt, _) in ATTACKS {
        staged.check(name, |subject| Rc::make_mut(&mut subject.limits).timeout = hour);
        let attempt = Rc::new(*attempt);
        staged.act(name, move |_, _| {
            let others = board.others(round);
            board.begun.fetch_add(1, SeqCst);
            report(|| {
                let mut last = Err(io::ErrorKind::NotFound.into());
                for pid in others {
                    last = attempt(pid as usize);
                    if last.is_ok() {
                        return last;
                    }
                }
                last
            })
        });
    }
    // Those that come last are started first.
    for bystander in ["honest-first", "honest-second"] {
        staged.check(bystander, |subject| Rc::make_mut(&mut subject.limits).timeout = hour);
        staged.act(bystander, move |_, honest| {
            // There as long as anybody attacks.
            while board.begun.load(SeqCst) < u32::try_from(ATTACKS.len()).unwrap() {
                pause();
            }
            for _ in 0..100 {
                pause();
            }
            honest()
        });
    }
    let mut watcher = board.watch(|_| false);
    let ran = staged.run();
    watcher.kill().unwrap();
    watcher.wait().unwrap();
    for (name, _, bare) in ATTACKS {
        // The name of a file is refused by every layer; what only an attacker asks for kills.
        let end = if seccomp && !matches!(bare, Refused("EACCES")) { Killed } else { *bare };
        ran.assert_end(name, end);
    }
    ran.assert_honest("honest");
}

fn call(number: i64, arguments: &[usize]) -> io::Result<()> {
    sys(number, arguments).map(drop)
}

/// One word here, and the same word there.
fn vector(number: i64, pid: usize) -> io::Result<()> {
    let mut word = 0_u64;
    let here = [&raw mut word as usize, 8];
    // The stack of a forked process is where that of its parent is.
    call(number, &[pid, here.as_ptr() as usize, 1, here.as_ptr() as usize, 1, 0])
}

fn open(pid: usize, what: &str, flags: i32) -> io::Result<()> {
    let path = std::ffi::CString::new(format!("/proc/{pid}/{what}"))?;
    call(libc::SYS_openat, &[libc::AT_FDCWD as usize, path.as_ptr() as usize, flags as usize])
}
