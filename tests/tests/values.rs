//! Values of rounds, each with its own time: at real InfluxDB and VictoriaMetrics, and at receivers with faults.

use std::collections::BTreeSet;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use roundsman_tests::Host;
use roundsman_tests::hook::{AWAY, Hook, OK, WRONG, body};
use roundsman_tests::server::{Server, influxdb, victoria_metrics};
use serde_json::Value;
use sha2::Digest as _;

/// Makes a host with checks that are OK while the file `NAME` holds `well`.
fn host(checks: &[&str]) -> Host {
    let host = Host::new();
    settings(&host, "");
    for check in checks {
        host.well(check);
    }
    let memory =
        "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.memory.grant]\nfiles = [\"/proc/meminfo\"]\n";
    host.drop_in("memory", memory);
    host
}

fn settings(host: &Host, delivery: &str) {
    host.main(&format!(
        "[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\nlabels = {{ site = \"a b,c\" }}\n[delivery]\ndeadline = \"10s\"\n{delivery}"
    ));
}

fn output(host: &Host, name: &str, format: &str, url: &str, more: &str) {
    host.drop_in(&format!("out-{name}"), &format!("[output.{name}]\nformat = \"{format}\"\nurl = \"{url}\"\n{more}"));
}

/// Returns the times and numbers of the states of a check, as InfluxDB has them.
fn states(influx: &Server, check: &str) -> Vec<(String, i64)> {
    let query = format!("SELECT+state+FROM+roundsman_check+WHERE+%22check%22='{check}'");
    let (status, answer) = influx.ask("GET", &format!("/query?db=checks&q={query}"), "text/plain", "");
    assert_eq!(status, 200, "{answer}");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let rows = answer["results"][0]["series"][0]["values"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| (row[0].as_str().expect("a time").to_owned(), row[1].as_i64().expect("a state"))).collect()
}

#[test]
fn influxdb_has_every_run_also_of_the_time_when_it_was_away() {
    let (host, mut influx) = (host(&["disk"]), influxdb());
    output(&host, "influx", "influx", &format!("http://127.0.0.1:{}/write?db=checks", influx.port), "");
    host.round();
    influx.stop();
    host.file("disk", "bad\n");
    host.round();
    let cursors = fs::read_to_string(host.path("state/deliveries")).expect("the cursors");
    assert!(cursors.contains("Connection refused"), "{cursors}");
    influx.resume();
    host.file("disk", "well\n");
    host.round();
    let states = states(&influx, "disk");
    let numbers: Vec<i64> = states.iter().map(|(_, state)| *state).collect();
    assert_eq!(numbers, [0, 2, 0], "{states:?}");
    let times: BTreeSet<&String> = states.iter().map(|(time, _)| time).collect();
    assert_eq!(times.len(), 3, "each has its own time: {states:?}");
    let (_, answer) = influx.ask("GET", "/query?db=checks&q=SHOW+SERIES", "text/plain", "");
    assert!(answer.contains("roundsman_check,check=roundsman,host=web1,site=a\\\\ b\\\\,c"), "{answer}");
    assert!(answer.contains("roundsman_memory,check=memory,host=web1"), "{answer}");
}

#[test]
fn victoria_metrics_has_the_values_of_a_round() {
    let (host, victoria) = (host(&["disk"]), victoria_metrics());
    output(&host, "victoria", "influx", &format!("http://127.0.0.1:{}/write", victoria.port), "");
    host.round();
    let export = found(&victoria, "/api/v1/export?match[]=roundsman_check_state", "\"check\":\"disk\"");
    let series: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let disk = series.iter().find(|one| one["metric"]["check"] == "disk").unwrap_or_else(|| panic!("{export}"));
    assert_eq!((&disk["metric"]["host"], &disk["metric"]["site"]), (&"web1".into(), &"a b,c".into()), "{export}");
    assert_eq!(disk["values"][0].as_f64(), Some(0.0), "{export}");
}

/// Asks until the answer has what is looked for: VictoriaMetrics shows what it took after a second or two.
#[track_caller]
fn found(server: &Server, path: &str, what: &str) -> String {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        assert_eq!(server.ask("GET", "/internal/force_flush", "text/plain", "").0, 200);
        let (status, answer) = server.ask("GET", path, "text/plain", "");
        assert_eq!(status, 200, "{answer}");
        if answer.contains(what) {
            return answer;
        }
        assert!(Instant::now() < end, "no {what} in {answer}");
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn json_has_each_outcome_once_and_values_wait_while_nobody_takes_them() {
    let host = host(&["disk"]);
    let hook = Hook::new(|number| Some(if number == 1 { AWAY } else { OK }));
    output(&host, "lake", "json", &hook.url, "only = { checks = [\"disk\"] }\n");
    host.round();
    host.round();
    host.round();
    let heard = hook.heard();
    let outcomes: Vec<Vec<String>> = heard.iter().map(|request| of_check(request, "disk")).collect();
    assert_eq!(outcomes.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 2], "{outcomes:?}");
    assert_eq!(outcomes[1][0], outcomes[2][0], "what was not taken comes again");
    assert!(heard[0].contains("\r\nContent-Type: application/json\r\n"), "{heard:?}");
    let all: BTreeSet<&String> = outcomes.iter().flatten().collect();
    assert_eq!(all.len(), 3, "each run has its time: {outcomes:?}");
}

/// Returns the times at which the runs of a check started that a request tells of.
fn of_check(request: &str, check: &str) -> Vec<String> {
    let outcomes = body(request);
    let of = outcomes.as_array().expect("a list").iter().filter(|outcome| outcome["check"] == check);
    of.map(|outcome| outcome["started"].as_str().expect("a time").to_owned()).collect()
}

#[test]
fn the_line_that_a_receiver_does_not_take_is_found_dropped_and_told_once() {
    let host = host(&["bad", "a", "b", "c"]);
    let hook =
        Hook::answering(|request, _| Some(if request.contains("roundsman_check,check=bad,") { WRONG } else { OK }));
    output(&host, "influx", "influx", &hook.url, "");
    host.round();
    let heard = hook.heard();
    let taken: Vec<&String> = heard.iter().filter(|request| !request.contains("roundsman_check,check=bad,")).collect();
    for check in ["a", "b", "c", "memory", "roundsman"] {
        let line = format!("roundsman_check,check={check},");
        assert_eq!(taken.iter().filter(|request| request.contains(&line)).count(), 1, "{check}: {heard:?}");
    }
    assert!(taken.iter().any(|request| request.contains("roundsman_memory,check=memory,")), "{heard:?}");
    let told = host.run(["run", "--cron", "--all"]);
    assert!(told.stderr.contains("output influx: a message was dropped: HTTP status 400"), "{told}");
    let again = host.run(["run", "--cron", "--all"]);
    assert_eq!(again.stderr, "", "{again}");
    let itself = host.run(["status", "roundsman", "--format", "text"]);
    assert!(itself.stdout.contains("2 dropped (HTTP status 400"), "{itself}");
}

#[test]
fn values_that_did_not_change_are_sent_once_in_a_time_and_old_ones_not_at_all() {
    let (host, hook) = (host(&["disk"]), Hook::ok());
    output(&host, "influx", "influx", &hook.url, "unchanged = \"1h\"\nmax_age = \"1h\"\n");
    host.round();
    host.round();
    let heard = hook.heard();
    let total = |request: &str| {
        request.lines().any(|line| line.starts_with("roundsman_memory") && line.contains("total_bytes="))
    };
    assert!(total(&heard[0]), "{heard:?}");
    assert!(!total(&heard[1]) || are_in_two_hours(&heard), "{heard:?}");
    assert!(
        heard[1].contains("roundsman_memory,check=memory,host=web1,site=a\\ b\\,c "),
        "what changed is sent: {heard:?}"
    );
    assert!(heard[1].contains("roundsman_check,check=disk"), "where it stands is sent each time: {heard:?}");
}

/// Tells whether the two requests lie in two hours.
fn are_in_two_hours(heard: &[String]) -> bool {
    let hour = |request: &str| {
        let line = request.lines().find(|line| line.starts_with("roundsman_check,check=disk")).expect("a line");
        line.rsplit(' ').next().and_then(|time| time.parse::<i128>().ok()).expect("a time") / 3_600_000_000_000
    };
    hour(&heard[0]) != hour(&heard[1])
}

#[test]
fn the_values_that_wait_stay_within_their_room_and_go_with_the_last_output() {
    let host = host(&["disk"]);
    settings(&host, "keep = \"1MiB\"\n");
    output(&host, "lake", "json", "http://127.0.0.1:1/", "");
    for _ in 0..3 {
        round_with_fault(&host);
    }
    let bytes = |host: &Host| {
        let files = fs::read_dir(host.path("state")).expect("the state").filter_map(Result::ok);
        let files = files.filter(|file| file.file_name().to_string_lossy().starts_with("values."));
        files.map(|file| file.metadata().expect("a file").len()).sum::<u64>()
    };
    assert!(bytes(&host) > 1_000 && bytes(&host) < 1 << 20, "{}", bytes(&host));
    // As if a day had passed: what the oldest file holds is more than there is room for.
    let oldest = host.path("state/values.0");
    let lines = fs::read_to_string(&oldest).expect("the values");
    fs::write(&oldest, lines.repeat((1 << 20) / lines.len() + 2)).expect("the values");
    round_with_fault(&host);
    assert!(!oldest.exists() && bytes(&host) > 1_000 && bytes(&host) < 1 << 20, "{}", bytes(&host));
    let hook = Hook::ok();
    output(&host, "lake", "json", &hook.url, "");
    cursor_is_due(&host);
    round_with_fault(&host);
    let runs: Vec<String> = hook.heard().iter().flat_map(|request| of_check(request, "disk")).collect();
    assert_eq!(runs.len(), 2, "the newest are there: {runs:?}");
    round_with_fault(&host);
    let status = host.run(["status", "roundsman", "--format", "text"]);
    let dropped =
        "0 waiting, 1 dropped (it waited until `delivery.keep` had no more room: counted once for all of that)";
    assert!(status.stdout.contains(dropped), "{status}");
    fs::remove_file(host.path("etc/conf.d/out-lake.toml")).expect("the drop-in");
    round_with_fault(&host);
    assert_eq!((bytes(&host), host.path("state/deliveries").exists()), (0, false));
}

/// Lets the time pass after which the receiver is asked again.
fn cursor_is_due(host: &Host) {
    let path = host.path("state/deliveries");
    let text = fs::read_to_string(&path).expect("the cursors");
    let mut cursors: Value = serde_json::from_str(text.split_once('\n').expect("a line").1).expect("JSON");
    cursors["lake"]["not_before"] = Value::Null;
    let content = cursors.to_string();
    let digest: String = sha2::Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(path, format!("roundsman deliveries 1 {digest}\n{content}")).expect("the cursors");
}

/// Does a round that may tell of an output that is away.
fn round_with_fault(host: &Host) {
    let output = host.run(["run", "--cron", "--all"]);
    assert_eq!(output.code, 0, "{output}");
}

#[test]
fn a_test_of_an_output_shows_what_each_check_measured_last() {
    let (host, hook) = (host(&["disk"]), Hook::ok());
    host.round();
    output(&host, "influx", "influx", &hook.url, "");
    let shown = host.run(["send", "--test", "influx"]);
    assert!(shown.code == 0 && shown.stdout.contains("> roundsman_check,check=disk,host=web1,"), "{shown}");
    assert!(shown.stdout.contains("< 200\n") && hook.heard().len() == 1, "{shown}");
}
