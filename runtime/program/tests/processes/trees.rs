//! The end of a program with everything that it started.

use std::process::Command;
use std::time::{Duration, Instant};

use roundsman_os::process::fork::fork_child;
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::pipes::{Drained, drain};
use roundsman_os::process::spawn::{Launch, start};
use roundsman_os::process::tree::{self, GRACE, TreeEnd, adopt_orphans};
use roundsman_os::process::user::Account;

use crate::Scene;
use crate::host::{NOBODY, alive, eventually, launch, mark, run, shell, within};

pub const SCENES: &[Scene] = &[
    ("tree_grandchild_that_holds_the_pipe", grandchild_that_holds_the_pipe),
    ("tree_double_fork_daemon", double_fork_daemon),
    ("tree_ignored_term_is_killed_after_the_grace", ignored_term),
    ("tree_term_is_heard_first", term_is_heard_first),
    ("tree_fork_bomb_is_killed", fork_bomb),
    ("tree_sessions_below_sessions", sessions_below_sessions),
    ("tree_stopped_program_is_killed", stopped_program),
    ("tree_spared_child_lives_on", spared_child_lives_on),
    ("tree_program_dies_with_its_parent", program_dies_with_its_parent),
];

fn nothing_left(mark: &str) {
    assert_eq!(alive(mark), 0, "processes are left");
    let none = rustix::process::wait(rustix::process::WaitOptions::NOHANG);
    assert!(none.is_err(), "a child is left to reap: {none:?}");
}

fn grandchild_that_holds_the_pipe() {
    adopt_orphans().unwrap();
    let mark = mark();
    let script = format!("setsid sleep {mark} & echo started");
    let before = Instant::now();
    Command::new("/bin/sh").args(["-c", &script.replace(&mark, "1.5")]).output().unwrap();
    assert!(before.elapsed() >= Duration::from_secs(1), "without defence it is waited for");

    let before = Instant::now();
    let ran = run(&shell(&script));
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    assert_eq!((ran.text(), ran.exit), ("started\n", Exit::Code(0)));
    nothing_left(&mark);
}

fn double_fork_daemon() {
    adopt_orphans().unwrap();
    let mark = mark();
    let script = format!("setsid sh -c '(sleep {mark} >/dev/null 2>&1 </dev/null &) ; exit 0'; echo gone");
    Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
    assert_eq!(alive(&mark), 1, "without defence it lives on");
    assert_eq!(run(&shell(&script)).text(), "gone\n");
    // Both: the first one is an orphan of this process as well.
    nothing_left(&mark);
}

fn timed_out(launch: &Launch) -> (TreeEnd, Duration) {
    let running = start(launch, within(5.0)).unwrap();
    let drained = drain(running.stdout, running.stderr, &running.child, None, 1 << 20, within(0.3)).unwrap();
    assert!(matches!(drained, Drained::TimedOut { .. }), "{drained:?}");
    let before = Instant::now();
    let ended = tree::terminate(running.child, &[], Instant::now() + GRACE, within(10.0)).unwrap();
    (ended, before.elapsed())
}

fn ignored_term() {
    adopt_orphans().unwrap();
    let mark = mark();
    // An ignored signal is inherited by the sleeper.
    let (ended, took) = timed_out(&shell(&format!("trap '' TERM; sleep {mark}; sleep {mark}")));
    assert_eq!(ended.leader, Some(Exit::Signal(libc::SIGKILL)));
    assert!(took >= GRACE && took < GRACE + Duration::from_secs(1), "{took:?}");
    nothing_left(&mark);
}

fn term_is_heard_first() {
    adopt_orphans().unwrap();
    let mark = mark();
    let (ended, took) = timed_out(&shell(&format!("trap 'exit 9' TERM; sleep {mark} & wait")));
    assert_eq!(ended.leader, Some(Exit::Code(9)));
    assert!(took < Duration::from_secs(1), "{took:?}");
    nothing_left(&mark);
}

fn fork_bomb() {
    adopt_orphans().unwrap();
    let mark = mark();
    let mut bomb = shell(&format!(
        "i=0; while [ $i -lt 500 ]; do if [ $((i % 5)) = 0 ]; then setsid sleep {mark} & else sleep {mark} & fi; \
         i=$((i + 1)); done; wait"
    ));
    bomb.account = Some(Account::of_number(NOBODY));
    let running = start(&bomb, within(5.0)).unwrap();
    eventually("500 processes", || alive(&mark) >= 500);
    let before = Instant::now();
    let ended = tree::kill(running.child, &[], within(10.0)).unwrap();
    assert_eq!(ended, TreeEnd { leader: Some(Exit::Signal(libc::SIGKILL)), stuck: Vec::new() });
    assert!(before.elapsed() < Duration::from_secs(3), "{:?}", before.elapsed());
    nothing_left(&mark);
}

fn sessions_below_sessions() {
    adopt_orphans().unwrap();
    let mark = mark();
    let nested =
        format!("setsid sh -c \"setsid sh -c 'setsid sleep {mark} & sleep {mark}' & sleep {mark}\" & sleep {mark}");
    let running = start(&shell(&nested), within(5.0)).unwrap();
    eventually("four sleepers", || alive(&mark) == 4);
    tree::kill(running.child, &[], within(10.0)).unwrap();
    nothing_left(&mark);
}

fn stopped_program() {
    adopt_orphans().unwrap();
    let mark = mark();
    let (ended, _) = timed_out(&shell(&format!("sleep {mark} & kill -STOP $$")));
    assert_eq!(ended.leader, Some(Exit::Signal(libc::SIGKILL)));
    nothing_left(&mark);
}

fn spared_child_lives_on() {
    adopt_orphans().unwrap();
    let mut reader = fork_child("reader", || {
        std::thread::sleep(Duration::from_secs(60));
        0
    })
    .unwrap();
    let running = start(&launch(&["/bin/sleep", &mark()]), within(5.0)).unwrap();
    tree::kill(running.child, &[reader.pid()], within(5.0)).unwrap();
    assert_eq!(alive(&mark()), 0);
    assert_eq!(reader.try_wait().unwrap(), None);
    reader.kill().unwrap();
    reader.wait().unwrap();
}

fn program_dies_with_its_parent() {
    let mark = mark();
    let broker = |account: Option<Account>| {
        let mut sleeper = launch(&["/bin/sleep", &mark]);
        sleeper.account = account;
        fork_child("broker", move || {
            start(&sleeper, within(5.0)).unwrap().child.wait().unwrap();
            0
        })
        .unwrap()
    };
    let mut killed = broker(Some(Account::of_number(NOBODY)));
    eventually("the program runs", || alive(&mark) == 1);
    killed.kill().unwrap();
    killed.wait().unwrap();
    eventually("the program is dead", || alive(&mark) == 0);
    // At any moment, between the fork and the tie too.
    for moment in 0..40 {
        let mut killed = broker(None);
        std::thread::sleep(Duration::from_micros(100 * moment));
        killed.kill().unwrap();
        killed.wait().unwrap();
        eventually("the program is dead", || alive(&mark) == 0);
    }
}
