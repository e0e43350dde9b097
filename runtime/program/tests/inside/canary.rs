//! The memory of a worker has nothing of another check.

use std::rc::Rc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use roundsman_contract::report::{Failure, FailureKind};
use roundsman_contract::subject::CheckSubject;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_sandbox::zygote::work::say;
use roundsman_tests::component;
use roundsman_tests::memory::holds;

use crate::scenes::Scene;
use crate::staged::Staged;
use crate::system::shared;
use crate::watch::{Board, children};

pub const SCENES: &[Scene] = &[
    ("inside_a_worker_holds_nothing_of_another_check", nothing_of_another),
    ("inside_a_worker_of_a_zygote_that_was_forked_too_late_holds_everything", without_defence),
];

/// Secrets that one check has and no other.
const KINDS: [&str; 3] = ["options", "state", "grant"];
const ALL: u32 = 0b111;

/// The [`KINDS`] that are in the memory of each process, the first in the lowest bit.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    own_worker: u32,
    /// Of another check's worker and of a compile worker, either.
    other_workers: u32,
    zygote: u32,
}

fn nothing_of_another() {
    let seen = look(|staged| staged.learn("secretive", keep_secrets));
    // Its own worker hands the options to the component; the rest is its broker's.
    assert_eq!(seen, Seen { own_worker: 0b001, other_workers: 0, zygote: 0 });
}

/// As it is where the process that workers are forked from has read everything.
fn without_defence() {
    let seen = look(|staged| staged.change("secretive", keep_secrets));
    assert_eq!(seen, Seen { own_worker: ALL, other_workers: ALL, zygote: ALL });
}

/// Does a round in which the check `secretive` is told its secrets by `tell`, and looks for them while all work.
fn look(tell: impl FnOnce(&mut Staged)) -> Seen {
    let board = Board::new();
    let [own, own_worker, other_workers, zygote] = shared();
    let mut staged = Staged::new();
    staged.check_of("compiled", "compiled", component::wat("logs"), |_| ());
    staged.lie("compiled", move |_, channel| {
        board.begun.fetch_add(1, SeqCst);
        board.wait();
        say(channel, &Err::<Vec<String>, _>(Failure::new(FailureKind::Invalid, "seen")))
    });
    for name in ["secretive", "other"] {
        staged.check(name, |subject| Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(60));
        staged.act(name, move |_, honest| {
            if name == "secretive" {
                own.store(std::process::id(), SeqCst);
            }
            board.begun.fetch_add(1, SeqCst);
            board.wait();
            honest()
        });
    }
    tell(&mut staged);

    let round = std::process::id();
    let mut watcher = board.watch(|_| {
        if board.begun.load(SeqCst) < 3 {
            return false;
        }
        let own = own.load(SeqCst);
        let mut others = children(round, &["roundsman-worke", "roundsman-compi"]);
        others.retain(|pid| *pid != own);
        assert_eq!(others.len(), 2);
        note(own_worker, &[own]);
        note(other_workers, &others);
        note(zygote, &children(round, &["roundsman-zygot"]));
        board.go.store(1, SeqCst);
        true
    });
    let ran = staged.run();
    watcher.wait().unwrap();
    ran.assert_honest("other");
    let [own_worker, other_workers, zygote] = [own_worker, other_workers, zygote].map(|seen| seen.load(SeqCst));
    Seen { own_worker, other_workers, zygote }
}

fn note(seen: &AtomicU32, pids: &[u32]) {
    for (kind, bit) in KINDS.iter().zip(0..) {
        let found = pids.iter().any(|pid| holds(*pid, &canary(kind)));
        seen.fetch_or(u32::from(found) << bit, SeqCst);
    }
}

fn keep_secrets(subject: &mut CheckSubject) {
    let [options, state, grant] = KINDS.map(canary);
    subject.options = format!("{{\"key\":\"{options}\"}}");
    subject.state.insert("key".to_owned(), state.into_bytes());
    Rc::make_mut(&mut subject.grants).files = vec![PathPattern::parse(&format!("/{grant}")).unwrap()];
}

/// Makes a text that is nowhere in this program until it is asked for.
fn canary(kind: &str) -> String {
    kind.bytes().map(|byte| format!("{byte:o}.")).collect()
}
