//! Memory, pipes and time, from inside of a locked worker: it takes no more than its own share of any.

use std::io::{self, Write as _};
use std::time::Duration;

use roundsman::report::FailureKind;

use crate::attempt::End::{Killed, Refused};
use crate::attempt::{assert_succeeds_without_defence, report};
use crate::messages::for_ever;
use crate::scenes::Scene;
use crate::staged::Staged;
use crate::system::{fill, pause};

pub const SCENES: &[Scene] =
    &[("inside_memory_is_bounded", memory_is_bounded), ("inside_floods_and_sleepers_end_at_the_deadline", floods_end)];

const CHUNK: usize = 16 << 20;
/// What each tries to have; `limits.memory` is 128 MiB.
const MUCH: usize = 512 << 20;

fn take(flags: i32) -> io::Result<()> {
    (0..MUCH / CHUNK).try_for_each(|_| fill(CHUNK, flags).map(drop))
}

fn memory_is_bounded() {
    // Other kinds of memory than those that the limit counts are not to be had at all.
    let kinds = [
        ("private", libc::MAP_PRIVATE, Refused("ENOMEM")),
        ("shared", libc::MAP_SHARED, Killed),
        ("grows-down", libc::MAP_PRIVATE | libc::MAP_GROWSDOWN, Killed),
    ];
    let mut staged = Staged::new();
    for (name, flags, _) in kinds {
        assert_succeeds_without_defence(name, || take(flags));
        staged.check(name, |_| ());
        staged.act(name, move |_, _| report(|| take(flags)));
        staged.check(&format!("honest-{name}"), |_| ());
    }
    staged.check("heap", |_| ());
    staged.act("heap", |_, _| {
        let held: Vec<Vec<u8>> = (0..MUCH / CHUNK).map(|_| vec![1; CHUNK]).collect();
        i32::from(held.len() == MUCH / CHUNK)
    });
    staged.check("heap-allowed", |subject| subject.limits.memory = 2 * MUCH as u64);
    staged.act("heap-allowed", |_, honest| {
        let held: Vec<Vec<u8>> = (0..MUCH / CHUNK).map(|_| vec![1; CHUNK]).collect();
        if held.len() == MUCH / CHUNK { honest() } else { 1 }
    });
    let ran = staged.run();
    for (name, _, end) in kinds {
        ran.assert_end(name, end);
    }
    ran.assert_failure("heap", FailureKind::Limit, &["limits.memory of 128MiB"]);
    ran.assert_honest("heap-allowed");
    ran.assert_honest("honest");
}

fn floods_end() {
    let idle: [(&str, fn()); 4] = [
        ("floods-stderr", || drop(io::stderr().write_all(&[b'x'; 64 << 10]))),
        ("floods-stdout", || drop(io::stdout().write_all(&[b'x'; 64 << 10]))),
        ("sleeps", pause),
        ("computes", std::hint::spin_loop),
    ];
    let mut staged = Staged::new();
    for (name, once) in idle {
        staged.check(name, |subject| subject.limits.timeout = Duration::from_secs(1));
        staged.act(name, move |_, _| for_ever(once));
        staged.check(&format!("honest-{name}"), |_| ());
    }
    let ran = staged.run();
    for (name, _) in idle {
        ran.assert_failure(name, FailureKind::Timeout, &["limits.timeout of 1s"]);
        let duration = ran.carried[name].duration;
        assert!(duration < Duration::from_secs(4), "{name} took {duration:?}");
        assert!(ran.failure(name).message.len() < 8 << 10);
    }
    ran.assert_honest("honest");
}
