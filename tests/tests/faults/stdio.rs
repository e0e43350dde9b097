//! E09, E10, E29, E33: streams that are closed, full, unread or read late, and a host that lacks what others have.

use std::fs::File;
use std::io::Read as _;
use std::process::Command;

use roundsman_tests::{Host, guest};
use serde_json::Value;

use crate::after::{assert_clean, assert_next_round, checksummed, host, logged, shows};
use crate::den::Den;

/// Starts a round through a shell's script, in which `"$@"` is the program.
fn through(host: &Host, script: &str, args: &[&str]) -> roundsman_tests::Output {
    host.run_through(&["sh", "-c", script, "sh"], args)
}

#[track_caller]
fn assert_stored(host: &Host) {
    let results = checksummed(host, "results").expect("results");
    assert_eq!(results["checks"]["fast"]["verdict"]["status"], "Ok", "{results}");
    assert_clean(host, &[]);
    assert_next_round(host);
}

#[test]
fn a_full_stdout_is_said_and_all_is_stored() {
    for format in ["text", "json"] {
        let host = host();
        let output = through(&host, "exec \"$@\" >/dev/full", &["run", "--all", "--format", format]);
        assert_eq!(output.code, 74, "{output}");
        assert!(output.stderr.contains("stdout"), "{output}");
        assert_stored(&host);
    }
}

#[test]
fn a_reader_that_went_away_is_no_fault() {
    let host = host();
    // `true` has ended long before a check has.
    let output = through(&host, "{ \"$@\"; echo code $? >&2; } | true", &["run", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, "code 0\n"), "{output}");
    assert_stored(&host);
    let output = through(&host, "{ \"$@\"; echo code $? >&2; } | head -1", &["run", "--all", "--format", "json"]);
    assert_eq!((output.stdout.lines().count(), output.stderr.as_str()), (1, "code 0\n"), "{output}");
}

/// E33: whoever asks for one check and reads the answer late gets all of it, with its time, and holds up no round.
#[test]
fn an_answer_that_is_read_late_is_whole_and_holds_up_no_round() {
    const METRICS: usize = 2_000;
    let host = host();
    let config = format!("metrics = [{{ name = \"size\", unit = \"bytes\", value = 1, copies = {METRICS} }}]");
    let says = guest("says").display().to_string();
    host.drop_in("big", &format!("[check.big]\nwasm = \"{says}\"\nevery = \"1m\"\n[check.big.config]\n{config}\n"));
    assert_next_round(&host);
    let started = logged(&host)["big"].last().expect("a run").clone();
    let pipe = host.path("answer");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let script = format!("exec \"$0\" \"$@\" > '{}'", pipe.display());
    let mut command = host.command(&["sh", "-c", &script]);
    let mut status = command.args(["status", "big", "--format", "json"]).spawn().expect("a shell");
    let mut answer = File::open(&pipe).expect("the pipe");
    let mut first = [0; 1];
    answer.read_exact(&mut first).expect("its first byte");
    let round = host.run(["run", "--all"]);
    assert_eq!((round.code, round.stderr.as_str()), (0, ""), "{round}");
    assert!(status.try_wait().expect("a child").is_none(), "more than a pipe holds: it waits for its reader");
    let mut all = String::from(char::from(first[0]));
    answer.read_to_string(&mut all).expect("the rest");
    assert_eq!(status.wait().expect("a child").code(), Some(0));
    let answer: Value = serde_json::from_str(&all).expect("all of it");
    assert_eq!(answer["metrics"].as_array().map(Vec::len), Some(METRICS));
    assert_eq!(answer["started"], started.as_str(), "of the run that it was asked about, not of the round meanwhile");
    assert_ne!(logged(&host)["big"].last(), Some(&started));
    assert_next_round(&host);
}

#[test]
fn closed_streams_are_no_fault_and_no_file_takes_their_place() {
    for closed in [">&-", "2>&-", "<&-", "<&- >&- 2>&-"] {
        let host = host();
        let output = through(&host, &format!("exec \"$@\" {closed}"), &["run", "--all"]);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{closed}: {output}");
        assert_stored(&host);
        // The text for stdout has not gone to a file: each line of the log is one of its own.
        assert_eq!(logged(&host)["fast"].len(), 2);
    }
}

/// A fault that nobody can be told of still makes the exit code, the log and the check `roundsman`.
#[test]
fn a_full_stderr_hides_no_fault() {
    let host = host();
    host.drop_in("bad", "[check.bad]\ncolour = 1\n");
    let output = through(&host, "exec \"$@\" 2>/dev/full", &["run", "--all"]);
    assert_eq!(output.code, 78, "{output}");
    assert!(host.log().contains("colour"), "{}", host.log());
    host.drop_in("bad", "");
    assert_stored(&host);
}

/// As cron starts it, and as a shell of nothing does.
#[test]
fn an_empty_environment_is_enough() {
    let host = host();
    let config = host.path("etc/roundsman.toml");
    let script = format!("exec env -i \"$@\" --config '{}'", config.display());
    let output = through(&host, &script, &["run", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_stored(&host);
}

#[test]
fn variables_that_lie_change_nothing() {
    let host = host();
    let script =
        "HOME=/nonexistent TMPDIR=/nonexistent USER=nobody LANG=xx_XX.UTF-8 LC_ALL=tr_TR TZ=/etc/shadow exec \"$@\"";
    let output = through(&host, script, &["run", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_stored(&host);
}

/// A directory that is gone from under the program.
#[test]
fn a_working_directory_that_was_removed_is_no_fault() {
    let host = host();
    let script = format!("mkdir '{0}'; cd '{0}'; rmdir '{0}'; exec \"$@\"", host.path("gone").display());
    let output = through(&host, &script, &["run", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_stored(&host);
}

/// A reader has a user of its own, and opens no device that is not granted.
#[test]
fn a_null_device_that_others_may_not_open_ends_no_reader_and_a_command_says_why() {
    let host = Host::new();
    host.main("[run]\nuser = \"nobody\"\n");
    let wasm = guest("probe").display().to_string();
    host.drop_in(
        "reads",
        &format!(
            "[check.reads]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.reads.config]\n\
             ask = [{{ stat = \"/proc/1/stat\" }}, {{ command = [\"/bin/true\"] }}]\n[check.reads.grant]\n\
             metadata = [\"/proc/1/stat\"]\n[[check.reads.grant.command]]\nargv = [\"/bin/true\"]\n"
        ),
    );
    let den = Den::of(&host, "exec </dev/null 2>/dev/null\nempty /dev");
    let [nsenter, mount] = den.through();
    for make in
        ["mknod -m 0600 /dev/null c 1 3", "mknod -m 0640 /dev/null c 1 3", "install -m 0600 /etc/hostname /dev/null"]
    {
        den.sh(&format!("rm -f /dev/null; {make}"));
        let output = host.run_through(&[&nsenter, &mount], ["run", "--only", "reads", "--format", "json"]);
        assert_eq!(output.code, 0, "{make}: {output}");
        assert!(output.stdout.contains("stat /proc/1/stat: FileKind::Regular"), "{make}: {output}");
        let remedy = "opening /dev/null: EACCES";
        assert!(output.stdout.contains(remedy) && output.stdout.contains("mknod -m 0666 /dev/null c 1 3"), "{output}");
    }
}

/// A root with nothing in it but the program, its library, its files, `/proc` and, or not, `/dev/null`.
#[test]
fn a_host_that_lacks_almost_everything_runs_checks_or_says_why_not() {
    let host = host();
    // These directories are empty in the namespace, and nowhere else.
    let bare = "empty /dev /etc /run /var /home /root\n";
    let den = Den::of(&host, &format!("exec </dev/null 2>/dev/null\n{bare}mknod -m 0666 /dev/null c 1 3"));
    let [nsenter, mount] = den.through();
    let output = host.run_through(&[&nsenter, &mount], ["run", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_stored(&host);

    den.sh("rm /dev/null");
    let output = host.run_through(&[&nsenter, &mount], ["run", "--all"]);
    assert!(shows(&output, "UNKNOWN", "fast") && output.stdout.contains("/dev/null"), "it does not say why: {output}");
    assert!(!shows(&output, "OK", "fast"), "{output}");
    assert_clean(&host, &[]);
    assert_next_round(&host);
}
