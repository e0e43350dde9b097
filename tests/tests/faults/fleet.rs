//! E24, E25, E26: many checks, slow ones among fast ones, and more than a round has time for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use roundsman_tests::{Host, children, guest};

use crate::after::{assert_clean, assert_logged, checksummed, host, logged, main};
use crate::started::{is_called, round};

const THOUSANDS: usize = 5_000;

#[test]
fn five_thousand_checks_in_one_round_are_all_run_and_the_round_stays_small() {
    let host = host();
    let mut all = String::new();
    for number in 0..THOUSANDS {
        let _ = write!(all, "[check.c{number}]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n");
    }
    host.drop_in("fast", &all);
    main(&host, "[run]\ndeadline = \"10m\"\n");
    let began = Instant::now();
    let mut round = round(&host, &["--all", "--cron"]);
    let (mut memory, mut descriptors) = (0, 0);
    while !round.is_over() {
        let status = fs::read_to_string(format!("/proc/{}/status", round.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
        memory = memory.max(kilobytes.unwrap_or_default());
        let open = fs::read_dir(format!("/proc/{}/fd", round.pid())).map_or(0, Iterator::count);
        descriptors = descriptors.max(open);
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = round.output();
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert!(descriptors < 64, "{descriptors} descriptors in {:?}", began.elapsed());
    assert!(memory < 128 << 10, "{memory} kB in {:?}", began.elapsed());
    assert_clean(&host, &[]);
    assert_logged(&host);
    let results = checksummed(&host, "results").expect("results");
    let checks = results["checks"].as_object().expect("checks");
    assert_eq!(checks.len(), THOUSANDS + 1);
    assert!(checks.values().all(|check_status| check_status["verdict"]["status"] == "Ok"));
    assert_eq!(logged(&host).iter().filter(|(name, runs)| *name != "roundsman" && runs.len() == 1).count(), THOUSANDS);
}

/// A check whose command sleeps, with a timeout.
fn sleeps(host: &Host, names: impl IntoIterator<Item = String>, seconds: &str, timeout: &str) {
    for name in names {
        host.drop_in(
            &name,
            &format!(
                "[check.{name}]\nwasm = \"{}\"\nevery = \"1m\"\n[check.{name}.limits]\ntimeout = \"{timeout}\"\n\
                 [check.{name}.config]\npass_on = true\nask = [{{ command = [\"/bin/sleep\", \"{seconds}\"] }}]\n\
                 [[check.{name}.grant.command]]\nargv = [\"/bin/sleep\", \"{seconds}\"]\n",
                guest("probe").display()
            ),
        );
    }
}

#[test]
fn checks_that_hang_hold_up_the_others_for_their_timeouts_at_most() {
    let host = host();
    let mut all = String::new();
    for number in 0..200 {
        let _ = write!(all, "[check.fast{number}]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n");
    }
    host.drop_in("fast", &all);
    sleeps(&host, (0..10).map(|number| format!("a{number}")), "300", "1s");
    main(&host, "[run]\nparallel = 2\n");
    let mut round = round(&host, &["--all", "--cron"]);
    let mut most = 0;
    while !round.is_over() {
        let brokers = children(round.pid()).into_iter().filter(|pid| is_called(*pid, "roundsman-broke")).count();
        most = most.max(brokers);
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = round.output();
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert!(most <= 2, "{most} checks at a time");
    let results = checksummed(&host, "results").expect("results");
    let verdicts =
        || results["checks"].as_object().expect("checks").values().map(|check_status| &check_status["verdict"]);
    assert_eq!(verdicts().filter(|verdict| verdict["failure"]["kind"] == "timeout").count(), 10, "{results}");
    let fast = verdicts().filter(|verdict| verdict["summary"] == "it lives" && verdict["status"] == "Ok");
    assert_eq!(fast.count(), 200, "{results}");
    assert_clean(&host, &[]);
    assert_logged(&host);
}

#[test]
fn what_a_deadline_leaves_stays_due_and_goes_first() {
    let host = host();
    host.drop_in("fast", "");
    let names: BTreeSet<String> = (0..8).map(|number| format!("c{number}")).collect();
    sleeps(&host, names.iter().cloned(), "1", "2s");
    main(&host, "[run]\nparallel = 1\ndeadline = \"4s\"\n\n[limits]\ntimeout = \"2s\"\n");
    let began = Instant::now();
    let first = host.run(["run", "--all"]);
    assert_eq!((first.code, first.stderr.as_str()), (0, ""), "{first}");
    assert!(began.elapsed() < Duration::from_secs(9), "it ends by its deadline: {:?}", began.elapsed());
    let ran: BTreeSet<String> = logged(&host).into_keys().filter(|name| name != "roundsman").collect();
    assert!((1..8).contains(&ran.len()), "{ran:?}");
    assert_logged(&host);
    let (state, results) =
        (checksummed(&host, "state").expect("state"), checksummed(&host, "results").expect("results"));
    let left: BTreeSet<String> = names.difference(&ran).cloned().collect();
    for name in &left {
        assert!(state["checks"][name]["past"]["waiting_since"].is_string(), "{name}: {state}");
        assert_eq!(results["checks"][name]["verdict"]["state"], "pending", "{name}: {results}");
    }
    assert_eq!(results["checks"]["roundsman"]["verdict"]["status"], "Warning", "it is said: {results}");

    // With time enough for what was left, and no more.
    fs::remove_file(host.path("roundsman.log")).expect("a log");
    let second = host.run(["run"]);
    assert_eq!(second.code, 0, "{second}");
    let order: Vec<String> = host
        .log()
        .lines()
        .filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            line["check"].as_str().filter(|name| *name != "roundsman").map(str::to_owned)
        })
        .collect();
    let first_ones: BTreeSet<String> = order.iter().take(left.len()).cloned().collect();
    assert!(!order.is_empty() && first_ones.is_subset(&left), "{order:?} of {left:?}");
    assert_clean(&host, &[]);
}
