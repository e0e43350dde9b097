//! Files that change while they are read.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::*;
use crate::reader::trees::Want;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_os::process::slot::SlotRow;
use roundsman_tests::scratch::Scratch;

/// Ends a thread of the test also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const LONG_ENOUGH: Duration = Duration::from_secs(1);

#[test]
fn a16_a_file_that_turns_into_a_link() {
    let scratch = Scratch::new();
    let secret = scratch.write("secret/file", "secret");
    let file = scratch.write("log/file", "inside");
    let link = scratch.path().join("link");
    symlink(secret, &link).unwrap();
    while_flipping(&file, &link, &file);
}

#[test]
fn a16_a_directory_that_turns_into_a_link() {
    let scratch = Scratch::new();
    scratch.write("secret/file", "secret");
    let file = scratch.write("log/file", "inside");
    let link = scratch.path().join("link");
    symlink(scratch.path().join("secret"), &link).unwrap();
    while_flipping(&scratch.path().join("log"), &link, &file);
}

/// Reads the file while two names change places.
fn while_flipping(one: &Path, two: &Path, file: &Path) {
    let path = file.to_str().unwrap();
    let mut reader = host(&[path]);
    reader.budget = ReadLimits { read: u64::MAX, entries: u64::MAX, ..LIMITS }.budget();
    let stop = AtomicBool::new(false);
    let (mut unconfined, mut inside, mut refused) = (0, 0, 0);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                renameat_with(CWD, one, CWD, two, RenameFlags::EXCHANGE).unwrap();
            }
        });
        let _stop = Stop(&stop);
        let started = Instant::now();
        while started.elapsed() < LONG_ENOUGH {
            unconfined += usize::from(fs::read(file).is_ok_and(|data| data == b"secret"));
            match reader.read(path) {
                Ok(data) => {
                    assert_eq!(data, b"inside");
                    inside += 1;
                }
                Err(Error::Denied(_)) => refused += 1,
                Err(Error::Io(name)) => assert_eq!(name, "EAGAIN"),
                Err(other) => panic!("{other:?}"),
            }
        }
    });
    assert!(unconfined > 0, "without the defence the secret is read");
    assert!(inside > 0 && refused > 0, "both were met: {inside}, {refused}");
}

#[test]
fn a22_processes_that_come_and_go() {
    let stop = AtomicBool::new(false);
    let mut reader = host(&["/proc/*/stat", "/proc/*/status"]);
    reader.budget = ReadLimits { read: u64::MAX, entries: u64::MAX, ..LIMITS }.budget();
    thread::scope(|threads| {
        threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                Command::new("true").stdin(Stdio::null()).status().unwrap();
            }
        });
        let _stop = Stop(&stop);
        let started = Instant::now();
        while started.elapsed() < LONG_ENOUGH {
            // Several files of each, which are of one process; and one, which is taken by its path.
            let several = reader.read_glob("/proc/*/stat*").unwrap();
            for (path, data) in several.into_iter().chain(reader.read_glob("/proc/*/stat").unwrap()) {
                let pid = path.split('/').nth(2).unwrap();
                let Ok(text) = data.map(|data| String::from_utf8_lossy(&data).into_owned()) else { continue };
                let of = match path.ends_with("status") {
                    true => text.lines().find_map(|line| line.strip_prefix("Pid:\t")).unwrap().to_owned(),
                    false => text.split(' ').next().unwrap().to_owned(),
                };
                assert_eq!(of, pid);
            }
        }
    });
}

#[test]
fn one_file_of_each_process_shows_none_of_the_runtime() {
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    let path = format!("/proc/{}/stat", child.id());
    let shows = |own: Vec<u32>| {
        let granted = grants(&["/proc/*/stat"], &[]);
        let mut reader = reader(&Root::Host, granted, LIMITS.budget(), own);
        reader.read_glob("/proc/[0-9]*/stat").unwrap().iter().any(|(it, data)| *it == path && data.is_ok())
    };
    assert!(shows(Vec::new()));
    assert!(!shows(vec![child.id()]));
    // By the uid that only runs have.
    let row = Some(SlotRow(rustix::process::geteuid().as_raw()));
    let ours = Ours { row, ..Ours::default() };
    let context =
        ReaderContext { check: "a".to_owned(), grants: Rc::new(grants(&["/proc/*/stat"], &[])), secrets: Rc::new([]) };
    let mut reader = Reader::new(context, &Root::Host, LIMITS.budget(), ours);
    let found = reader.read_glob("/proc/[0-9]*/stat").unwrap();
    assert!(found.iter().all(|(it, _)| *it != path), "neither its content nor a refusal");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a22_a_process_that_is_held_is_no_other() {
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    let path = RequestedPath::parse(&format!("/proc/{}", child.id())).unwrap();
    let reader = host(&["/proc/*/stat"]);
    let held = reader.trees.hold_straight(&path).unwrap().unwrap();
    let (trees, held) = (&reader.trees, std::os::fd::AsFd::as_fd(&held));
    assert!(trees.open_straight_beneath(held, "stat").unwrap().is_some());
    // A link: the long way judges where it leads.
    assert!(trees.open_straight_beneath(held, "exe").unwrap().is_none());
    assert!(trees.find_beneath(held, "stat", Want::Target).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(trees.open_straight_beneath(held, "stat").is_err());
    assert!(trees.find_beneath(held, "stat", Want::Target).is_err());
}
