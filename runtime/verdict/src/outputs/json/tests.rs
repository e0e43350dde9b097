//! The keys, and what stands behind them.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::judge::{Breach, JudgedMetric, JudgedSubcheck, sample};
use roundsman_contract::range::RangeSpec;
use roundsman_contract::report::{Failure, FailureKind, LogLine};
use roundsman_contract::{Denial, Level, Unit};

fn parsed(verdict: &Verdict) -> Value {
    serde_json::from_str(&encode(verdict, "web1")).unwrap()
}

#[test]
fn keys_stand_in_the_order_of_the_interface() {
    assert_eq!(
        encode(&sample::verdict(), "web1"),
        "{\"schema\":1,\"host\":\"web1\",\"check\":\"disk\",\
         \"component\":{\"name\":\"disk\",\"version\":\"1.2.0\",\"sha256\":\"ab\"},\
         \"status\":\"ok\",\"state\":\"done\",\"summary\":\"2 of 2 mounted\",\"breaches\":[],\"details\":[],\
         \"subchecks\":[],\"metrics\":[],\"failure\":null,\"attempt\":1,\"state_type\":\"hard\",\
         \"started\":\"2026-11-22T19:14:03.123Z\",\"duration_ms\":12,\"interval_s\":300,\"last_success\":null,\
         \"next_due\":null,\"fuel_used\":2104332,\"memory_peak_bytes\":1572864,\"denials\":[],\"log\":[]}"
    );
}

#[test]
fn everything_that_a_verdict_holds() {
    let range = Some(RangeSpec::parse("50GiB:").unwrap().range);
    let labels = vec![("mount".to_owned(), "/data".to_owned()), ("device".to_owned(), "sda".to_owned())];
    let metric = JudgedMetric {
        critical: range,
        max: Some(f64::INFINITY),
        labels: labels.clone(),
        ..sample::metric("free_bytes", f64::NAN, Unit::Bytes, &[])
    };
    let breach = Breach {
        metric: "free_bytes".to_owned(),
        labels: labels.clone(),
        value: Some(12.5),
        unit: Unit::Bytes,
        status: Status::Critical,
        range,
    };
    let verdict = Verdict {
        component: None,
        status: None,
        state: State::NotApplicable,
        breaches: vec![breach.clone(), Breach { value: None, range: None, ..breach }],
        details: vec!["a\nb".to_owned()],
        subchecks: vec![JudgedSubcheck {
            labels: labels.clone(),
            status: Status::Warning,
            text: "x".to_owned(),
            failure: None,
        }],
        metrics: vec![metric, sample::metric("dbm", -3.0, Unit::Other("dBm".to_owned()), &[])],
        failure: Some(Failure::new(FailureKind::Denied, "no").with_hint("write this")),
        started: None,
        interval: None,
        duration: Duration::from_secs(2),
        denials: vec![Denial::new("files", "/x", "h")],
        log: vec![LogLine { level: Level::Error, message: "m".to_owned() }],
        log_dropped: 4,
        ..sample::verdict()
    };
    let both = json!({"mount": "/data", "device": "sda"});
    let value = parsed(&verdict);
    for (key, expected) in [
        ("component", Value::Null),
        ("status", Value::Null),
        ("state", json!("not_applicable")),
        (
            "breaches",
            json!([
                {"metric": "free_bytes", "labels": both, "value": 12.5, "level": "critical", "range": "53687091200:"},
                {"metric": "free_bytes", "labels": both, "value": null, "level": "critical", "range": null},
            ]),
        ),
        ("details", json!(["a\nb"])),
        ("subchecks", json!([{"labels": both, "status": "warning", "text": "x"}])),
        (
            "metrics",
            json!([
                {"name": "free_bytes", "value": null, "unit": "bytes", "kind": "gauge", "labels": both,
                 "warning": null, "critical": "53687091200:", "min": null, "max": null},
                {"name": "dbm", "value": -3.0, "unit": "dBm", "kind": "gauge", "labels": {},
                 "warning": null, "critical": null, "min": null, "max": null},
            ]),
        ),
        ("failure", json!({"kind": "denied", "message": "no", "hint": "write this"})),
        ("started", Value::Null),
        ("duration_ms", json!(2000)),
        ("interval_s", Value::Null),
        ("denials", json!([{"capability": "files", "target": "/x", "hint": "h"}])),
        (
            "log",
            json!([
                {"level": "error", "message": "m"},
                {"level": "warning", "message": "4 more lines dropped: limits.log is reached"},
            ]),
        ),
    ] {
        assert_eq!(value[key], expected, "{key}");
    }
}

#[test]
fn hostile_texts_are_escaped_and_read_back() {
    let hostile = "\u{1b}[2J\u{9b}\u{202e}\u{7f}\"\\\n";
    let verdict = Verdict { summary: hostile.to_owned(), ..sample::verdict() };
    assert!(!encode(&verdict, "h").chars().any(escape::is_dangerous));
    assert_eq!(parsed(&verdict)["summary"], hostile);
}

#[test]
fn what_has_no_room_is_left_out_and_counted() {
    let metric = |index: usize| sample::metric("size", 1.0, Unit::Bytes, &[("item", &format!("\u{7f}{index}"))]);
    let verdict = Verdict {
        summary: "\u{1b}".repeat(10_000),
        details: vec!["a detail".to_owned(), "\u{202e}".repeat(10_000), "not reached".to_owned()],
        metrics: (0..1_000).map(metric).collect(),
        ..sample::verdict()
    };
    let whole: Value = serde_json::from_str(&encode(&verdict, "web1")).unwrap();
    assert_eq!((whole["metrics"].as_array().unwrap().len(), whole.get("left_out")), (1_000, None));
    let line = encode_within(&verdict, "web1", 16 << 10);
    let cut: Value = serde_json::from_str(&line).unwrap();
    let kept = cut["metrics"].as_array().unwrap().len();
    assert!(line.len() <= 16 << 10 && kept > 10, "{} bytes, {kept} metrics", line.len());
    assert_eq!(cut["left_out"], serde_json::json!({ "details": 2, "metrics": 1_000 - kept }));
    assert_eq!((&cut["details"], &cut["status"]), (&serde_json::json!(["a detail"]), &"ok".into()));
    assert_eq!(encode_within(&sample::verdict(), "web1", 16 << 10), encode(&sample::verdict(), "web1"));
}
