//! The format `otlp`, read by the official messages of OpenTelemetry (the Python package opentelemetry-proto).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::rc::Rc;

use roundsman_contract::{MetricKind, Unit};
use roundsman_tests::built;
use roundsman_verdict::judge::JudgedMetric;
use roundsman_verdict::outputs::host::HostNames;
use roundsman_verdict::outputs::otlp::encode;
use serde_json::{Value, json};

use crate::sample::{metric, verdict};

/// Reads a request, and prints it as the JSON of protobuf. Fields that the messages do not know are an error.
const READ: &str = r"
import sys
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
content = sys.stdin.buffer.read()
request = ExportMetricsServiceRequest()
request.ParseFromString(content)
request.DiscardUnknownFields()
assert request.ByteSize() == len(content), 'a field that is not known'
print(MessageToJson(request))
";

#[track_caller]
fn read(request: &[u8]) -> Value {
    let mut python = Command::new(built("python/bin/python", "test"))
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python with opentelemetry-proto");
    python.stdin.take().expect("a pipe").write_all(request).expect("written");
    let output = python.wait_with_output().expect("its end");
    assert!(output.status.success(), "python says on standard error why");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn attributes(of: &Value) -> BTreeMap<String, String> {
    let list = of["attributes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.iter().map(|one| (text(&one["key"]), text(&one["value"]["stringValue"]))).collect()
}

#[test]
fn each_series_is_read_with_its_name_unit_labels_time_and_value() {
    let labels = |mount: &str| vec![("mount".to_owned(), mount.to_owned()), ("check".to_owned(), "mine".to_owned())];
    let counter = JudgedMetric { kind: MetricKind::Counter, ..metric("read", 7.0, Unit::Bytes, Vec::new()) };
    let metrics = vec![
        metric("used", 97.5, Unit::Percent, labels("/")),
        metric("used", -0.5, Unit::Percent, labels("/data")),
        metric("none", f64::NAN, Unit::Number, Vec::new()),
        counter,
    ];
    let mut run = verdict("disk", "disk", metrics);
    run.labels.insert("team".to_owned(), "db".to_owned());
    if let Some(component) = &mut run.component {
        Rc::make_mut(component).help.insert("used".to_owned(), "How full it is.".to_owned());
    }
    let site = BTreeMap::from([("site".to_owned(), "fra".to_owned())]);
    let host = HostNames { name: "web1".into(), labels: Cow::Owned(site) };
    // Two requests that stand one behind another are one.
    let request = read(&[encode(&run, &host), encode(&run, &host)].concat());
    assert_eq!(request["resourceMetrics"].as_array().map(Vec::len), Some(2), "{request}");
    let of_resource = &request["resourceMetrics"][1];
    let resource: Vec<(String, String)> = attributes(&of_resource["resource"]).into_iter().collect();
    let expected = [("host.name", "web1"), ("service.name", "roundsman"), ("site", "fra")];
    assert_eq!(resource, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let metrics = of_resource["scopeMetrics"][0]["metrics"].as_array().expect("metrics");
    let names: Vec<&str> = metrics.iter().filter_map(|metric| metric["name"].as_str()).collect();
    let expected = ["roundsman.check.state", "roundsman.check.duration", "roundsman.disk.read", "roundsman.disk.used"];
    assert_eq!(names, expected);
    assert_eq!(metrics[0]["gauge"]["dataPoints"][0]["asDouble"], 2.0);
    let read = &metrics[2];
    assert_eq!((&read["unit"], &read["sum"]["isMonotonic"]), (&json!("By"), &json!(true)));
    assert_eq!(read["sum"]["aggregationTemporality"], "AGGREGATION_TEMPORALITY_CUMULATIVE");
    let used = &metrics[3];
    assert_eq!((&used["unit"], &used["description"]), (&json!("%"), &json!("How full it is.")));
    let points = used["gauge"]["dataPoints"].as_array().expect("points");
    let values: Vec<(&Value, &Value)> =
        points.iter().map(|point| (&point["asDouble"], &point["timeUnixNano"])).collect();
    let time = json!("1795374843123000000");
    assert_eq!(values, [(&json!(97.5), &time), (&json!(-0.5), &time)]);
    let mounts: Vec<String> = points.iter().map(|point| attributes(point)["mount"].clone()).collect();
    assert_eq!(mounts, ["/", "/data"]);
    assert!(points.iter().all(|point| attributes(point)["check"] == "disk" && attributes(point)["team"] == "db"));
}

#[test]
fn hostile_names_labels_units_and_texts_stay_within_their_place() {
    // The last is longer than a length of one byte says.
    let long = "x".repeat(300);
    for hostile in ["", "a\n\u{202e}\"ü=", "\0\u{1b}[2J\r", "\u{a}\u{2}\u{8}", "{}", &long] {
        let own = |name: &str| (name.to_owned(), hostile.to_owned());
        let labels = vec![own("mount"), (hostile.to_owned(), "x".to_owned()), own("check")];
        let values = [f64::INFINITY, f64::MAX, 5e-324];
        let metrics = values.map(|value| metric(hostile, value, Unit::Other(hostile.to_owned()), labels.clone()));
        let mut run = verdict(hostile, hostile, metrics.to_vec());
        run.labels.extend([own("team")]);
        Rc::make_mut(run.component.as_mut().expect("a component")).help.insert(hostile.to_owned(), hostile.to_owned());
        let host = HostNames { name: hostile.into(), labels: Cow::Owned(BTreeMap::from([own("site")])) };
        let request = read(&encode(&run, &host));
        let metrics = &request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
        assert_eq!(metrics.as_array().map(Vec::len), Some(3), "{hostile:?}: {request}");
        let points = metrics[2]["gauge"]["dataPoints"].as_array().expect("points");
        let values: Vec<Value> = points.iter().map(|point| point["asDouble"].clone()).collect();
        assert_eq!(values, [json!("Infinity"), json!(f64::MAX), json!(5e-324)], "{hostile:?}");
        let texts = [&metrics[2]["name"], &metrics[2]["unit"], &metrics[2]["description"]];
        let texts = texts.into_iter().map(|text| text.as_str().unwrap_or_default().to_owned());
        let of_point = attributes(&points[0]);
        for text in texts.chain(of_point.iter().flat_map(|(name, value)| [name.clone(), value.clone()])) {
            assert!(!text.contains(char::is_control) && !text.contains('\u{202e}'), "{hostile:?}: {text:?}");
        }
        assert_eq!(of_point.contains_key("mount"), !hostile.is_empty(), "{of_point:?}");
    }
}
