//! `[run] record = "on-problem"`: the last runs of checks that are not OK are kept, and cost nobody a result.
#![expect(
    clippy::disallowed_methods,
    reason = "recordings are decoded, mounted over, and lost with a round that is killed"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use roundsman_tests::{Host, guest};

/// Makes a host that records problems, with a check of this name that reports this status.
fn host(checks: &[(&str, &str)]) -> Host {
    let host = Host::new();
    host.main("[run]\nrecord = \"on-problem\"\n");
    for (name, status) in checks {
        says(&host, name, status);
    }
    host
}

fn says(host: &Host, name: &str, status: &str) {
    let wasm = guest("says");
    let summary = "so it is ".repeat(600);
    host.drop_in(
        name,
        &format!(
            "[check.{name}]\nwasm = \"{}\"\nevery = \"1m\"\n[check.{name}.config]\nstatus = \"{status}\"\nsummary = \"{summary}\"\n",
            wasm.display()
        ),
    );
}

/// Returns the recordings of a check, the oldest first.
fn kept(host: &Host, check: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(host.path("state/recordings").join(check)) else { return Vec::new() };
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    all.sort();
    all
}

fn replay(host: &Host, recording: &Path) -> roundsman_tests::Output {
    host.run(["replay", recording.to_str().expect("a path in UTF-8")])
}

#[test]
fn the_last_problems_are_kept_and_replayed_in_the_morning() {
    let host = host(&[("bad", "critical"), ("good", "ok")]);
    for _ in 0..4 {
        assert_eq!(host.run(["run", "--all"]).code, 0);
    }
    assert_eq!((kept(&host, "bad").len(), kept(&host, "good").len()), (3, 0));
    // The night is over.
    says(&host, "bad", "ok");
    let before = kept(&host, "bad");
    assert_eq!(host.run(["run", "--all"]).code, 0);
    assert_eq!(kept(&host, "bad"), before);
    for recording in &before {
        assert_eq!(fs::metadata(recording).expect("a recording").permissions().mode() & 0o7777, 0o600);
        let replay = replay(&host, recording);
        assert!(replay.code == 0 && replay.stdout.starts_with("the same outcome"), "{replay}");
    }
    for directory in ["state/recordings", "state/recordings/bad"] {
        let mode = fs::metadata(host.path(directory)).expect("a directory").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{directory}");
    }
    let other = host.run_as_nobody(["replay", before[0].to_str().expect("a path in UTF-8")]);
    assert!(other.code == 65 && other.stderr.contains("Permission denied"), "{other}");
}

#[test]
fn without_the_key_nothing_is_recorded() {
    let host = Host::new();
    says(&host, "bad", "critical");
    assert_eq!(host.run(["run", "--all"]).code, 0);
    assert!(!host.path("state/recordings").exists());
    host.main("[run]\nrecord = \"always\"\n");
    let wrong = host.run(["validate"]);
    assert!(wrong.code == 78 && wrong.to_string().contains("on-problem"), "{wrong}");
}

#[test]
fn no_secret_of_a_command_is_in_a_recording() {
    const SECRET: &str = "s3cr3t-of-this-test";
    let host = host(&[]);
    let secret = host.file("secret", SECRET);
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("ours to change");
    // The text itself would be in the recorded arguments.
    let script = "read it; test $PW = s3cr3t-of''-this-test && test $it = $PW && echo they are the same";
    let (probe, secret) = (guest("probe"), secret.display());
    host.drop_in(
        "probe",
        &format!(
            "[check.probe]\nwasm = \"{}\"\nevery = \"1m\"\n[check.probe.config]\npass_on = true\n\
             ask = [{{ command = [\"/bin/sh\", \"-c\", \"{script}\"] }}, {{ read = \"/nowhere\" }}]\n\
             [[check.probe.grant.command]]\nargv = [\"/bin/sh\", \"-c\", \"{script}\"]\nuser = \"nobody\"\n\
             env = {{ PW = {{ file = \"{secret}\" }} }}\nstdin = {{ file = \"{secret}\" }}\n",
            probe.display()
        ),
    );
    let round = host.run(["run", "--all"]);
    assert!(round.stdout.contains("denied"), "{round}");
    let recording = &kept(&host, "probe")[0];
    let text = fs::read_to_string(recording).expect("a recording");
    let run =
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["run"].as_str().expect("a run").to_owned();
    let encoded = host.file("encoded", run);
    let run = Command::new("base64").arg("--decode").arg(encoded).output().expect("coreutils").stdout;
    let has = |text: &str| run.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(has("they are the same"), "the program had both secrets: {round}");
    assert!(!has(SECRET) && !text.contains(SECRET));
}

#[test]
fn a_full_disk_costs_the_recording_and_no_result() {
    let host = host(&[("bad", "critical")]);
    assert_eq!(host.run(["run", "--all"]).code, 0);
    let small = host.path("state/recordings/bad");
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4k", "none"]).arg(&small).status();
    assert!(mount.expect("mount").success());
    let round = host.run(["run", "--all", "--format", "json"]);
    let left = kept(&host, "bad");
    let unmounted = Command::new("umount").arg(&small).status();
    assert!(unmounted.expect("umount").success());
    assert!(round.code == 74 && round.stderr.contains("a run was not recorded"), "{round}");
    let bad = round.json_lines().into_iter().find(|line| line["check"] == "bad");
    assert_eq!(bad.expect("a verdict")["status"], "critical", "{round}");
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(host.run(["status", "bad"]).code, 2);
    assert_eq!(kept(&host, "bad").len(), 1, "what was there before is still there");
}

#[test]
fn a_round_that_is_killed_leaves_no_half_recording() {
    let host = host(&[("bad", "critical")]);
    // A recording alone is put in place by this call.
    let killed = host
        .command(&["strace", "-qq", "-o", "/dev/null", "-e", "inject=rename:signal=KILL:when=1"])
        .args(["run", "--all"])
        .output()
        .expect("strace");
    assert!(!killed.status.success(), "{killed:?}");
    let left = kept(&host, "bad");
    assert!(left.iter().all(|path| path.extension().is_some_and(|end| end == "tmp")) && left.len() == 1, "{left:?}");
    assert_eq!(host.run(["run", "--all"]).code, 0);
    let left = kept(&host, "bad");
    assert!(left.iter().all(|path| path.extension().is_some_and(|end| end == "json")) && left.len() == 1, "{left:?}");
    assert_eq!(replay(&host, &left[0]).code, 0);
}
