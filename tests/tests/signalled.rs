//! Uids that no command has: what one command signals or sees of the runtime's own processes, and of other checks'.

use std::time::{Duration, Instant};

use roundsman_tests::{Host, alone, guest};

/// A check of the probe that asks for this, with these lines of grants.
fn probe(host: &Host, name: &str, ask: &str, grant: &str) {
    host.drop_in(
        name,
        &format!(
            "[check.{name}]\nwasm = \"{}\"\nevery = \"1m\"\n[check.{name}.config]\nask = {ask}\n[check.{name}.grant]\n{grant}\n",
            guest("probe").display()
        ),
    );
}

fn command(argv: &str, rest: &str) -> String {
    format!("[[command]]\nargv = {argv}\n{rest}\n")
}

/// What a check said in a round, line by line.
fn details(verdicts: &[serde_json::Value], name: &str) -> Vec<String> {
    let verdict = verdicts.iter().find(|verdict| verdict["check"] == name).expect(name);
    assert_eq!(verdict["status"], "ok", "{verdict}");
    let lines = verdict["details"].as_array().expect("details").iter();
    lines.map(|line| line.as_str().expect("a line").to_owned()).collect()
}

// B31
#[test]
fn a_command_that_signals_all_it_may_harms_no_broker_no_reader_and_no_other_user() {
    if !alone("a_command_that_signals_all_it_may_harms_no_broker_no_reader_and_no_other_user") {
        return;
    }
    for signal in ["-STOP", "-KILL"] {
        let host = Host::new();
        host.main("[run]\nparallel = 8\n[limits]\ntimeout = \"8s\"\n");
        let kill = format!("[\"/bin/kill\", \"{signal}\", \"--\", \"-1\"]");
        let sleep = |length: &str| format!("[\"/bin/sleep\", \"{length}\"]");
        let mounts = "files = [\"/proc/mounts\"]\n";
        // Others are at work by then.
        let ask = format!(
            "[{{ read = \"/proc/mounts\" }}, {{ command = {} }}, {{ command = {kill} }}, {{ read = \"/proc/mounts\" }}]",
            sleep("0.7")
        );
        let grant = mounts.to_owned() + &command(&sleep("0.7"), "") + &command(&kill, "");
        probe(&host, "signals", &ask, &grant.replace("[[command]]", "[[check.signals.grant.command]]"));
        // A broker and a reader of another check, and a command of another user.
        for (name, user) in [("beside", "user = \"nobody\""), ("neighbour", "")] {
            let ask = format!(
                "[{{ read = \"/proc/mounts\" }}, {{ command = {} }}, {{ read = \"/proc/mounts\" }}]",
                sleep("2")
            );
            let grant = mounts.to_owned() + &command(&sleep("2"), user);
            probe(&host, name, &ask, &grant.replace("[[command]]", &format!("[[check.{name}.grant.command]]")));
        }
        // A reader alone, at work all the time.
        probe(&host, "reads", "[{ stat = \"/etc/passwd\", repeat = 20000 }]", "metadata = [\"/etc/passwd\"]");
        let begun = Instant::now();
        let output = host.run(["run", "--all", "--format", "json"]);
        assert!(begun.elapsed() < Duration::from_secs(30), "{output}");
        let verdicts = output.json_lines();
        let said = details(&verdicts, "signals");
        assert!(said.iter().filter(|line| line.starts_with("read ")).count() >= 2, "{said:?}");
        for name in ["beside", "reads"] {
            let said = details(&verdicts, name);
            assert!(!said.iter().any(|line| line.contains("signal") || line.contains("timed out")), "{name}: {said:?}");
        }
        // The same user's command was reached: the signal was sent.
        let neighbour = verdicts.iter().find(|verdict| verdict["check"] == "neighbour").expect("neighbour").to_string();
        let reached = if signal == "-KILL" { "signal 9" } else { "timeout" };
        assert!(neighbour.contains(reached), "{signal}: {neighbour}");
    }
}

// A04
#[test]
fn no_check_sees_processes_of_the_runtime_whenever_they_were_started() {
    if !alone("no_check_sees_processes_of_the_runtime_whenever_they_were_started") {
        return;
    }
    let host = Host::new();
    host.main("[run]\nparallel = 2\n");
    let all = "/bin/cat /proc/[0-9]*/comm";
    let shell = format!("[\"/bin/sh\", \"-c\", \"{all}\"]");
    let pattern = "/proc/*/comm";
    let ask = format!(
        "[{{ read_glob = \"{pattern}\" }}, {{ command = [\"/bin/sleep\", \"1.5\"] }}, {{ command = {shell} }}, {{ read_glob = \"{pattern}\" }}]"
    );
    let granted = format!(
        "files = [\"{pattern}\"]\n[[check.a.grant.command]]\nargv = [\"/bin/sleep\", \"1.5\"]\n\
         [[check.a.grant.command]]\nargv = {shell}\n"
    );
    probe(&host, "a", &ask, &granted);
    for number in 0..6 {
        let name = format!("b{number}");
        let ask = "[{ read = \"/proc/mounts\" }, { command = [\"/bin/sleep\", \"0.5\"] }]";
        let grant =
            format!("files = [\"/proc/mounts\"]\n[[check.{name}.grant.command]]\nargv = [\"/bin/sleep\", \"0.5\"]\n");
        probe(&host, &name, ask, &grant);
    }
    let verdicts = host.run(["run", "--all", "--format", "json"]).json_lines();
    let said = details(&verdicts, "a");
    let of = |start: &str| said.iter().filter(|line| line.starts_with(start)).cloned().collect::<Vec<_>>().join("\n");
    assert!(of("command").contains("roundsman-worke"), "they are there: {said:?}");
    let seen = of("read_glob");
    assert!(seen.contains("sleep") && !seen.contains("roundsman-"), "{seen}");
}
