//! E02, E05, E07: rounds that meet.

use std::fs;
use std::time::{Duration, Instant};

use crate::after::{
    assert_clean, assert_logged, assert_next_round, checksummed, host, logged, main, processes, runs, shows,
};
use crate::started::{round, until};

#[test]
fn twenty_rounds_at_once_run_each_check_once() {
    let host = host();
    for name in ["a", "b", "c"] {
        host.drop_in(name, &format!("[check.{name}]\nwasm = \"minimal.wasm\"\nevery = \"5m\"\n"));
    }
    runs(&host, "slow", "/bin/sleep", &["2"]);
    // The first round of all spreads the checks; what changed after it is due at once.
    assert_eq!(host.run(["run", "--all"]).code, 0);
    for name in ["a", "b", "c"] {
        host.drop_in(name, &format!("[check.{name}]\nwasm = \"minimal.wasm\"\nevery = \"4m\"\n[check.{name}.thresholds]\nbeats = {{ warning = 1000 }}\n"));
    }
    host.drop_in(
        "fast",
        "[check.fast]\nwasm = \"minimal.wasm\"\nevery = \"3m\"\n[check.fast.thresholds]\nbeats = { warning = 1000 }\n",
    );
    runs(&host, "slow", "/bin/sleep", &["2.5"]);

    let rounds: Vec<_> = (0..20).map(|_| round(&host, &[])).collect();
    let outputs: Vec<_> = rounds.into_iter().map(|round| round.output()).collect();
    for output in &outputs {
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    }
    for (check, runs) in logged(&host) {
        assert!(check == "roundsman" || runs.len() == 2, "{check} ran {} times", runs.len() - 1);
    }
    assert_eq!(logged(&host).keys().filter(|name| *name != "roundsman").count(), 5);
    let busy = |text: &str| text.contains("`slow` is running since ") && text.contains(", pid ");
    let (ran, said) = (
        outputs.iter().filter(|output| shows(output, "OK", "slow")).count(),
        outputs.iter().filter(|output| busy(&output.stdout)).count(),
    );
    assert_eq!((ran, said), (1, 19), "one runs it, the others say so: {outputs:?}");
    assert_clean(&host, &[]);
    assert_logged(&host);
    let results = checksummed(&host, "results").expect("results");
    assert_eq!(results["checks"]["slow"]["skipped"], 19);
    assert_next_round(&host);
}

#[test]
fn a_round_that_hangs_holds_up_no_other_check() {
    let host = host();
    runs(&host, "hangs", "/bin/sleep", &["300"]);
    let began = Instant::now();
    let first = round(&host, &["--all"]);
    until("its command runs", || processes(&host).iter().any(|process| process.contains("/sleep 300")));
    std::thread::sleep(Duration::from_secs(2));
    // Once its outcome is written, it is free again.
    until("the fast check is free", || shows(&host.run(["run", "--all"]), "OK", "fast"));
    let under_way = processes(&host).len();
    let skipped = || {
        let results = checksummed(&host, "results").expect("results");
        // That a round of a person's met a check that runs is no fault; it is counted.
        assert_eq!(results["checks"]["roundsman"]["verdict"]["status"], "Ok", "{results}");
        results["checks"]["hangs"]["skipped"].as_u64().expect("a count")
    };
    let before = skipped();
    for count in 1..=3 {
        let least = began.elapsed().as_secs().saturating_sub(2);
        let output = host.run(["run", "--all"]);
        assert_eq!(output.code, 0, "{output}");
        assert!(shows(&output, "OK", "fast"), "{output}");
        let line = output.stdout.lines().find(|line| line.starts_with("`hangs` is running since "));
        let (_, told) = line.and_then(|line| line.split_once(", for ")).unwrap_or_else(|| panic!("{output}"));
        let (age, pid) = told.split_once(" s, pid ").unwrap_or_else(|| panic!("{output}"));
        assert_eq!(pid, format!("{}: not started again", first.pid()));
        // The kernel's clock of starts and ours may each be cut to seconds.
        let (age, most) = (age.parse::<u64>().expect("seconds"), began.elapsed().as_secs() + 2);
        assert!((least..=most).contains(&age), "{least} to {most} s: {output}");
        assert_eq!(processes(&host).len(), under_way, "they pile up: {:?}", processes(&host));
        assert_eq!(skipped(), before + count, "{output}");
    }
    first.signal("TERM");
    assert_eq!(first.output().code, 128 + 15);
    host.drop_in("hangs", "");
    assert_next_round(&host);
}

#[test]
fn a_round_that_a_later_one_overtook_takes_back_nothing_that_it_said() {
    let host = host();
    main(&host, "[run]\nsplay = \"0s\"\n");
    runs(&host, "slow", "/bin/sleep", &["3"]);
    let first = round(&host, &["--all", "--cron"]);
    until("its command runs", || processes(&host).iter().any(|process| process.contains("/sleep 3")));
    host.drop_in("new", "[check.new]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n");
    host.drop_in("wrong", "[check.wrong]\nwasm = \"minimal.wasm\"\nevry = \"1m\"\n");
    let later = host.run(["run", "--all", "--cron"]);
    assert!(later.code == 78 && later.stderr.contains("`evry`"), "{later}");

    let first = first.output();
    assert_eq!((first.code, first.stderr.as_str()), (0, ""), "what it read had no fault, and that is old");
    let checks = checksummed(&host, "results").expect("results")["checks"].clone();
    for (check, status) in [("slow", "Ok"), ("new", "Ok"), ("wrong", "Unknown"), ("roundsman", "Warning")] {
        assert_eq!(checks[check]["verdict"]["status"], status, "{check}: {checks}");
    }
    let next = host.run(["run", "--all", "--cron"]);
    assert_eq!((next.code, next.stderr.as_str()), (78, ""), "the fault lasts, and is no news");
}

#[test]
fn a_lock_file_that_is_removed_or_replaced_stops_nobody_and_loses_nothing() {
    let host = host();
    runs(&host, "slow", "/bin/sleep", &["1"]);
    for lock in ["locks", "state.lock", "locks.*"] {
        let first = round(&host, &["--all"]);
        until("its command runs", || processes(&host).iter().any(|process| process.contains("/sleep 1")));
        for file in fs::read_dir(host.path("state")).expect("a directory").filter_map(Result::ok) {
            let name = file.file_name().into_string().expect("UTF-8");
            if name == lock || lock == "locks.*" && name.starts_with("locks.") {
                fs::remove_file(file.path()).expect("the lock file");
            }
        }
        let second = host.run(["run", "--all"]);
        assert_eq!((second.code, second.stderr.as_str()), (0, ""), "{second}");
        assert_eq!(first.output().code, 0);
        assert_clean(&host, &[]);
        assert_logged(&host);
    }
    assert_next_round(&host);
}
