//! Failures of a start, ends of a program, and how much of its output is kept.

use std::fs;
use std::time::{Duration, Instant};

use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::pipes::{Drained, drain};
use roundsman_os::process::spawn::{SpawnError, start};
use roundsman_os::process::tree::{self, adopt_orphans};
use roundsman_os::process::user::Account;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::Scene;
use crate::host::{NOBODY, Scratch, launch, run, shell, within};

pub const SCENES: &[Scene] = &[
    ("end_every_code_is_told", every_code_is_told),
    ("end_signals_are_told", signals_are_told),
    ("end_exec_failures_are_distinct", exec_failures_are_distinct),
    ("end_fork_failure_is_told", fork_failure_is_told),
    ("output_bytes_are_kept", bytes_are_kept),
    ("output_flood_ends_at_the_cap", flood_ends_at_the_cap),
    ("output_cap_is_for_both_pipes_together", cap_is_for_both_pipes),
    ("output_trickle_ends_at_the_deadline", trickle_ends_at_the_deadline),
    ("output_without_a_pause_ends_at_the_deadline", output_without_a_pause),
    ("output_is_complete_up_to_the_end", complete_up_to_the_end),
];

fn every_code_is_told() {
    adopt_orphans().unwrap();
    for code in 0..=255 {
        assert_eq!(run(&shell(&format!("exit {code}"))).exit, Exit::Code(code));
    }
}

fn signals_are_told() {
    adopt_orphans().unwrap();
    for (name, number) in [("SEGV", libc::SIGSEGV), ("KILL", libc::SIGKILL), ("ABRT", libc::SIGABRT)] {
        assert_eq!(run(&shell(&format!("kill -{name} $$; sleep 9"))).exit, Exit::Signal(number));
    }
}

fn exec_failures_are_distinct() {
    adopt_orphans().unwrap();
    let scratch = Scratch::new();
    let fails = |argv: &[&str]| match start(&launch(argv), within(5.0)) {
        Err(SpawnError::Exec(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(fails(&["/no/such/program"]), Errno::NOENT);
    assert_eq!(fails(&[&scratch.file("interpreter", "#!/no/such/shell\n", 0o755)]), Errno::NOENT);
    assert_eq!(fails(&[&scratch.file("closed", "#!/bin/sh\n", 0o644)]), Errno::ACCESS);
    assert_eq!(fails(&[scratch.path().to_str().unwrap()]), Errno::ACCESS);
    assert_eq!(fails(&[&scratch.file("words", "echo ran\n", 0o755)]), Errno::NOEXEC);
    assert_eq!(fails(&["/bin/true", &"x".repeat(3 << 20)]), Errno::TOOBIG);
    let written = scratch.file("written", fs::read("/bin/true").unwrap(), 0o755);
    let writer = fs::OpenOptions::new().write(true).open(&written).unwrap();
    assert_eq!(fails(&[&written]), Errno::TXTBSY);
    drop(writer);
    assert_eq!(run(&launch(&[&written])).exit, Exit::Code(0));
    assert_eq!(run(&shell("exit 127")).exit, Exit::Code(127));
    assert!(rustix::process::wait(rustix::process::WaitOptions::NOHANG).is_err(), "no child is left");
}

fn fork_failure_is_told() {
    Account::of_number(NOBODY).become_for_good().unwrap();
    assert!(start(&launch(&["/bin/true"]), within(5.0)).is_ok());
    setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
    let before = Instant::now();
    match start(&launch(&["/bin/true"]), within(5.0)) {
        Err(error @ SpawnError::Fork(_)) => {
            assert_eq!(error.to_string(), "making a process: EAGAIN (resource temporarily unavailable)")
        }
        other => panic!("{other:?}"),
    }
    assert!(before.elapsed() >= Duration::from_millis(50), "it is tried twice");
}

fn bytes_are_kept() {
    adopt_orphans().unwrap();
    let ran = run(&shell(r"printf '\377\033[2J\0\n'; printf '\376' >&2"));
    assert_eq!((ran.stdout.as_slice(), ran.stderr.as_slice()), (b"\xff\x1b[2J\0\n".as_slice(), b"\xfe".as_slice()));
}

fn flood_ends_at_the_cap() {
    adopt_orphans().unwrap();
    let before = peak();
    let running = start(&shell("yes stdout & yes stderr >&2"), within(5.0)).unwrap();
    let drained = drain(running.stdout, running.stderr, &running.child, None, 4 << 20, within(20.0)).unwrap();
    assert!(matches!(drained, Drained::Full), "{drained:?}");
    let ended = tree::kill(running.child, &[], within(5.0)).unwrap();
    assert!(ended.leader.is_some() && ended.stuck.is_empty(), "{ended:?}");
    let grown = peak() - before;
    assert!(grown < 12 << 10, "{grown} KiB for a cap of 4 MiB");
}

/// Returns the most memory that this process ever had resident, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim_end_matches("kB").trim().parse().unwrap()
}

fn cap_is_for_both_pipes() {
    adopt_orphans().unwrap();
    let printed = |cap| {
        let running = start(&shell("printf aaaa; printf bbbb >&2"), within(5.0)).unwrap();
        let drained = drain(running.stdout, running.stderr, &running.child, None, cap, within(20.0)).unwrap();
        tree::kill(running.child, &[], within(5.0)).unwrap();
        drained
    };
    assert!(matches!(printed(7), Drained::Full));
    match printed(8) {
        Drained::Ended { stdout, stderr } => assert_eq!((stdout, stderr), (b"aaaa".to_vec(), b"bbbb".to_vec())),
        other => panic!("{other:?}"),
    }
}

fn trickle_ends_at_the_deadline() {
    adopt_orphans().unwrap();
    let before = Instant::now();
    let running = start(&shell("while :; do printf x; sleep 0.05; done"), within(5.0)).unwrap();
    let drained = drain(running.stdout, running.stderr, &running.child, None, 1 << 20, within(0.5)).unwrap();
    assert!(matches!(drained, Drained::TimedOut { .. }), "{drained:?}");
    tree::kill(running.child, &[], within(5.0)).unwrap();
    let took = before.elapsed();
    assert!(took >= Duration::from_millis(500) && took < Duration::from_secs(2), "{took:?}");
}

fn output_without_a_pause() {
    // A pipe that has more whenever it is asked, of a program that does not end.
    let (read, write) = rustix::pipe::pipe().unwrap();
    rustix::pipe::fcntl_setpipe_size(&write, 1 << 20).unwrap();
    rustix::io::write(&write, &[0; 1 << 20]).unwrap();
    let sleeper = start(&launch(&["/bin/sleep", "60"]), within(5.0)).unwrap();
    let drained = drain(read, sleeper.stderr, &sleeper.child, None, 100 << 10, Instant::now()).unwrap();
    assert!(matches!(drained, Drained::TimedOut { .. }), "the cap came before the deadline");
    sleeper.child.kill().unwrap();
}

fn complete_up_to_the_end() {
    adopt_orphans().unwrap();
    // Its last output, more than one read takes, is still in the pipe when it ends.
    let ran = run(&shell("head -c 700000 /dev/zero; head -c 60000 /dev/zero >&2; printf end"));
    assert_eq!((ran.stdout.len(), ran.stderr.len()), (700_003, 60_000));
    assert!(ran.stdout.ends_with(b"end"));
}
