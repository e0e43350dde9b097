//! Workers as the rest of the host sees them: who they are, what they hold, and that nothing outlives its round.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::rc::Rc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use roundsman_contract::calls::wire::{self, FromWorker};
use roundsman_contract::calls::{Request, commands, files};
use roundsman_grants::CommandGrant;
use roundsman_grants::argv::GrantedArgv;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_os::process::fork::fork_child;
use roundsman_os::process::pidfd::Exit;

use crate::messages::for_ever;
use crate::scenes::Scene;
use crate::staged::Staged;
use crate::system::pause;
use crate::watch::{Board, children, name};

pub const SCENES: &[Scene] = &[
    ("inside_a_worker_holds_nothing", holds_nothing),
    ("inside_a_compile_worker_holds_nothing", compile_worker_holds_nothing),
    ("inside_nothing_outlives_a_round_that_is_killed", nothing_outlives),
];

fn holds_nothing() {
    let board = Board::new();
    let mut staged = Staged::new();
    // Descriptors that a careless caller left open, of this round and of the checks before.
    let leaked = leak();
    for name in ["honest-one", "honest-two"] {
        staged.check(name, |subject| Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(60));
        staged.act(name, |_, honest| {
            board.begun.fetch_add(1, SeqCst);
            board.wait();
            honest()
        });
    }
    let mut watcher = board.watch(|children| {
        if board.begun.load(SeqCst) < 2 {
            return false;
        }
        let workers: Vec<u32> = children.iter().copied().filter(|pid| name(*pid) == "roundsman-worke").collect();
        assert_eq!(workers.len(), 2);
        let uids: BTreeSet<u32> = workers.iter().map(|pid| locked(*pid)).collect();
        assert_eq!(uids.len(), 2, "each has a uid of its own: {uids:?}");
        for pid in workers {
            assert_eq!(held(pid), ["/dev/null", "/dev/null", "pipe", "socket"]);
            assert_eq!(limit(pid, "Max file size"), "0");
            assert_eq!(limit(pid, "Max data size"), ((128 + 64) << 20).to_string());
        }
        board.go.store(1, SeqCst);
        true
    });
    let ran = staged.run();
    assert_eq!(watcher.wait().unwrap(), Exit::Code(0), "see what the watcher said");
    ran.assert_honest("honest");
    drop(leaked);
}

fn compile_worker_holds_nothing() {
    let board = Board::new();
    let mut staged = Staged::new();
    let leaked = leak();
    staged.check_of("waits", "waits", roundsman_tests::component::wat("logs"), |_| ());
    staged.lie("waits", |_, channel| {
        board.begun.store(std::process::id(), SeqCst);
        board.wait();
        roundsman_sandbox::zygote::work::say(channel, &Err::<Vec<String>, _>(seen_failure()))
    });
    let mut watcher = board.watch(|_| {
        let pid = board.begun.load(SeqCst);
        if pid == 0 {
            return false;
        }
        locked(pid);
        assert_eq!(held(pid), ["/dev/null", "/dev/null", "memfd:code", "pipe", "pipe"]);
        board.go.store(1, SeqCst);
        true
    });
    let ran = staged.run();
    assert_eq!(watcher.wait().unwrap(), Exit::Code(0), "see what the watcher said");
    // What is wrong with a component begins with its file.
    let failure = ran.failure("waits");
    assert_eq!(failure.kind, seen_failure().kind);
    assert!(failure.message.ends_with("waits.wasm: seen"), "{failure:?}");
    drop(leaked);
}

fn seen_failure() -> roundsman_contract::report::Failure {
    roundsman_contract::report::Failure::new(roundsman_contract::report::FailureKind::Invalid, "seen")
}

/// Descriptors that stay open at exec and in forks.
fn leak() -> Vec<fs::File> {
    let leaked: Vec<fs::File> = ["/etc/shadow", "/", "/dev/zero"].map(|path| fs::File::open(path).unwrap()).into();
    for file in &leaked {
        rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty()).unwrap();
    }
    leaked
}

/// Asserts all that `/proc` tells of the lock of a process; gives its uid.
fn locked(pid: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {key} in {status}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let uid: u32 = field("Uid").split(' ').next().unwrap().parse().unwrap();
    assert!((60_720..61_120).contains(&uid) && uid.is_multiple_of(2), "{uid}");
    for key in ["Uid", "Gid"] {
        assert_eq!(field(key), format!("{uid} {uid} {uid} {uid}"));
    }
    assert_eq!(field("Groups"), "");
    for key in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(field(key), "0000000000000000", "{key}");
    }
    assert_eq!((field("NoNewPrivs"), field("Seccomp"), field("Threads")), ("1".into(), "2".into(), "1".into()));
    assert_eq!(field("SigBlk"), "0000000000000000");
    for (name, value) in [("Max processes", "0"), ("Max core file size", "0"), ("Max stack size", "8388608")] {
        assert_eq!(limit(pid, name), value, "{name}");
    }
    // Files of a process that is not dumpable belong to root: proc_pid(5).
    assert_eq!(fs::metadata(format!("/proc/{pid}/mem")).unwrap().uid(), 0, "it is dumpable");
    assert_eq!(fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap().trim(), "1000");
    uid
}

/// Kinds of the open descriptors, sorted.
fn held(pid: u32) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let mut held: Vec<String> = entries
        .map(|entry| fs::read_link(entry.unwrap().path()).unwrap().to_str().unwrap().to_owned())
        .map(|target| match target.strip_prefix("/memfd:") {
            Some(rest) => format!("memfd:{}", rest.trim_end_matches(" (deleted)")),
            None => target.split(':').next().unwrap().to_owned(),
        })
        .collect();
    held.sort();
    held
}

/// Returns the soft limit, which must be the hard one too.
fn limit(pid: u32, name: &str) -> String {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let mut values = line.split_whitespace();
    let (soft, hard) = (values.next().unwrap(), values.next().unwrap());
    assert_eq!(soft, hard, "{name}");
    soft.to_owned()
}

/// kill -9 of the round while one worker computes, one sleeps, a reader waits, and a command runs.
fn nothing_outlives() {
    let mark = format!("3{:06}", std::process::id());
    let mut staged = Staged::new();
    let argv = ["/bin/sleep".to_owned(), mark];
    staged.check("commands", |subject| {
        Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(600);
        Rc::make_mut(&mut subject.grants).commands = vec![CommandGrant::of(GrantedArgv::literal(&argv).unwrap())];
    });
    staged.act("commands", move |broker, _| {
        let run = FromWorker::Call {
            request: Request::Commands(commands::Call::Run { argv: argv.to_vec(), input: None }),
            room: 1 << 20,
        };
        wire::send(broker, &run, 1 << 20).unwrap();
        for_ever(pause)
    });
    staged.check("reads", |subject| {
        Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(600);
        Rc::make_mut(&mut subject.grants).files = vec![PathPattern::parse("/proc/mounts").unwrap()];
    });
    staged.act("reads", |broker, _| {
        let read = FromWorker::Call {
            request: Request::Files(files::Call::Read { path: "/proc/mounts".to_owned() }),
            room: 1 << 20,
        };
        wire::send(broker, &read, 1 << 20).unwrap();
        for_ever(std::hint::spin_loop)
    });
    // The directory is of both processes: if this one drops it, it is gone for the other one too.
    let mut staged = Some(staged);
    let mut round = fork_child("round", || {
        let ran = staged.take().unwrap().run();
        panic!("the round ended: {:?}", ran.outcomes)
    })
    .unwrap();
    let of_round = u32::try_from(round.pid().as_raw_nonzero().get()).unwrap();
    let names = |pids: &[u32]| pids.iter().map(|pid| name(*pid)).collect::<BTreeSet<String>>();
    // The zygote has become the second worker.
    let all = ["roundsman-broke", "roundsman-reade", "roundsman-worke", "sleep"].map(str::to_owned);
    let end = Instant::now() + Duration::from_secs(20);
    let descendants = loop {
        let mut found = children(of_round, &[]);
        for pid in found.clone() {
            found.extend(children(pid, &[]));
        }
        if names(&found).is_superset(&all.clone().into()) && found.len() == 6 {
            break found;
        }
        assert!(Instant::now() < end, "there are only {:?}", names(&found));
        pause();
    };
    round.kill().unwrap();
    round.wait().unwrap();
    let lives = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // A zombie is dead: who has to reap it may take its time.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    };
    let end = Instant::now() + Duration::from_secs(5);
    while descendants.iter().any(lives) {
        let left: Vec<u32> = descendants.iter().copied().filter(|pid| lives(pid)).collect();
        assert!(Instant::now() < end, "still there: {:?}", names(&left));
        pause();
    }
}
