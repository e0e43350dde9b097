//! E27, E28: signals that end a round, and those that stop it for a while.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use roundsman_tests::{Host, children, guest};

use crate::after::{assert_clean, assert_logged, assert_next_round, checksummed, copy, host, processes, runs, shows};
use crate::started::{command, is_called, round, signal, start, until};

/// A host with a check that has ended when this returns what is to end, and one whose command has a child that left its
/// session.
fn hanging() -> Host {
    let host = host();
    copy(Path::new("/bin/sleep"), &host.path("sleep"));
    let sleep = host.path("sleep");
    runs(&host, "hangs", "/usr/bin/setsid", &["--fork", "--wait", sleep.to_str().expect("UTF-8"), "300"]);
    host
}

#[test]
fn a_signal_ends_a_round_with_all_its_processes_and_keeps_what_has_ended() {
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        let host = hanging();
        let round = round(&host, &["--all"]);
        until("the command runs", || processes(&host).iter().any(|process| process.contains("/sleep 300")));
        // A check that ended is written a second later, at the latest.
        until("the fast check is logged", || host.log().contains("\"check\":\"fast\""));
        let sent = Instant::now();
        round.signal(name);
        let output = round.output();
        assert_eq!(output.code, 128 + number, "{output}");
        assert!(sent.elapsed() < Duration::from_secs(4), "it took {:?}", sent.elapsed());
        assert!(shows(&output, "OK", "fast"), "{output}");
        // With the grandchild, which left its session.
        assert_clean(&host, &[]);
        assert_logged(&host);
        let (results, state) =
            (checksummed(&host, "results").expect("results"), checksummed(&host, "state").expect("state"));
        assert_eq!(results["checks"]["fast"]["verdict"]["status"], "Ok", "{results}");
        assert_eq!(
            results["checks"]["hangs"]["verdict"]["status"],
            serde_json::Value::Null,
            "it showed nothing: {results}"
        );
        assert!(state["checks"]["hangs"]["past"]["waiting_since"].is_string(), "it goes first next time: {state}");
        host.drop_in("hangs", "");
        assert_next_round(&host);
    }
}

#[test]
fn a_signal_before_anything_was_written_loses_nothing_that_ended() {
    let host = hanging();
    let round = round(&host, &["--all"]);
    until("the command runs", || processes(&host).iter().any(|process| process.contains("/sleep 300")));
    round.signal("TERM");
    let output = round.output();
    assert_eq!(output.code, 143, "{output}");
    let shown = shows(&output, "OK", "fast");
    assert_eq!(shown, host.log().contains("\"check\":\"fast\""), "shown and logged are the same: {output}");
    assert_clean(&host, &[]);
    assert_logged(&host);
}

/// An impatient operator, or a service manager that repeats itself: the end that is under way goes on, and quietly.
#[test]
fn signals_that_repeat_end_it_once_and_burn_no_time() {
    let host = host();
    // It ignores SIGTERM, so that there is a grace to wait for.
    runs(&host, "stubborn", "/usr/bin/env", &["--ignore-signal=TERM", "/bin/sleep", "300"]);
    let mut round = round(&host, &["--all"]);
    command(round.pid(), "sleep");
    let ticks = |pid: u32| -> u64 {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').skip(11).take(2);
        fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
    };
    round.signal("TERM");
    let (before, mut used) = (ticks(round.pid()), 0);
    while !round.is_over() {
        let _ = std::process::Command::new("/bin/kill").args(["-TERM", &round.pid().to_string()]).output();
        used = used.max(ticks(round.pid()).saturating_sub(before));
        std::thread::sleep(Duration::from_millis(50));
    }
    // In hundredths of a second.
    assert!(used < 30, "{used} ticks of CPU while it waits");
    // All is written by the time that another signal can end it.
    let (status, ..) = round.end();
    assert_eq!(status.code().or(status.signal().map(|signal| 128 + signal)), Some(143), "{status}");
    assert_clean(&host, &[]);
    let results = checksummed(&host, "results").expect("results");
    assert_eq!(results["checks"]["fast"]["verdict"]["status"], "Ok", "{results}");
}

/// As with `nohup`: the signal was ignored on purpose.
#[test]
fn a_signal_that_is_ignored_ends_nothing() {
    let host = host();
    runs(&host, "slow", "/bin/sleep", &["1"]);
    let round = start(host.command(&["nohup"]).args(["run", "--all"]));
    until("the command runs", || processes(&host).iter().any(|process| process.contains("/sleep 1")));
    round.signal("HUP");
    let output = round.output();
    assert_eq!(output.code, 0, "{output}");
    assert!(shows(&output, "OK", "slow"), "{output}");
}

#[test]
fn a_worker_that_is_stopped_is_out_of_time_and_no_other_is() {
    let host = host();
    let probe = guest("probe").display().to_string();
    host.drop_in("still", &format!(
        "[check.still]\nwasm = \"{probe}\"\nevery = \"1m\"\n[check.still.limits]\ntimeout = \"3s\"\n[check.still.config]\n\
         ask = [{{ command = [\"/bin/sleep\", \"1\"] }}]\n[[check.still.grant.command]]\nargv = [\"/bin/sleep\", \"1\"]\n"
    ));
    let round = round(&host, &["--all", "--format", "json"]);
    let (broker, _) = command(round.pid(), "sleep");
    // The worker was forked after its broker.
    let worker = children(round.pid()).into_iter().find(|pid| *pid > broker && is_called(*pid, "roundsman-worke"));
    let worker = worker.expect("a worker of that broker");
    signal(worker, "STOP");
    let output = round.output();
    assert_eq!(output.code, 0, "{output}");
    let verdicts = output.json_lines();
    let one = |name: &str| verdicts.iter().find(|verdict| verdict["check"] == name).expect("a verdict");
    assert_eq!(one("still")["failure"]["kind"], "timeout", "{output}");
    assert_eq!(one("fast")["status"], "ok", "{output}");
    assert_clean(&host, &[]);
}

/// As a virtual machine that was paused, or a debugger.
#[test]
fn a_round_that_is_stopped_for_longer_than_every_timeout_judges_fairly() {
    let host = host();
    let probe = guest("probe").display().to_string();
    for (name, seconds) in [("done", "1"), ("never", "300")] {
        host.drop_in(
            name,
            &format!(
                "[check.{name}]\nwasm = \"{probe}\"\nevery = \"1m\"\n[check.{name}.limits]\ntimeout = \"3s\"\n\
             [check.{name}.config]\npass_on = true\nask = [{{ command = [\"/bin/sleep\", \"{seconds}\"] }}]\n\
             [[check.{name}.grant.command]]\nargv = [\"/bin/sleep\", \"{seconds}\"]\n"
            ),
        );
    }
    let round = round(&host, &["--all", "--format", "json"]);
    until("both run", || {
        let brokers = children(round.pid()).into_iter().filter(|pid| is_called(*pid, "roundsman-broke"));
        brokers.filter(|broker| children(*broker).iter().any(|pid| is_called(*pid, "sleep"))).count() == 2
    });
    round.signal("STOP");
    std::thread::sleep(Duration::from_secs(6));
    round.signal("CONT");
    let output = round.output();
    assert_eq!(output.code, 0, "{output}");
    let verdicts = output.json_lines();
    let one = |name: &str| verdicts.iter().find(|verdict| verdict["check"] == name).expect("a verdict");
    assert_eq!(one("done")["status"], "ok", "it had ended in time: {output}");
    assert_eq!(one("never")["failure"]["kind"], "timeout", "{output}");
    assert_clean(&host, &[]);
    host.drop_in("never", "");
    assert_next_round(&host);
}
