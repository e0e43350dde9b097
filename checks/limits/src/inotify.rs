//! Instances and watches of inotify. The kernel tells how many a user may have, and nowhere how many there are: they are counted
//! in what it tells of each open file (proc_pid_fdinfo(5)). A reader of files may not look into other processes, not even as
//! root, so it takes programs.

use std::collections::BTreeMap;

use roundsman_sdk::commands::{Command, Ending};
use roundsman_sdk::parse::{Field, ParseError, key_values, lines};
use roundsman_sdk::text::shown;
use roundsman_sdk::{Context, Error, Failure, Need, files};

use crate::usage::Usage;

pub const PROGRAM: &str = "find";
/// A line `/proc/PID/fdinfo/N:inotify` for each watch, and none for the many other open files.
pub const FIND: [&str; 24] = [
    "/usr/bin/find",
    "/proc",
    "-mindepth",
    "1",
    "(",
    "-name",
    "map_files",
    "-o",
    "-name",
    "task",
    "-o",
    "-name",
    "net",
    ")",
    "-prune",
    "-o",
    "-path",
    "/proc/[0-9]*/fdinfo/*",
    "-exec",
    "/usr/bin/grep",
    "-Hso",
    "^inotify",
    "{}",
    "+",
];
const STATUS: &str = "/proc/[0-9]*/status";
const INSTANCES: &str = "/proc/sys/fs/inotify/max_user_instances";
const WATCHES: &str = "/proc/sys/fs/inotify/max_user_watches";

/// Usage of the user who has most of one of both, by the name of the limit.
pub type Worst = (&'static str, Result<Usage, Failure>);

/// Instances and watches of one user.
#[derive(Clone, Copy, Default)]
struct Count {
    instances: u64,
    watches: u64,
}

pub fn needs() -> [Need; 4] {
    [
        Need::command(&FIND, "instances and watches of inotify are counted by it"),
        Need::files(STATUS, "whose process it is"),
        Need::files(INSTANCES, "how many instances a user may have"),
        Need::files(WATCHES, "how many watches a user may have"),
    ]
}

/// Counts them, and compares the user who has most with the limit.
pub fn read() -> [Worst; 2] {
    let counts = counts();
    let worst = |most: &str, of: fn(&Count) -> u64| {
        let counts = counts.as_ref().map_err(Failure::clone)?;
        let most = Field::new(files::read_text(most)?.trim()).integer().context(most)?;
        Ok(Usage { used: counts.values().map(of).max().unwrap_or_default(), most })
    };
    [("inotify_instances", worst(INSTANCES, |it| it.instances)), ("inotify_watches", worst(WATCHES, |it| it.watches))]
}

/// Counts those of each user.
fn counts() -> Result<BTreeMap<u32, Count>, Failure> {
    let users = users()?;
    // Every host has process 1. Where it is hidden others are too, and a count without those would be too small.
    if !users.contains_key("1") {
        return Err(Failure::new(
            "processes of other users are hidden, so that nobody's watches can be told: mount /proc without hidepid, or add the \
             user who reads files (user in [check.NAME.grant]) to the group of its mount option gid",
        ));
    }
    let command = Command::new([PROGRAM].into_iter().chain(FIND[1..].iter().copied()));
    let completed = command.run()?;
    // grep finds nothing in most files, maybe in all, and find says that by its exit code, which is 1 of any fault.
    let errors = shown(&completed.standard_error);
    if let Some(first) = errors.lines().find(|line| line.ends_with("Permission denied")) {
        return Err(Failure::new(format!("not all processes can be looked into, user = \"root\" can: {first}")));
    }
    if let Some(first) = errors.lines().find(|line| !is_harmless(line)) {
        return Err(Failure::new(format!("not all processes were looked into: {first}")));
    }
    if !matches!(completed.ending, Ending::Code(0 | 1)) {
        return Err(completed.failure(&command));
    }
    command.read(completed.text(&command)?, |text| per_user(text, &users))
}

/// Tells whether find says no more than that a process ended or closed a file while it looked, or that a place of no process has a
/// fault. Of a grep that is not there it says "No such file or directory" too.
fn is_harmless(error: &str) -> bool {
    let Some((_, place)) = error.split_once("/proc/") else { return error.trim().is_empty() };
    let is_process = place.starts_with(|it: char| it.is_ascii_digit());
    !is_process || place.ends_with("No such file or directory") || place.ends_with("No such process")
}

fn per_user(printed: &str, users: &BTreeMap<String, u32>) -> Result<BTreeMap<u32, Count>, ParseError> {
    let mut counts: BTreeMap<u32, Count> = BTreeMap::new();
    let mut last = String::new();
    for line in lines(printed) {
        let (path, word) = line.split_once(':')?;
        if word.text() != "inotify" {
            return Err(word.error("is not \"inotify\""));
        }
        let pid = path.text().split('/').nth(2).unwrap_or_default();
        // One that began after the users were read.
        let Some(user) = users.get(pid) else { continue };
        let count = counts.entry(*user).or_default();
        // The watches of an instance follow each other. One without any looks as any other file does, and is left out.
        if path.text() != last {
            count.instances += 1;
            path.text().clone_into(&mut last);
        }
        count.watches += 1;
    }
    Ok(counts)
}

/// Finds the user who each process acts as, whom the kernel counts for, by its pid.
fn users() -> Result<BTreeMap<String, u32>, Failure> {
    let mut users = BTreeMap::new();
    for (path, text) in files::read_glob_text(STATUS)? {
        let text = match text {
            Ok(text) => text,
            Err(error) if gone(&error) => continue,
            Err(error) => return Err(error.into()),
        };
        let uids = key_values(&text, ':');
        let mut uids = uids.get("Uid").context(&path)?.text().split_whitespace();
        let effective = uids.nth(1).and_then(|it| it.parse().ok());
        let effective = effective.ok_or_else(|| Failure::new(format!("{path}: \"Uid\" has no second number")))?;
        users.insert(path.split('/').nth(2).unwrap_or_default().to_owned(), effective);
    }
    Ok(users)
}

/// Tells whether the process ended between the list and the look.
fn gone(error: &Error) -> bool {
    error.is_not_found() || error.errno() == Some("ESRCH")
}
