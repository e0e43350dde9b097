//! E12, E14: the kernel, or the power, fails at one system call of a round: what is kept is the old or the new, whole.
//! Produced by strace(1), which fails or ends the process at the n-th call of a kind.

use std::collections::BTreeMap;
use std::fs;

use roundsman_tests::Host;
use serde_json::Value;

use crate::after::{assert_clean, assert_logged, assert_next_round, checksummed, host, logged, runs, shows};
use crate::started::start;

/// Arguments of strace besides the injection; children are not followed.
const STRACE: [&str; 5] = ["strace", "-qq", "-o", "/dev/null", "-e"];

/// Only calls on the state count, and on the log.
fn under<'s>(host: &Host, arguments: impl IntoIterator<Item = &'s str>) -> Vec<String> {
    let log = host.path("roundsman.log").display().to_string();
    [under_state(host, arguments), vec!["-P".to_owned(), log]].concat()
}

/// Only calls on the state count, and on the history.
pub fn under_history<'s>(host: &Host, arguments: impl IntoIterator<Item = &'s str>) -> Vec<String> {
    let changes = host.path("state/changes").display().to_string();
    [under_state(host, arguments), vec!["-P".to_owned(), changes]].concat()
}

/// Only calls on the state count.
fn under_state<'s>(host: &Host, arguments: impl IntoIterator<Item = &'s str>) -> Vec<String> {
    let beside = |file: &str| host.path("state").join(file).display().to_string();
    let mut words: Vec<String> = STRACE[..4].iter().map(|word| (*word).to_owned()).collect();
    for file in ["results", "results.tmp", "state", "state.tmp", "state.lock", "."] {
        words.extend(["-P".to_owned(), beside(file)]);
    }
    words.extend(["-P".to_owned(), host.path("state").display().to_string()]);
    words.extend(arguments.into_iter().map(str::to_owned));
    words
}

/// The calls that a round makes under a trace, with how often.
pub fn calls(host: &Host, mut words: Vec<String>) -> BTreeMap<String, u32> {
    let trace = host.path("trace");
    words[3] = trace.display().to_string();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = host.run_through(&words, ["run", "--all"]);
    assert_eq!(output.code, 0, "{output}");
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(&trace).expect("a trace").lines() {
        let name = line.split('(').next().unwrap_or_default();
        if line.contains('(') {
            *counts.entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    fs::remove_file(trace).expect("a trace");
    counts
}

/// Both files, as they stand.
fn kept(host: &Host) -> [Value; 2] {
    ["results", "state"].map(|file| checksummed(host, file).unwrap_or_else(|error| panic!("{file}: {error}")))
}

/// When the check was last started, by one of the files.
fn started(kept: &Value) -> String {
    let check = &kept["checks"]["fast"];
    let started = check["verdict"]["started"].as_str().or_else(|| check["past"]["started"].as_str());
    started.expect("a time").to_owned()
}

#[test]
fn an_end_at_any_call_of_the_write_leaves_the_old_or_the_new() {
    let host = host();
    assert_next_round(&host);
    let calls = calls(&host, under(&host, []));
    assert!(["openat", "write", "fsync", "renameat"].iter().all(|call| calls.contains_key(*call)), "{calls:?}");
    let (mut ended, mut seen) = (0, BTreeMap::new());
    for (call, count) in calls {
        for at in 1..=count {
            let [old_results, old_state] = kept(&host);
            let words = under(&host, ["-e", &format!("inject={call}:signal=KILL:when={at}")]);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (status, ..) = start(host.command(&words).args(["run", "--all"])).end();
            // Where the call came less often this time, the round ended by itself.
            ended += u32::from(status.code() != Some(0));
            assert_clean(&host, &["results.tmp", "state.tmp"]);
            assert_logged(&host);
            let [results, state] = kept(&host);
            let new = (started(&results) != started(&old_results), started(&state) != started(&old_state));
            assert!(new.0 || !new.1, "{call} {at}: the state is never ahead of the results");
            *seen.entry(new).or_insert(0) += 1;
        }
    }
    // Before the first rename, between the two, and after the second.
    assert!(ended >= 20 && seen.len() == 3, "{ended} ended: {seen:?}");
    assert_next_round(&host);
    assert_clean(&host, &[]);
}

#[test]
fn a_call_that_fails_is_said_and_the_old_file_stays() {
    let host = host();
    assert_next_round(&host);
    let faults = [
        ("fsync:error=EIO:when=1", "results", "EIO of the first file"),
        ("fsync:error=EIO:when=3", "state", "EIO of the second file"),
        ("write:error=EIO:when=2", "results", "EIO of the content"),
        ("renameat:error=EIO:when=1", "results", "EIO of the rename"),
        ("renameat:error=ENOSPC:when=2", "state", "no room in the directory"),
        // The one that looks whether the file is still the same, and the one that reads it then.
        (
            if cfg!(target_env = "musl") { "open:error=EACCES:when=3..4" } else { "openat:error=EACCES:when=5..6" },
            "",
            "a label that forbids it",
        ),
        ("fsync:error=EIO:when=2", "results", "EIO of the directory"),
    ];
    for (fault, file, what) in faults {
        let old = kept(&host);
        let words = under(&host, ["-e", &format!("inject={fault}")]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = host.run_through(&words, ["run", "--all"]);
        assert_eq!(output.code, 74, "{what}: {output}");
        assert!(shows(&output, "OK", "fast"), "{what}: {output}");
        assert!(output.stderr.contains(host.path("state").join(file).to_str().expect("UTF-8")), "{what}: {output}");
        assert_clean(&host, &[]);
        let new = kept(&host);
        // The outcome of the check `roundsman` is written a second time, with the fault; the other outcome is as it was, and its check
        // stays due.
        if file == "results" && !what.contains("directory") {
            assert_eq!(started(&new[0]), started(&old[0]), "{what}: the outcome was written");
        }
        if !file.is_empty() && !what.contains("directory") {
            assert_eq!(started(&new[1]), started(&old[1]), "{what}: the check counts as run");
        }
        assert_eq!(new[0]["checks"]["roundsman"]["verdict"]["status"], "Critical", "{what}: {output}");
        // Said once more when it is over, in the log, and then all is as before.
        assert_eq!(host.run(["run", "--all"]).code, 0);
        assert_next_round(&host);
    }
}

/// A disk that fails for as long as it is asked, not once: what is written is tried in each round, and never believed.
#[test]
fn as_long_as_every_call_fails_both_files_stay_as_they_were_to_the_byte_and_the_log_goes_on() {
    let host = host();
    assert_next_round(&host);
    for fault in ["fsync:error=EIO", "fdatasync,fsync,write:error=ENOSPC", "rename,renameat,renameat2:error=EIO"] {
        let bytes = || ["results", "state"].map(|file| fs::read(host.path("state").join(file)).expect("a file"));
        let old = bytes();
        let words = under_state(&host, ["-e", &format!("inject={fault}")]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for round in 1..=2 {
            let lines = logged(&host)["fast"].len();
            let output = host.run_through(&words, ["run", "--all"]);
            assert_eq!(output.code, 74, "{fault} {round}: {output}");
            assert!(shows(&output, "OK", "fast"), "{fault} {round}: {output}");
            let results = host.path("state/results").display().to_string();
            assert!(output.stderr.contains(&format!("{results}: ")), "{fault} {round}: {output}");
            assert!(bytes() == old, "{fault} {round}: a file is another");
            assert_eq!(logged(&host)["fast"].len(), lines + 1, "{fault} {round}: {}", host.log());
            assert_clean(&host, &[]);
        }
        assert_next_round(&host);
        assert!(bytes() != old, "{fault}: nothing is written any more");
    }
}

#[test]
fn calls_that_are_interrupted_are_made_again() {
    let host = host();
    runs(&host, "slow", "/bin/sleep", &["0.1"]);
    // Strace has the kernel make a call of number -1 instead, for which the filter of a locked worker kills: so those that
    // workers make are interrupted in the round only. The C library starts over where a read fails: it needs a few in a row.
    let calls = [
        ("read", "3+7", false),
        ("write", "1+2", false),
        ("poll,ppoll", "1+2", true),
        ("waitid", "1+2", true),
        ("recvfrom,recvmsg,sendto,sendmsg", "1+2", true),
    ];
    for (calls, when, is_followed) in calls {
        let trace = host.path("trace");
        let inject = format!("inject={calls}:error=EINTR:when={when}");
        let mut words = vec!["strace", "-qq", "-o", trace.to_str().expect("UTF-8"), "-e", &inject];
        words.extend(is_followed.then_some("-f"));
        let output = host.run_through(&words, ["run", "--all"]);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{calls}: {output}");
        assert!(shows(&output, "OK", "fast") && shows(&output, "OK", "slow"), "{calls}: {output}");
        let trace = fs::read_to_string(&trace).expect("a trace");
        assert!(trace.contains("EINTR") && trace.contains("(INJECTED)"), "{calls}: none was interrupted");
        assert_clean(&host, &[]);
        assert_logged(&host);
    }
    assert_next_round(&host);
}
