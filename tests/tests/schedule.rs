//! When checks run, as an operator sees it from one start to the next. Years of starts are simulated where the schedule is.

use std::time::SystemTime;

use roundsman_tests::component::wat;
use roundsman_tests::{Host, Output, guest};

/// A host with a component that is fine at once, and one that takes its time.
fn host() -> Host {
    let host = Host::new();
    host.file("checks/minimal.wasm", wat("minimal"));
    host.file("checks/waits.wasm", std::fs::read(guest("waits")).expect("a component"));
    host
}

fn check(name: &str, when: &str) -> String {
    format!("[check.{name}]\nwasm = \"minimal.wasm\"\n{when}\n")
}

/// The names of the checks of a round in the order in which they ended, by the log.
fn ran(host: &Host, args: &[&str]) -> (Vec<String>, Output) {
    let before = host.log().lines().count();
    let output = host.run(["run"].iter().chain(args));
    assert_eq!(output.code, 0, "{output}");
    let log = host.log();
    let names = log.lines().skip(before).filter_map(|line| line.split(' ').nth(2)).map(str::to_owned);
    (names.filter(|name| name != "roundsman").collect(), output)
}

/// Of two that run at once either may end first.
fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn a_check_runs_once_in_a_slot_and_by_hand_at_any_time() {
    let host = host();
    host.drop_in("a", &(check("a", "every = \"5m\"") + &check("b", "every = \"5m\"")));
    let (names, output) = ran(&host, &[]);
    assert_eq!(sorted(names), ["a", "b"]);
    assert!(output.stdout.contains("2 of 2 due, "), "{output}");
    let (names, output) = ran(&host, &[]);
    assert_eq!(names, [""; 0]);
    assert!(output.stdout.starts_with("0 of 2 due, ") && output.stdout.contains("; next: "), "{output}");
    assert_eq!(ran(&host, &["--only", "b"]).0, ["b"]);
    assert_eq!(sorted(ran(&host, &["--all"]).0), ["a", "b"]);
    assert_eq!(ran(&host, &[]).0, [""; 0]);
}

#[test]
fn a_new_host_spreads_what_runs_seldom_and_a_new_check_runs_at_once() {
    let host = host();
    host.drop_in("seldom", &(check("seldom", "every = \"1h\"") + &check("often", "every = \"1m\"")));
    assert_eq!(ran(&host, &[]).0, ["often"]);
    host.drop_in("new", &check("new", "every = \"1h\""));
    assert_eq!(ran(&host, &[]).0, ["new"]);
    assert_eq!(ran(&host, &[]).0, [""; 0]);
}

#[test]
fn a_changed_check_runs_at_the_next_start() {
    let host = host();
    let text = check("a", "every = \"5m\"");
    host.drop_in("a", &text);
    assert_eq!(ran(&host, &[]).0, ["a"]);
    host.drop_in("a", &format!("# only said otherwise\n{text}"));
    assert_eq!(ran(&host, &[]).0, [""; 0]);
    host.drop_in("a", &format!("{text}[check.a.thresholds]\nbeats = {{ warning = 50 }}\n"));
    assert_eq!(ran(&host, &[]).0, ["a"]);
    host.file("checks/minimal.wasm", wat("greets"));
    let (names, output) = ran(&host, &[]);
    assert_eq!(names, ["a"], "another component: {output}");
}

#[test]
fn a_calendar_is_waited_for() {
    let host = host();
    // Far from now, whenever this is.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock that is set");
    let hour = (now.as_secs() / 3600 + 12) % 24;
    host.drop_in("daily", &check("daily", &format!("cron = \"0 {hour} * * *\"\ntimezone = \"UTC\"")));
    assert_eq!(ran(&host, &[]).0, [""; 0]);
    assert_eq!(ran(&host, &[]).0, [""; 0]);
    let output = host.run(["run", "--only", "daily", "--format", "json"]);
    let next = output.json_lines()[0]["next_due"].as_str().expect("a time").to_owned();
    assert!(next.contains(&format!("T{hour:02}:00:")), "{next}");
    host.drop_in("daily", &check("daily", "cron = \"* * * * *\"\ntimezone = \"No/Such\""));
    let output = host.run(["run"]);
    assert!(output.code == 78 && output.stderr.contains("No/Such"), "{output}");
}

#[test]
fn what_was_not_reached_goes_first_next_time() {
    let host = host();
    host.main("[run]\nparallel = 1\ndeadline = \"3s\"\n[limits]\ntimeout = \"3s\"\nfuel = 900_000_000_000\n");
    // Seldom, so that no slot comes between the rounds; which a host that is not new runs at once all the same.
    let slow = |name: &str| {
        format!("[check.{name}]\nwasm = \"waits.wasm\"\nevery = \"24h\"\n[check.{name}.config]\nseconds = 1.8\n")
    };
    let first = host.drop_in("first", &check("first", "every = \"1m\""));
    assert_eq!(ran(&host, &[]).0, ["first"]);
    std::fs::remove_file(first).expect("a drop-in");
    host.drop_in("slow", &["b", "c", "d", "e"].map(slow).concat());
    let (names, output) = ran(&host, &[]);
    assert_eq!(names, ["b", "c"], "the second is cut off: {output}");
    assert!(output.stdout.contains("2 not reached"), "{output}");
    host.drop_in("new", &slow("a"));
    let (names, output) = ran(&host, &[]);
    assert_eq!(names, ["d", "e"], "{output}");
    assert!(output.stdout.contains("1 not reached") && output.stdout.contains("3 of 5 due"), "{output}");
}
