//! Recordings: a replay reaches no host, and ends as the run did.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use roundsman_tests::{Host, Output, check, guest, root};

/// Records a run of a component and replays it.
fn recorded(host: &Host, component: &Path, name: &str, args: &[&str]) -> (Output, Output) {
    let file = host.path(name);
    let file = file.to_str().expect("a path in UTF-8");
    let run = host.check(component, &[args, &["--record", file]].concat());
    (run, host.run(["replay", file]))
}

#[track_caller]
fn assert_the_same(host: &Host, component: &Path, name: &str, args: &[&str]) {
    let (run, replay) = recorded(host, component, name, args);
    assert!(replay.code == 0 && replay.stdout.starts_with("the same outcome"), "{name}: {replay}\nrecorded: {run}");
}

#[test]
fn every_shipped_check_replays_to_the_same_outcome() {
    let host = Host::new();
    let names = fs::read_dir(root().join("checks")).expect("a folder of checks");
    let names: Vec<String> =
        names.map(|name| name.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let granted = ["--allow-file", "/proc/*", "--allow-file", "/sys/*/*/*/*", "--allow-filesystem", "mounted"];
        assert_the_same(&host, &check(&name), &name, &granted);
        // Nothing is granted: each denial is played too.
        assert_the_same(&host, &check(&name), &format!("{name}-denied"), &[]);
    }
}

#[test]
fn a_hundred_generated_outcomes_replay_to_the_same() {
    let host = Host::new();
    let statuses = ["ok", "warning", "critical", "unknown"];
    let values = ["1", "-0.0", "\"nan\"", "\"inf\"", "1e308"];
    for number in 0..100 {
        let status = format!("status={}", statuses[number % 4]);
        let summary = format!("summary=\"{}\"", "ä\\u001b x".repeat(number));
        let value = values[number % 5];
        let metrics = format!("metrics=[{{ name = \"size\", value = {value}, unit = \"bytes\" }}]");
        let args = ["--set", &status, "--set", &summary, "--set", &metrics];
        assert_the_same(&host, &guest("says"), &number.to_string(), &args);
    }
}

#[test]
fn a_replay_has_what_was_read_though_the_host_has_changed() {
    let host = Host::new();
    let proc = host.file("root/proc/loadavg", "7.11 6.22 5.33 2/345 6789\n");
    let root = host.path("root");
    let (file, root) = (host.path("tape"), root.to_str().expect("a path in UTF-8"));
    let file = file.to_str().expect("a path in UTF-8");
    let granted =
        ["--allow-file", "/proc/*", "--allow-file", "/sys/*/*/*/*", "--root", root, "--record", file, "--verbose"];
    let run = host.check(&check("load"), &granted);
    assert!(run.stdout.contains("7.11"), "{run}");
    assert!(run.stderr.contains("read /proc/loadavg: "), "{run}");
    assert_eq!(fs::metadata(file).expect("a recording").permissions().mode() & 0o7777, 0o600);
    fs::remove_file(proc).expect("a file");
    let replay = host.run(["replay", file]);
    assert!(replay.code == 0, "{replay}");

    let other = check("memory");
    let other = host.run(["replay", file, other.to_str().expect("a path in UTF-8")]);
    assert_eq!(other.code, 65, "{other}");
    assert!(other.stdout.contains("the recorded run asked `"), "{other}");

    let again = host.check(&check("load"), &granted);
    assert!(again.code == 3 && again.to_string().contains("it is there already"), "{again}");
}

#[test]
fn a_recording_of_another_contract_or_none_at_all_is_refused_in_words() {
    let host = Host::new();
    let file = host.path("tape");
    let path = file.to_str().expect("a path in UTF-8");
    host.check(&guest("says"), &["--set", "status=ok", "--record", path]);
    let text = fs::read_to_string(&file).expect("a recording");
    for (name, content, why) in [
        ("later", text.replace("\"contract\": \"0.1.0\"", "\"contract\": \"0.7.0\""), "contract 0.7.0"),
        ("cut", text[..text.len() / 2].to_owned(), "no whole recording"),
        ("foreign", "{\"form\": 1}".to_owned(), "no whole recording"),
    ] {
        assert_ne!(content, text);
        let file = host.file(name, content);
        let replay = host.run(["replay", file.to_str().expect("a path in UTF-8")]);
        assert!(replay.code == 65 && replay.stderr.contains(why), "{name}: {replay}");
    }
    let replay = host.run(["replay", "/nowhere"]);
    assert!(replay.code == 65 && replay.stderr.contains("/nowhere"), "{replay}");
}
