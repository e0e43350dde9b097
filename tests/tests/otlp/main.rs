//! Values of rounds at a receiver of OpenTelemetry that reads them with the official messages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use roundsman_tests::server::Server;
use roundsman_tests::{Host, built, root};
use serde_json::Value;

fn receiver() -> Server {
    let python = built("python/bin/python", "test").display().to_string();
    Server::start(&python, |port, directory| {
        let script = root().join("tests/tests/otlp/receiver.py").display().to_string();
        vec![script, port.to_string(), directory.join("heard").display().to_string()]
    })
}

/// Makes a host with checks that are OK while the file `NAME` holds `well`, and one that measures.
fn host(checks: &[&str], receiver: &Server) -> Host {
    let host = Host::new();
    host.main(
        "[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\nlabels = { site = \"a b,c\" }\n[delivery]\ndeadline = \"10s\"\n",
    );
    for check in checks {
        host.well(check);
    }
    let memory =
        "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.memory.grant]\nfiles = [\"/proc/meminfo\"]\n";
    host.drop_in("memory", memory);
    let output = format!("[output.otlp]\nformat = \"otlp\"\nurl = \"http://127.0.0.1:{}\"\n", receiver.port);
    host.drop_in("out-otlp", &output);
    host
}

/// A value as the receiver has it.
#[derive(Debug, Clone, PartialEq)]
struct Point {
    metric: String,
    unit: String,
    attributes: BTreeMap<String, String>,
    time: String,
    value: f64,
}

/// Returns all values that the receiver has taken, with the attributes of their resource.
fn points(receiver: &Server) -> Vec<Point> {
    let heard = fs::read_to_string(receiver.file("heard")).unwrap_or_default();
    let requests = heard.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut points = Vec::new();
    for request in requests {
        for resource in list(&request["resourceMetrics"]) {
            let of_resource = attributes(&resource["resource"]);
            for metric in
                resource["scopeMetrics"].as_array().into_iter().flatten().flat_map(|scope| list(&scope["metrics"]))
            {
                let data = if metric["sum"].is_object() { &metric["sum"] } else { &metric["gauge"] };
                points.extend(list(&data["dataPoints"]).iter().map(|point| Point {
                    metric: text(&metric["name"]),
                    unit: text(&metric["unit"]),
                    attributes: of_resource.clone().into_iter().chain(attributes(point)).collect(),
                    time: text(&point["timeUnixNano"]),
                    value: point["asDouble"].as_f64().expect("a number"),
                }));
            }
        }
    }
    points
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn attributes(of: &Value) -> BTreeMap<String, String> {
    list(&of["attributes"]).iter().map(|one| (text(&one["key"]), text(&one["value"]["stringValue"]))).collect()
}

/// Returns the states of a check in the order in which they came, each with its time.
fn states(points: &[Point], check: &str) -> Vec<(f64, String)> {
    let of = points.iter().filter(|one| one.metric == "roundsman.check.state" && one.attributes["check"] == check);
    of.map(|one| (one.value, one.time.clone())).collect()
}

#[test]
fn opentelemetry_has_every_run_also_of_the_time_when_it_was_away() {
    let mut receiver = receiver();
    let host = host(&["disk"], &receiver);
    host.round();
    receiver.stop();
    host.file("disk", "bad\n");
    host.round();
    receiver.resume();
    host.file("disk", "well\n");
    host.round();
    let points = points(&receiver);
    let states = states(&points, "disk");
    assert_eq!(states.iter().map(|(state, _)| *state).collect::<Vec<_>>(), [0.0, 2.0, 0.0], "{states:?}");
    let times: BTreeSet<&String> = states.iter().map(|(_, time)| time).collect();
    assert_eq!(times.len(), 3, "each has its own time: {states:?}");
    let total: Vec<&Point> = points.iter().filter(|one| one.metric == "roundsman.memory.total").collect();
    assert_eq!(total.len(), 3, "{points:?}");
    assert!(total[0].value > 1e6 && total[0].unit == "By", "{total:?}");
    let expected = [("check", "memory"), ("host.name", "web1"), ("service.name", "roundsman"), ("site", "a b,c")];
    assert_eq!(total[0].attributes, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn a_request_that_opentelemetry_refuses_costs_no_other() {
    let receiver = receiver();
    let host = host(&["a", "refused", "z"], &receiver);
    host.round();
    let points = points(&receiver);
    for check in ["a", "z", "memory", "roundsman"] {
        assert_eq!(states(&points, check).len(), 1, "{check}: {points:?}");
    }
    assert_eq!(states(&points, "refused"), Vec::new());
    is_told_once(&host, "HTTP status 400");
}

#[test]
fn values_that_opentelemetry_rejects_are_counted_and_told_once() {
    let receiver = receiver();
    let host = host(&["a", "rejected"], &receiver);
    host.round();
    is_told_once(&host, "the receiver did not take some of the values");
    let state = fs::read_to_string(host.path("state/deliveries")).expect("the cursors");
    let rejected = points(&receiver).iter().filter(|one| one.attributes["check"] == "rejected").count();
    assert!(rejected > 0 && state.contains(&format!("says why\":{rejected}}}")), "{rejected}: {state}");
}

/// Asserts that a mail of cron says once that something was dropped, and the check `roundsman` for as long as it is so.
#[track_caller]
fn is_told_once(host: &Host, reason: &str) {
    let told = host.run(["run", "--cron", "--all"]);
    assert!(told.stderr.contains(&format!("output otlp: a message was dropped: {reason}")), "{told}");
    assert_eq!(host.run(["run", "--cron", "--all"]).stderr, "");
    let itself = host.run(["status", "roundsman", "--format", "text"]).stdout;
    assert!(itself.contains(&format!("dropped ({reason}")), "{itself}");
}

#[test]
fn a_test_of_an_output_shows_how_much_was_sent() {
    let receiver = receiver();
    let host = host(&["disk"], &receiver);
    host.round();
    let before = points(&receiver).len();
    let shown = host.run(["send", "--test", "otlp"]);
    assert!(shown.code == 0 && shown.stdout.contains(" bytes)\n") && shown.stdout.contains("< 200\n"), "{shown}");
    assert!(points(&receiver).len() > before, "{shown}");
}
