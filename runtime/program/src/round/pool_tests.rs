use std::process::{Command, Stdio};

use rustix::process::Pid;

use super::*;
use roundsman_os::process::pipe::pipe;

const SOON: Duration = Duration::from_millis(10);

/// A task of one process, of which nothing is known yet.
#[expect(clippy::disallowed_methods, clippy::zombie_processes, reason = "a process to watch, which the pool waits for")]
fn task(program: &[&str], timeout: Duration) -> Pool<()> {
    let child = Command::new(program[0]).args(&program[1..]).stdout(Stdio::null()).spawn().unwrap();
    let worker = Child::of(Pid::from_child(&child)).unwrap();
    let ((channel, _), (stderr, _)) = (pipe().unwrap(), pipe().unwrap());
    let started = Instant::now();
    let mut pool = Pool::default();
    pool.add(Task {
        key: (),
        worker,
        broker: None,
        channel,
        longest: 9,
        stderr,
        started,
        timeout,
        slot: None,
        shown: false,
    });
    pool
}

#[test]
fn what_ended_in_time_is_no_timeout_however_late_it_is_looked_at() {
    let mut pool = task(&["true"], 10 * SOON);
    std::thread::sleep(30 * SOON);
    let reason = pool.next(Instant::now() + KILL_GRACE, None, &mut |_| {}).unwrap().unwrap().reason;
    assert_eq!((reason.timed_out, reason.by_round, reason.worker), (false, false, Some(Exit::Code(0))));
}

#[test]
fn what_a_kill_has_ended_is_not_abandoned_however_late_it_is_looked_at() {
    let mut pool = task(&["sleep", "60"], SOON);
    // Killed, and not looked at since.
    std::thread::sleep(2 * SOON);
    assert!(pool.next(Instant::now(), None, &mut |_| {}).unwrap().is_none());
    std::thread::sleep(KILL_GRACE + SOON);
    let reason = pool.next(Instant::now(), None, &mut |_| {}).unwrap().unwrap().reason;
    assert_eq!((reason.timed_out, reason.worker), (true, Some(Exit::Signal(9))));
}
