//! `history`, and what stands in the file that it prints, after rounds of the built program.

use std::fs;

use roundsman_tests::{Host, component, guest};
use serde_json::Value;

/// A host with one check that is OK and one that reads a file which is not there yet.
fn host() -> Host {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n");
    host.file("checks/minimal.wasm", component::wat("minimal"));
    let flag = host.path("flag");
    host.drop_in(
        "all",
        &format!(
            "[check.fine]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n\
             [check.flag]\nwasm = \"{}\"\nevery = \"1m\"\n[check.flag.config]\npass_on = true\nask = [{{ read = \"{1}\" }}]\n\
             [check.flag.grant]\nfiles = [\"{1}\"]\n",
            guest("probe").display(),
            flag.display()
        ),
    );
    host
}

#[track_caller]
fn round(host: &Host) {
    let output = host.run(["run", "--cron", "--all"]);
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "", ""), "{output}");
}

/// The lines without their times.
#[track_caller]
fn told(host: &Host, args: &[&str]) -> Vec<String> {
    let output = host.run([&["history"][..], args].concat());
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    output.stdout.lines().map(|line| line.split_once("  ").expect("a time").1.to_owned()).collect()
}

#[test]
fn what_changed_what_operators_did_and_who_was_silenced_is_told() {
    let host = host();
    round(&host);
    let fine = told(&host, &["fine"]);
    assert!(fine.len() == 1 && fine[0].starts_with("OK        fine  "), "{fine:?}");
    let first = told(&host, &["flag"]);
    assert!(first.len() == 1 && first[0].starts_with("UNKNOWN   flag  "), "{first:?}");
    assert_eq!(host.run(["ack", "flag", "--reason", "file\ncomes"]).code, 0);
    fs::write(host.path("flag"), "here").expect("written");
    round(&host);
    round(&host);
    let flag = told(&host, &["flag"]);
    assert_eq!(flag.len(), 3, "{flag:?}");
    assert_eq!(flag[1], "ACK       flag  by root: file\\ncomes");
    assert!(flag[2].starts_with("OK        flag  was UNKNOWN; "), "{flag:?}");
    assert_eq!(host.run(["pause", "fine", "flag", "--for", "1h", "--reason", "work"]).code, 0);
    assert_eq!(host.run(["resume", "fine"]).code, 0);
    assert_eq!(host.run(["resume", "fine"]).code, 0);
    let fine = told(&host, &["fine"]);
    assert!(fine[1].starts_with("PAUSE     fine  by root until ") && fine[1].ends_with(": work"), "{fine:?}");
    assert_eq!((fine.len(), fine[2].as_str()), (3, "RESUME    fine  by root"), "a second time nothing was done");
    // The check of the runtime is among them, and a check that is gone.
    let toml = fs::read_to_string(host.path("etc/conf.d/all.toml")).expect("the drop-in");
    host.drop_in("all", &toml[toml.find("[check.flag]").expect("a table")..]);
    let output = host.run(["run", "--cron", "--all"]);
    assert_eq!(output.code, 0, "{output}");
    let all = told(&host, &[]);
    assert!(all.iter().any(|line| line.starts_with("OK        roundsman  ")), "{all:?}");
    assert!(all.iter().any(|line| line == "GONE      fine  was OK; the check is configured no more"), "{all:?}");

    let json = host.run(["history", "--format", "json"]);
    let entries: Vec<Value> = json.json_lines();
    let numbers: Vec<u64> = entries.iter().filter_map(|entry| entry["sequence"].as_u64()).collect();
    assert_eq!(numbers, (1..=entries.len() as u64).collect::<Vec<_>>(), "{json}");
    assert_eq!(fs::read_to_string(host.path("state/changes")).expect("the file"), json.stdout);
}

#[test]
fn an_empty_history_and_a_wrong_command_line_are_told() {
    let host = host();
    let none = host.run(["history"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{none}");
    assert!(none.stderr.contains("nothing has changed for 30d"), "{none}");
    round(&host);
    for (args, said) in [
        (&["history", "fnie"][..], "there is no check `fnie`, and none in the history; did you mean `fine`?"),
        (&["history", "--since", "soon"], "--since: "),
    ] {
        let output = host.run(args);
        assert!(output.code == 64 && output.stderr.contains(said), "{output}");
    }
    assert!(!told(&host, &["--since", "1h"]).is_empty());
}
