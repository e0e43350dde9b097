//! The history after `kill -9`, and after a call that fails: no change is lost, and none is noted twice.

use std::fs;

use roundsman_tests::{Host, guest};
use serde_json::Value;

use crate::after::{assert_clean, checksummed, host};
use crate::inject::{calls, under_history};
use crate::started::start;

/// A host whose check `seen` is OK while a file is there, and UNKNOWN otherwise.
fn flagged() -> Host {
    let host = host();
    let flag = host.file("flag", "here");
    let (flag, wasm) = (flag.display(), guest("probe"));
    host.drop_in(
        "seen",
        &format!(
            "[check.seen]\nwasm = \"{}\"\nevery = \"1m\"\n[check.seen.config]\npass_on = true\nask = [{{ read = \"{flag}\" }}]\n\
             [check.seen.grant]\nfiles = [\"{flag}\"]\n",
            wasm.display()
        ),
    );
    host
}

/// Turns the check around; returns the status that it has from now on.
fn turn(host: &Host) -> &'static str {
    let flag = host.path("flag");
    if flag.exists() {
        fs::remove_file(flag).expect("a file");
        return "unknown";
    }
    fs::write(flag, "here").expect("written");
    "ok"
}

/// Every whole line of the history.
#[track_caller]
fn history(host: &Host) -> Vec<Value> {
    let content = fs::read_to_string(host.path("state/changes")).expect("a history");
    let end = content.rfind('\n').map_or(0, |at| at + 1);
    content[..end].lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What the check `seen` came to, by the history, whose entries are numbered without a hole.
#[track_caller]
fn seen(host: &Host) -> Vec<String> {
    let history = history(host);
    let numbers: Vec<u64> = history.iter().filter_map(|entry| entry["sequence"].as_u64()).collect();
    assert_eq!(numbers, (1..=history.len() as u64).collect::<Vec<_>>());
    let changes: Vec<&Value> = history.iter().filter(|entry| entry["check"] == "seen").collect();
    for two in changes.windows(2) {
        assert_eq!(two[0]["to"], two[1]["from"], "{two:?}");
    }
    changes.iter().map(|change| change["to"].as_str().expect("a status").to_owned()).collect()
}

#[track_caller]
fn whole_round(host: &Host) {
    let output = host.run(["run", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_clean(host, &[]);
}

#[test]
fn killed_at_any_call_no_change_is_lost_and_none_is_noted_twice() {
    let host = flagged();
    whole_round(&host);
    assert_eq!(seen(&host), ["ok"]);
    let mut expected = vec!["ok".to_owned(), turn(&host).to_owned()];
    let calls = calls(&host, under_history(&host, []));
    assert!(["fdatasync", "fsync", "write"].iter().all(|call| calls.contains_key(*call)), "{calls:?}");
    assert_eq!(seen(&host), expected);
    let (mut ended, mut ahead, mut half) = (0, 0, 0);
    for (call, count) in calls {
        for at in 1..=count {
            expected.push(turn(&host).to_owned());
            let words = under_history(&host, ["-e", &format!("inject={call}:signal=KILL:when={at}")]);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (status, ..) = start(host.command(&words).args(["run", "--all"])).end();
            ended += u32::from(status.code() != Some(0));
            let state = checksummed(&host, "state").expect("the state");
            let last = history(&host).last().and_then(|entry| entry["sequence"].as_u64()).expect("an entry");
            let known = state["changes"]["last"].as_u64().expect("a number");
            assert!(known <= last, "{call} {at}: the state is never ahead of the history");
            ahead += u32::from(known < last);
            half += u32::from(!fs::read(host.path("state/changes")).expect("a history").ends_with(b"\n"));
            whole_round(&host);
            assert_eq!(seen(&host), expected, "{call} {at}");
        }
    }
    assert!(
        ended >= 20 && ahead >= 3,
        "{ended} ended, {ahead} of them between history and state, {half} within a line"
    );
}

#[test]
fn what_cannot_be_noted_is_not_forgotten() {
    let host = flagged();
    whole_round(&host);
    for fault in ["fdatasync:error=EIO:when=1", "write:error=ENOSPC:when=1"] {
        let before = seen(&host);
        let status = turn(&host);
        let changes = host.path("state/changes").display().to_string();
        let inject = format!("inject={fault}");
        let output =
            host.run_through(&["strace", "-qq", "-o", "/dev/null", "-e", &inject, "-P", &changes], ["run", "--all"]);
        assert!(output.code == 74 && output.stderr.contains("state/changes: "), "{fault}: {output}");
        whole_round(&host);
        let expected: Vec<String> = before.into_iter().chain([status.to_owned()]).collect();
        assert_eq!(seen(&host), expected, "{fault}");
    }
}

#[test]
fn what_is_no_history_of_ours_is_set_aside_and_said() {
    let host = flagged();
    whole_round(&host);
    let path = host.path("state/changes");
    fs::remove_file(&path).expect("a file");
    std::os::unix::fs::symlink(host.path("elsewhere"), &path).expect("planted");
    let output = host.run(["run", "--all"]);
    // As of any file of ours that is damaged: it is mended, and told.
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stderr.contains("changes is damaged and set aside as ") && !host.path("elsewhere").exists(),
        "{output}"
    );
    // It begins anew with where everything stands, and goes on counting.
    let first = &history(&host)[0];
    assert!(first["from"].is_null() && first["sequence"].as_u64().is_some_and(|first| first > 1), "{first}");
}
