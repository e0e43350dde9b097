//! Forked children, how they end and how they are awaited; accounts for good; what a process inherits.
#![expect(unsafe_code, reason = "closes standard descriptors, as a careless parent does")]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::time::Duration;

use roundsman_os::process::fork::{PANICKED, fork_child};
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::stdio;
use roundsman_os::process::user::Account;
use rustix::process::Signal;

use crate::Scene;
use crate::host::{NOBODY, Scratch, eventually, scene};

pub const SCENES: &[Scene] = &[
    ("fork_child_returns_its_code", returns_its_code),
    ("fork_child_is_killed_and_awaited", is_killed_and_awaited),
    ("fork_panic_is_one_line_with_message_and_place", panic_is_one_line),
    ("fork_child_runs_no_destructor_of_its_parent", runs_no_destructor),
    ("fork_child_dies_with_its_parent", dies_with_its_parent),
    ("fork_reaped_pid_is_never_signalled", reaped_pid_is_never_signalled),
    ("fork_user_is_changed_for_good", user_is_changed_for_good),
    ("fork_user_change_keeps_the_tie_to_the_parent", user_change_keeps_the_tie),
    ("stdio_keep_only_closes_all_others", keep_only_closes_all_others),
    ("stdio_closed_standard_descriptors_are_opened", closed_standard_descriptors),
    ("stdio_ignored_sigchld_loses_no_status", ignored_sigchld),
    ("_ignored_sigchld", inner_ignored_sigchld),
];

fn returns_its_code() {
    for code in [0, 7, 255] {
        assert_eq!(fork_child("test", || code).unwrap().wait().unwrap(), Exit::Code(code));
    }
}

fn is_killed_and_awaited() {
    let mut child = fork_child("test", sleep_for_ever).unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Signal(libc::SIGKILL));
    assert_eq!(child.wait().unwrap(), Exit::Signal(libc::SIGKILL), "the answer is remembered");
    assert_eq!(Exit::Signal(libc::SIGKILL).to_string(), "was killed by SIGKILL");
    child.kill().unwrap();
}

fn panic_is_one_line() {
    let (mut read, write) = std::io::pipe().unwrap();
    let mut child = fork_child("worker", move || {
        say_to(&write);
        panic!("thirteen is {}", 13)
    })
    .unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Code(PANICKED));
    let mut said = String::new();
    // The closure and with it the write end was moved here too.
    read.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("worker: panicked at runtime/program/tests/processes/forks.rs:"), "{said}");
    assert!(said.ends_with(": thirteen is 13\n"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

fn say_to(to: &impl std::os::fd::AsFd) {
    // SAFETY: replaces stderr of this child, which no Rust value owns.
    assert_eq!(unsafe { libc::dup2(to.as_fd().as_raw_fd(), 2) }, 2);
}

fn runs_no_destructor() {
    struct Litter(std::path::PathBuf);
    impl Drop for Litter {
        fn drop(&mut self) {
            fs::write(&self.0, "dropped").unwrap();
        }
    }
    let scratch = Scratch::new();
    let litter = scratch.path().join("litter");
    let held = std::mem::ManuallyDrop::new(Litter(litter.clone()));
    let mut child = fork_child("test", || 3).unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Code(3));
    assert!(!litter.exists());
    drop(std::mem::ManuallyDrop::into_inner(held));
    assert!(litter.exists(), "the destructor works");
}

fn dies_with_its_parent() {
    let (mut read, mut write) = std::io::pipe().unwrap();
    let mut parent = fork_child("parent", move || {
        let child = fork_child("child", sleep_for_ever).unwrap();
        writeln!(write, "{}", child.pid().as_raw_nonzero()).unwrap();
        sleep_for_ever()
    })
    .unwrap();
    let mut line = [0; 16];
    let length = read.read(&mut line).unwrap();
    let child = std::str::from_utf8(&line[..length]).unwrap().trim().to_owned();
    assert!(lives(&child));
    parent.kill().unwrap();
    parent.wait().unwrap();
    eventually("the child is dead", || !lives(&child));
}

fn reaped_pid_is_never_signalled() {
    for _ in 0..200 {
        let mut old = fork_child("old", || 0).unwrap();
        let pid = old.pid().as_raw_nonzero().get();
        old.wait().unwrap();
        // The next process gets the number after this one: pid_namespaces(7).
        fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).unwrap();
        let mut new = fork_child("new", sleep_for_ever).unwrap();
        let reused = new.pid() == old.pid();
        old.kill().unwrap();
        let untouched = new.try_wait().unwrap().is_none();
        new.kill().unwrap();
        assert_eq!(new.wait().unwrap(), Exit::Signal(libc::SIGKILL));
        if reused {
            assert!(untouched, "a stranger was killed");
            return;
        }
    }
    panic!("no pid was reused in 200 attempts");
}

fn user_is_changed_for_good() {
    // It may write a file of root's before, and not after.
    let scratch = Scratch::new();
    let file = scratch.file("root", "", 0o600);
    let mut child = fork_child("test", move || {
        File::open(&file).unwrap();
        Account { uid: NOBODY, gid: NOBODY, groups: vec![4, 24] }.become_for_good().unwrap();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        for line in ["Uid:\t65534\t65534\t65534\t65534", "Gid:\t65534\t65534\t65534\t65534", "Groups:\t4 24 "] {
            assert!(status.lines().any(|l| l == line), "{line}\n{status}");
        }
        assert!(status.contains("CapEff:\t0000000000000000") && status.contains("CapPrm:\t0000000000000000"));
        assert!(File::open(&file).is_err());
        assert!(Account::of_number(0).become_for_good().is_err());
        0
    })
    .unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Code(0));
}

fn user_change_keeps_the_tie() {
    let mut child = fork_child("test", || {
        Account::of_number(NOBODY).become_for_good().unwrap();
        let armed = rustix::process::parent_process_death_signal().unwrap();
        i32::from(armed != Some(Signal::KILL))
    })
    .unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Code(0));
}

fn keep_only_closes_all_others() {
    let leaked = rustix::fs::open("/etc/shadow", rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
    let (read, mut write) = std::io::pipe().unwrap();
    let more: Vec<File> = (0..5).map(|_| File::open("/dev/zero").unwrap()).collect();
    let mut child = fork_child("test", || {
        let open = || {
            let list = fs::read_dir("/proc/self/fd").unwrap();
            list.filter_map(|e| fs::read_link(e.unwrap().path()).ok().map(|p| p.to_str().unwrap().to_owned()))
                .filter(|target| !target.ends_with("/fd"))
                .collect::<Vec<_>>()
        };
        assert!(open().iter().any(|target| target == "/etc/shadow"));
        stdio::keep_only(&[more[3].as_fd(), write.as_fd(), more[3].as_fd()]).unwrap();
        write.write_all(open().join("\n").as_bytes()).unwrap();
        0
    })
    .unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Code(0));
    drop((write, leaked));
    let mut said = String::new();
    { read }.read_to_string(&mut said).unwrap();
    let mut said: Vec<&str> = said.lines().filter(|target| !target.starts_with("pipe:")).collect();
    // stderr is what the runner gave.
    said.retain(|target| !target.contains("memfd:said"));
    assert_eq!(said, ["/dev/null", "/dev/null", "/dev/zero"]);
}

fn closed_standard_descriptors() {
    let scratch = Scratch::new();
    let secret = scratch.file("secret", "x", 0o600);
    let mut child = fork_child("test", || {
        for closed in [[0, 1, 2].as_slice(), &[0], &[1], &[0, 2], &[2]] {
            for fd in closed {
                // SAFETY: nothing is written or read by this child through them.
                assert_eq!(unsafe { libc::close(*fd) }, 0);
            }
            if closed == [0] {
                assert_eq!(File::open(&secret).unwrap().as_raw_fd(), 0, "without defence a file becomes stdin");
            }
            stdio::at_start().unwrap();
            assert!(File::open(&secret).unwrap().as_raw_fd() > 2);
            for fd in closed {
                assert_eq!(fs::read_link(format!("/proc/self/fd/{fd}")).unwrap().to_str(), Some("/dev/null"));
            }
        }
        0
    })
    .unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Code(0));
}

fn ignored_sigchld() {
    let status = scene("_ignored_sigchld");
    let mut env = std::process::Command::new("/usr/bin/env");
    env.args(["--ignore-signal=CHLD", "--block-signal=USR1"]).arg(status.get_program()).args(status.get_args());
    assert!(env.status().unwrap().success());
}

fn inner_ignored_sigchld() {
    let seven = || std::process::Command::new("/bin/sh").args(["-c", "exit 7"]).status();
    assert_eq!(seven().unwrap_err().raw_os_error(), Some(libc::ECHILD), "without defence the status is lost");
    let blocked = || {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        status.lines().any(|line| line == "SigBlk:\t0000000000000200")
    };
    assert!(blocked());
    stdio::at_start().unwrap();
    assert!(!blocked());
    assert_eq!(seven().unwrap().code(), Some(7));
    assert_eq!(fork_child("test", || 7).unwrap().wait().unwrap(), Exit::Code(7));
    let cores = rustix::process::getrlimit(rustix::process::Resource::Core);
    assert_eq!(cores.maximum, Some(0));
}

fn sleep_for_ever() -> i32 {
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}

fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}
