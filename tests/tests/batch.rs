//! Many components in one round: each is compiled once, and memory grows with what runs at a time, and by some KB a check.
#![expect(clippy::disallowed_methods, reason = "rounds that are watched")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use roundsman_tests::{Host, children, component};

const MIB: u64 = 1 << 20;
/// More of them, each larger than what runs, and the figures would be the same.
const MANY: usize = 1_000;

/// A host with so many checks, each of a component that differs from all others in a number that nobody reads.
fn host(count: usize) -> Host {
    let host = Host::new();
    host.main("[run]\nparallel = 4\n");
    let component = component::wat("minimal");
    let mut drop_in = String::new();
    for number in 0..count {
        let mut bytes = component.clone();
        // A custom section: its length, that of its name, its name, and the number.
        bytes.extend_from_slice(b"\x00\x0b\x06number");
        bytes.extend_from_slice(&u32::try_from(number).expect("a small number").to_le_bytes());
        let path = host.file(&format!("checks/{number}.wasm"), bytes);
        drop_in.push_str(&format!("[check.c{number}]\nwasm = \"{}\"\nevery = \"1m\"\n", path.display()));
    }
    host.drop_in("many", &drop_in);
    host
}

/// Measurements of a round of all checks: how many said that they live, and the most memory that its process and its workers had, in bytes.
struct Round {
    alive: usize,
    own: u64,
    worker: u64,
}

#[track_caller]
fn round(host: &Host) -> Round {
    let mut round = host.command(&[]).args(["run", "--all"]).stdout(Stdio::piped()).spawn().expect("the program");
    let mut stdout = round.stdout.take().expect("a pipe");
    let printed = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let (mut own, mut worker) = (0, 0);
    let status = loop {
        own = own.max(high_water(round.id()).unwrap_or(0));
        let workers = children(round.id()).into_iter().filter(|pid| named(*pid, "roundsman-worke"));
        worker = workers.filter_map(high_water).chain([worker]).max().unwrap_or(0);
        match round.try_wait().expect("its end") {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let printed = printed.join().expect("a reader").expect("text");
    assert!(status.success(), "{status}: {printed}");
    let alive = printed.lines().filter(|line| line.starts_with("OK") && line.ends_with("it lives")).count();
    Round { alive, own, worker }
}

fn named(pid: u32, name: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim_end() == name)
}

/// The most memory that a process had so far, in bytes; nothing where it has ended.
fn high_water(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

/// The code that is kept, with the inode and the time of each: what is written anew has others.
fn kept(host: &Host) -> BTreeMap<PathBuf, (u64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    let entries = fs::read_dir(host.path("cache")).expect("the cache").map(|entry| entry.expect("an entry").path());
    let code = entries.filter(|path| path.extension().is_some_and(|extension| extension == "code"));
    code.map(|path| {
        let metadata = fs::metadata(&path).expect("an entry");
        (path, (metadata.ino(), metadata.mtime_nsec()))
    })
    .collect()
}

#[test]
fn each_component_is_compiled_once_and_memory_hardly_grows_with_their_number() {
    let mut warm = BTreeMap::new();
    for count in [10, 100, MANY] {
        let host = host(count);
        assert_eq!(round(&host).alive, count, "the first round of {count}");
        let compiled = kept(&host);
        assert_eq!(compiled.len(), count);
        let round = round(&host);
        assert_eq!(round.alive, count, "the second round of {count}");
        assert_eq!(kept(&host), compiled, "what was compiled is not compiled again");
        warm.insert(count, round);
    }
    let (few, many) = (&warm[&10], &warm[&MANY]);
    assert!(few.own > MIB && few.worker > MIB, "nothing was seen: {} and {} bytes", few.own, few.worker);
    // The aim is 16 MiB. Since pauses, counts and troubles are kept in both files, and so twice in memory, it is 20.
    assert!(many.own < 23 * MIB, "a round of {MANY} checks had {} bytes", many.own);
    let each = many.own.saturating_sub(few.own) / (MANY as u64 - 10);
    assert!(each < 18 << 10, "a round keeps {each} bytes of each check");
    for (count, round) in &warm {
        assert!(round.worker < 12 * MIB, "a worker of a round of {count} had {} bytes", round.worker);
    }
}
