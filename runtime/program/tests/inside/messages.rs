//! Messages of a worker to its broker: requests are judged by its own grants, and a message that no component sends ends it.

use std::fs::File;
use std::io::Write as _;
use std::rc::Rc;
use std::time::Duration;

use roundsman_config::Limits;
use roundsman_contract::calls::wire::{self, FromWorker, LONGEST_CALL, LONGEST_TO_WORKER, ToWorker};
use roundsman_contract::calls::{Reply, Request, clock, commands, files, logging, state};
use roundsman_contract::report::{FailureKind, Usage};
use roundsman_contract::{Error, Level, Outcome, Status};
use roundsman_grants::path_pattern::PathPattern;
use roundsman_sandbox::worker::longest_message;
use roundsman_sandbox::worker::{Ended, ExportAnswer};

use crate::scenes::Scene;
use crate::staged::Staged;
use crate::system::pause;

pub const SCENES: &[Scene] = &[
    ("inside_a_grant_is_of_one_socket", grant_is_of_one_socket),
    ("inside_what_no_component_sends_ends_the_worker", what_no_component_sends),
    ("inside_a_flood_of_messages_ends_at_the_deadline", floods),
];

/// A check's own file and another's: each broker knows its own grants only.
fn grant_is_of_one_socket() {
    let mut staged = Staged::new();
    let secret = staged.path("secret");
    std::fs::write(&secret, "of the owner").unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let path = secret.to_str().unwrap().to_owned();
    let read = Request::Files(files::Call::Read { path: path.clone() });
    staged.check("owner", |subject| Rc::make_mut(&mut subject.grants).files = vec![PathPattern::parse(&path).unwrap()]);
    staged.act("owner", {
        let read = read.clone();
        move |broker, honest| {
            assert_eq!(ask(broker, read.clone()), Reply::Files(files::Answer::Data(b"of the owner".to_vec())));
            honest()
        }
    });
    staged.check("forger", |_| ());
    staged.act("forger", move |broker, honest| {
        let run = Request::Commands(commands::Call::Run { argv: vec!["/bin/true".to_owned()], input: None });
        for request in [
            read.clone(),
            run,
            Request::Files(files::Call::Stat { path: path.clone() }),
            Request::Files(files::Call::Mounts),
        ] {
            let reply = ask(broker, request);
            assert!(matches!(reply, Reply::Error(Error::Denied(_))), "{reply:?}");
        }
        honest()
    });
    let ran = staged.run();
    ran.assert_honest("owner");
    ran.assert_honest("forger");
    assert!(ran.outcomes["owner"].trace.denials.is_empty());
    let denied: Vec<_> = ran.outcomes["forger"].trace.denials.iter().map(|denial| denial.capability.as_str()).collect();
    assert_eq!(denied, ["files", "commands", "metadata", "filesystems"]);
}

/// Each is said, and then nothing more: the worker would stay.
fn what_no_component_sends() {
    let longest = u32::try_from(longest_message(&Limits::default())).unwrap();
    let frame = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat();
    let ended = || {
        let mut bytes = Vec::new();
        wire::send(&mut bytes, &FromWorker::Ended(outcome()), 1 << 20).unwrap();
        bytes
    };
    let mut call = Vec::new();
    wire::send(&mut call, &FromWorker::Call { request: Request::Clock(clock::Call::Now), room: 0 }, 1 << 20).unwrap();
    // Of a frame the length, in four bytes, and the number of `Call` come before the numbers of the capability and of its call.
    let numbers = |request: Request| {
        let mut bytes = Vec::new();
        wire::send(&mut bytes, &FromWorker::Call { request, room: 0 }, 1 << 20).unwrap();
        [bytes[5], bytes[6]]
    };
    let (run, now) = (
        numbers(Request::Commands(commands::Call::Run { argv: Vec::new(), input: None })),
        numbers(Request::Clock(clock::Call::Now)),
    );
    // `Call` of `Run` with 60 million empty words: 24 bytes each in memory, one on the wire.
    let mut swollen = vec![0, run[0], run[1]];
    swollen.extend(varint(60_000_000));
    let swollen = [&62_000_000_u32.to_le_bytes(), swollen.as_slice()].concat();

    let too_long = format!("a message of {} bytes", longest + 1);
    let cases: Vec<(&str, Vec<u8>, usize, &str)> = vec![
        ("longest-number", u32::MAX.to_le_bytes().to_vec(), 0, "a message of 4294967295 bytes"),
        ("one-too-long", (longest + 1).to_le_bytes().to_vec(), 0, &too_long),
        ("empty", frame(&[]), 0, "does not decode"),
        ("unknown-kind", frame(&[9]), 0, "does not decode"),
        ("unknown-request", frame(&[0, 200, 1]), 0, "does not decode"),
        ("cut", frame(&[0, 0, 0, 5, b'/']), 0, "does not decode"),
        ("bad-utf8", frame(&[0, 0, 0, 1, 0xff, 0]), 0, "does not decode"),
        ("more-than-one", frame(&[0, now[0], now[1], 0, 7]), 0, "does not decode"),
        ("swollen", swollen, 62_000_000, "small pieces"),
        ("call-after-end", [ended(), call].concat(), 0, "after the last word"),
        ("two-ends", [ended(), ended()].concat(), 0, "after the last word"),
        ("byte-after-end", [ended(), vec![0]].concat(), 0, "after the last word"),
    ];
    let mut staged = Staged::new();
    staged.check("honest-first", |_| ());
    for (name, bytes, zeros, _) in &cases {
        staged.check(name, |subject| Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(60));
        let (bytes, zeros) = (bytes.clone(), *zeros);
        staged.act(name, move |mut broker: &File, _| {
            broker.write_all(&bytes).unwrap();
            for _ in (0..zeros).step_by(1 << 16) {
                let _ = broker.write_all(&[0; 1 << 16]);
            }
            for_ever(pause)
        });
    }
    // The same without the fault: said, and the worker leaves.
    staged.check("well-said", |_| ());
    staged.act("well-said", move |mut broker: &File, _| broker.write_all(&ended()).map_or(1, |()| 0));
    // Said, and it stays: the deadline ends it, and it was not well.
    staged.check("stays", |subject| Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(1));
    staged.act("stays", move |broker, _| {
        wire::send(broker, &FromWorker::Ended(outcome()), 1 << 20).unwrap();
        for_ever(pause)
    });
    staged.check("honest-last", |_| ());

    let ran = staged.run();
    for (name, _, _, part) in &cases {
        ran.assert_failure(name, FailureKind::Internal, &["the worker sent what no component can", part]);
        assert!(ran.outcomes[*name].duration < Duration::from_secs(20), "{name} was not ended");
    }
    assert_eq!(ran.outcome("well-said").summary, "forged");
    ran.assert_failure("stays", FailureKind::Timeout, &["limits.timeout"]);
    ran.assert_honest("honest");
}

/// A name, and what is done again and again.
type Flood = (&'static str, fn(&File));

fn floods() {
    let mut staged = Staged::new();
    let flood: [Flood; 5] = [
        ("asks", |broker| drop(ask(broker, Request::Clock(clock::Call::Now)))),
        ("listens-not", |broker| {
            let _ = wire::send(
                broker,
                &FromWorker::Call { request: Request::Files(files::Call::Granted), room: 0 },
                1 << 20,
            );
        }),
        ("logs", |broker| {
            drop(ask(broker, Request::Logging(logging::Call { level: Level::Info, message: "x".repeat(1000) })))
        }),
        ("keeps", |broker| {
            let value = vec![7; 60 << 10];
            drop(ask(broker, Request::State(state::Call::Set { key: std::process::id().to_string(), value })));
        }),
        ("half-a-message", |_| pause()),
    ];
    for (name, once) in flood {
        staged.check(name, |subject| Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(1));
        staged.act(name, move |mut broker: &File, _| {
            if name == "half-a-message" {
                broker.write_all(&[200, 0, 0, 0, 1]).unwrap();
            }
            for_ever(|| once(broker))
        });
        staged.check(&format!("honest-{name}"), |_| ());
    }
    let ran = staged.run();
    for (name, _) in flood {
        ran.assert_failure(name, FailureKind::Timeout, &["limits.timeout of 1s"]);
        let run_outcome = &ran.outcomes[name];
        assert!(run_outcome.duration < Duration::from_secs(4), "{name} took {:?}", run_outcome.duration);
        assert!(run_outcome.trace.state.is_none(), "a failed run keeps nothing");
        let logged: usize = run_outcome.trace.log.iter().map(|line| line.message.len()).sum();
        assert!(logged <= 64 << 10, "{name} logged {logged} bytes");
    }
    assert!(ran.outcomes["logs"].trace.log_dropped > 0);
    ran.assert_honest("honest");
}

/// Asks as a worker does; gives the broker's answer.
fn ask(broker: &File, request: Request) -> Reply {
    wire::send(broker, &FromWorker::Call { request, room: 1 << 30 }, LONGEST_CALL).unwrap();
    wire::receive::<ToWorker>(broker, LONGEST_TO_WORKER).unwrap().unwrap()
}

pub fn for_ever(once: impl Fn()) -> i32 {
    loop {
        once();
    }
}

/// Returns the last word of a worker that computed nothing.
fn outcome() -> Ended {
    let outcome = Outcome {
        status: Status::Ok,
        summary: "forged".to_owned(),
        details: Vec::new(),
        subchecks: Vec::new(),
        metrics: Vec::new(),
        extra: Vec::new(),
    };
    Ended { result: Ok(ExportAnswer::Outcome(outcome)), usage: Usage::default() }
}

fn varint(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
