//! Memory, pipes and time, from inside of a locked worker: it takes no more than its own share of any.

use std::io::{self, Write as _};
use std::rc::Rc;
use std::time::Duration;

use roundsman_contract::report::FailureKind;

use crate::attempt::End::{self, Killed, Refused};
use crate::attempt::{assert_succeeds_without_defence, report};
use crate::messages::for_ever;
use crate::scenes::Scene;
use crate::staged::Staged;
use crate::system::{fill, grow_stack_elsewhere, pause, sys, touch};

pub const SCENES: &[Scene] = &[
    ("inside_memory_is_bounded", memory_is_bounded),
    ("inside_no_memory_is_uncounted", no_memory_is_uncounted),
    ("inside_floods_and_sleepers_end_at_the_deadline", floods_end),
];

const CHUNK: usize = 16 << 20;
/// Memory that each tries to have; `limits.memory` is 128 MiB.
const MUCH: usize = 512 << 20;
const PAGE: usize = 4 << 10;
/// Memory that one page of a page table maps.
const OF_TABLE: usize = 2 << 20;

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
    staged.check("heap-allowed", |subject| Rc::make_mut(&mut subject.limits).memory = 2 * MUCH as u64);
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

/// Memory that the limit does not count: memory that was written and cannot be any more, page tables of what is only read, a
/// stack that was moved. And memory to run.
fn no_memory_is_uncounted() {
    type Attempt = fn() -> io::Result<()>;
    let attempts: [(&str, Attempt, End); 8] = [
        ("made-read-only", || fill_and_make(libc::PROT_READ), Killed),
        ("made-unreadable", || fill_and_make(libc::PROT_NONE), Killed),
        ("made-executable", || fill_and_make(libc::PROT_READ | libc::PROT_EXEC), Killed),
        ("mapped-executable", || map(CHUNK, libc::PROT_READ | libc::PROT_EXEC).map(drop), Killed),
        ("page-tables-of-what-is-read", || fill_page_tables(libc::PROT_READ), Killed),
        ("page-tables-of-what-is-written", || fill_page_tables(libc::PROT_READ | libc::PROT_WRITE), Refused("ENOMEM")),
        ("a-stack-elsewhere", || grow_stack_elsewhere(MUCH), Refused("EACCES")),
        ("advice", || advise(libc::MADV_DONTFORK), Killed),
    ];
    let mut staged = Staged::new();
    for (name, attempt, _) in attempts {
        assert_succeeds_without_defence(name, attempt);
        staged.check(name, |_| ());
        staged.act(name, move |_, _| report(attempt));
        staged.check(&format!("honest-{name}"), |_| ());
    }
    let ran = staged.run();
    for (name, _, end) in attempts {
        ran.assert_end(name, end);
    }
    ran.assert_honest("honest");
}

fn fill_and_make(protection: i32) -> io::Result<()> {
    (0..MUCH / CHUNK).try_for_each(|_| {
        let at = fill(CHUNK, libc::MAP_PRIVATE)?;
        sys(libc::SYS_mprotect, &[at, CHUNK, protection as usize]).map(drop)
    })
}

fn map(bytes: usize, protection: i32) -> io::Result<usize> {
    let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE) as usize;
    sys(libc::SYS_mmap, &[0, bytes, protection as usize, flags, usize::MAX, 0])
}

/// Reads one page for each page table, which the kernel has to make; all of what is read is one page of zeros.
fn fill_page_tables(protection: i32) -> io::Result<()> {
    const TABLES: usize = MUCH / PAGE;
    let at = map(TABLES * OF_TABLE, protection)?;
    (0..TABLES).for_each(|table| touch(at + table * OF_TABLE));
    let status = std::fs::read_to_string("/proc/self/status")?;
    let tables = status.lines().find_map(|line| line.strip_prefix("VmPTE:")?.strip_suffix("kB")?.trim().parse().ok());
    if tables.is_some_and(|tables: usize| tables << 10 >= MUCH) { Ok(()) } else { Err(io::ErrorKind::Other.into()) }
}

fn advise(advice: i32) -> io::Result<()> {
    let at = map(CHUNK, libc::PROT_NONE)?;
    sys(libc::SYS_madvise, &[at, CHUNK, advice as usize]).map(drop)
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
        staged.check(name, |subject| Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(1));
        staged.act(name, move |_, _| for_ever(once));
        staged.check(&format!("honest-{name}"), |_| ());
    }
    let ran = staged.run();
    for (name, _) in idle {
        ran.assert_failure(name, FailureKind::Timeout, &["limits.timeout of 1s"]);
        let duration = ran.outcomes[name].duration;
        assert!(duration < Duration::from_secs(4), "{name} took {duration:?}");
        assert!(ran.failure(name).message.len() < 8 << 10);
    }
    ran.assert_honest("honest");
}
