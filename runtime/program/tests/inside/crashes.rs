//! Processes that die in the middle: the failure says of what, and nobody else notices.

use std::fs::File;
use std::rc::Rc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use roundsman_contract::calls::wire::{self, FromWorker};
use roundsman_contract::report::{FailureKind, Usage};
use roundsman_sandbox::worker::Ended;
use roundsman_tests::state;

use crate::scenes::Scene;
use crate::staged::Staged;
use crate::system::{segfault, sys};
use crate::watch::{Board, children, name as name_of};

pub const SCENES: &[Scene] = &[
    ("inside_the_death_of_a_worker_is_named", deaths),
    ("inside_a_process_that_somebody_kills_is_named", killed_from_outside),
    ("inside_a_zygote_that_is_killed_is_named", || zygote_ends(libc::SIGKILL, "the zygote was killed by SIGKILL")),
    ("inside_a_zygote_that_hangs_is_named", || zygote_ends(libc::SIGSTOP, "the zygote gave no answer for 5 s")),
];

/// A name, what the worker does, and what its failure says.
type Death = (&'static str, fn() -> i32, &'static [&'static str]);

fn deaths() {
    let cases: [Death; 8] = [
        (
            "segfault",
            || {
                segfault();
                0
            },
            &["the worker was killed by SIGSEGV"],
        ),
        ("abort", || std::process::abort(), &["the worker was killed by SIGABRT"]),
        (
            "panic",
            || panic!("the engine's own {}", "words"),
            &["the worker exited with 101", "panicked at", "crashes.rs", "the engine's own words"],
        ),
        ("overflow", || i32::from(recurse(0) > 0), &["the worker was killed by SIGSEGV"]),
        ("kill-itself", || signal(libc::SIGKILL), &["the worker was killed by SIGKILL"]),
        ("bus", || signal(libc::SIGBUS), &["the worker was killed by SIGBUS"]),
        ("silent", || 0, &["the run ended without a report"]),
        ("silent-7", || 7, &["the worker exited with 7"]),
    ];
    let mut staged = Staged::new();
    for (name, act, _) in cases {
        staged.check(name, |_| ());
        staged.act(name, move |_, _| act());
        staged.check(&format!("honest-{name}"), |_| ());
    }
    // Says that all is well, and dies; says why it fails, and dies.
    for (name, last) in [("well-and-dead", None), ("told-and-dead", Some("told before"))] {
        staged.check(name, |_| ());
        staged.act(name, move |broker: &File, honest| {
            match last {
                None => drop(honest()),
                Some(text) => {
                    let failure = roundsman_contract::report::Failure::new(FailureKind::Trap, text);
                    let ended = Ended { result: Err(failure), usage: Usage::default() };
                    wire::send(broker, &FromWorker::Ended(ended), 1 << 20).unwrap();
                }
            }
            segfault();
            0
        });
    }
    let ran = staged.run();
    for (name, _, parts) in cases {
        ran.assert_failure(name, FailureKind::Internal, parts);
    }
    ran.assert_failure("well-and-dead", FailureKind::Internal, &["the worker was killed by SIGSEGV"]);
    ran.assert_failure("told-and-dead", FailureKind::Trap, &["told before"]);
    ran.assert_honest("honest");
}

/// As the kernel does where memory has run out, or an operator: broker or worker, at any moment.
fn killed_from_outside() {
    let mut staged = Staged::new();
    let boards = [("broker", Board::new()), ("worker", Board::new())];
    let mut watchers = Vec::new();
    for (place, (name, board)) in boards.into_iter().enumerate() {
        staged.check(name, |_| ());
        staged.act(name, move |_, _| {
            board.begun.store(std::process::id(), SeqCst);
            loop {
                crate::system::pause();
            }
        });
        staged.check(&format!("honest-{name}"), |_| ());
        let round = std::process::id();
        watchers.push(board.watch(move |_| {
            let worker = board.begun.load(SeqCst);
            // By any name: a process that was just forked has not taken its name yet, and the one before it
            // in a list without it would be another check's.
            let all = children(round, &[]);
            let Some(at) = all.iter().position(|pid| *pid == worker).filter(|_| worker != 0) else { return false };
            // The broker is forked just before its worker.
            let Some(victim) = (at + place).checked_sub(1).map(|at| all[at]) else { return false };
            name_of(victim) == ["roundsman-broke", "roundsman-worke"][place]
                && sys(libc::SYS_kill, &[victim as usize, libc::SIGKILL as usize]).is_ok()
        }));
    }
    let ran = staged.run();
    for mut watcher in watchers {
        watcher.wait().unwrap();
    }
    for (name, _) in boards {
        ran.assert_failure(name, FailureKind::Internal, &[&format!("the {name} was killed by SIGKILL")]);
        assert!(ran.outcomes[name].duration.as_secs() < 5, "{name} was not noticed");
    }
    ran.assert_honest("honest");
}

/// The workers that are there go on, those that are wanted later say why they are not, and the round ends.
fn zygote_ends(by: i32, says: &'static str) {
    let mut staged = Staged::new();
    let board = Board::new();
    let later = ["later-one", "later-two", "later-three"];
    // They are started in this order, and there is room for as many at a time.
    for name in ["honest-one", "honest-two", "honest-three", "honest-four"] {
        staged.check(name, |subject| Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(60));
        staged.act(name, |_, honest| {
            board.begun.fetch_add(1, SeqCst);
            board.wait();
            honest()
        });
    }
    for name in later {
        staged.check(name, |_| ());
    }
    let mut watcher = board.watch(move |children| {
        if board.begun.load(SeqCst) < 4 {
            return false;
        }
        let zygote = children.iter().find(|pid| name_of(**pid) == "roundsman-zygot").unwrap();
        if state(zygote) != Some('S') {
            // It has not said yet that the last one is there.
            return false;
        }
        sys(libc::SYS_kill, &[*zygote as usize, by as usize]).unwrap();
        board.go.store(1, SeqCst);
        true
    });
    let ran = staged.run();
    watcher.wait().unwrap();
    for name in later {
        ran.assert_failure(name, FailureKind::Internal, &[says]);
    }
    ran.assert_honest("honest");
}

fn signal(signal: i32) -> i32 {
    let own = std::process::id() as usize;
    let _ = sys(libc::SYS_tgkill, &[own, own, signal as usize]);
    0
}

#[expect(unconditional_recursion, reason = "the stack is to be exhausted")]
fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    recurse(frame[0] + 1) + frame[1]
}
