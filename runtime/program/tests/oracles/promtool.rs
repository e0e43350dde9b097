//! The textfile, linted by promtool and served by node_exporter, with names and texts of whoever means harm.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;
use proptest::sample::select;
use roundsman_contract::{Descriptor, MetricInfo, MetricKind, Unit};
use roundsman_tests::exposition::samples;
use roundsman_tests::prometheus::{NodeExporter, findings};
use roundsman_verdict::check_status::CheckStatus;
use roundsman_verdict::judge::descriptor;
use roundsman_verdict::outputs::prometheus::encode;

use crate::sample::{check_status, draw, metric, verdict};

/// Words that mean something to Prometheus, and some that do not.
const WORDS: [&str; 44] = [
    "used",
    "free",
    "x1",
    "io",
    "bytes",
    "seconds",
    "percent",
    "celsius",
    "total",
    "count",
    "sum",
    "bucket",
    "info",
    "check",
    "state",
    "roundsman",
    "node",
    "s",
    "ms",
    "us",
    "ns",
    "sec",
    "b",
    "kb",
    "pb",
    "m",
    "h",
    "d",
    "days",
    "bits",
    "kilobytes",
    "millivolts",
    "kibibytes",
    "gigabits",
    "kelvins",
    "meters",
    "miles",
    "gauge",
    "counter",
    "summary",
    "histogram",
    "ratio",
    "timestamp",
    "created",
];

fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof![2 => select(vec!["used", "free", "x1", "io", "ratio", "lines"]), 1 => select(&WORDS[..])];
    proptest::collection::vec(word, 1..4).prop_map(|words| words.join("_"))
}

fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Number),
        Just(Unit::Bytes),
        Just(Unit::Seconds),
        Just(Unit::Percent),
        Just(Unit::Celsius),
        text().prop_map(Unit::Other),
    ]
}

fn kind() -> impl Strategy<Value = MetricKind> {
    prop_oneof![Just(MetricKind::Gauge), Just(MetricKind::Counter)]
}

/// Texts made to break out of their place.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "",
        "a",
        " ",
        "\n",
        "\r",
        "\"",
        "\\",
        "\\n",
        "{",
        "}",
        "#",
        ",",
        "=",
        " 1\n",
        "\u{1b}[2J",
        "\0",
        "ä",
        "\u{202e}",
    ];
    proptest::collection::vec(select(pieces.to_vec()), 0..6).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = f64> {
    let odd =
        [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, f64::MAX, 1e22, 5e-324, 0.1 + 0.2];
    prop_oneof![select(odd.to_vec()), any::<f64>()]
}

fn now() -> jiff::Timestamp {
    "2026-11-22T19:15:00Z".parse().expect("a time")
}

fn file(all: Vec<CheckStatus>) -> String {
    encode(&all.into_iter().map(|check_status| (check_status.verdict.check.clone(), check_status)).collect(), now())
}

/// A component with one metric, and what it says of it.
type Said = (String, MetricInfo, Vec<(f64, Vec<String>)>);

fn said() -> impl Strategy<Value = Said> {
    let labels =
        proptest::collection::vec(prop_oneof![name(), Just("le".to_owned()), Just("quantile".to_owned())], 0..3);
    let info = (name(), text(), unit(), kind(), labels).prop_map(|(name, help, unit, kind, labels)| MetricInfo {
        name,
        help,
        unit,
        kind,
        labels,
        warning: None,
        critical: None,
    });
    (name(), info, proptest::collection::vec((value(), proptest::collection::vec(text(), 3)), 1..4))
}

/// Returns the status of a check whose component was not refused.
fn accepted(index: usize, (component, info, rows): Said) -> Option<CheckStatus> {
    let descriptor = Descriptor {
        name: component.clone(),
        version: "1".to_owned(),
        metrics: vec![info.clone()],
        ..Descriptor::default()
    };
    descriptor::check(&descriptor).ok()?;
    let metrics = rows.into_iter().map(|(value, values)| {
        let labels = info.labels.iter().cloned().zip(values).collect();
        roundsman_verdict::judge::JudgedMetric {
            kind: info.kind,
            ..metric(&info.name, value, info.unit.clone(), labels)
        }
    });
    let mut said = verdict(&format!("check-{index}"), &component, metrics.collect());
    Rc::make_mut(said.component.as_mut()?).help.insert(info.name.clone(), info.help);
    Some(check_status(said))
}

#[test]
fn what_the_contract_lets_through_has_no_finding_and_is_served_whole() {
    let all: Vec<CheckStatus> =
        draw(&said(), 20_000).into_iter().enumerate().filter_map(|(index, said)| accepted(index, said)).collect();
    assert!(all.len() > 2_000, "{} of 20000 were accepted", all.len());
    let families: BTreeSet<_> = all.iter().map(|check_status| check_status.verdict.metrics[0].name.clone()).collect();
    assert!(families.len() > 100, "{}", families.len());
    let text = file(all);
    assert_eq!(findings(&text), "");
    assert_served(&text);
}

#[test]
fn what_was_stored_before_the_contract_forbade_it_is_still_a_valid_file() {
    let any_name = || prop_oneof![name(), text(), any::<String>(), "[A-Z:_0-9]{1,3}", Just("__name__".to_owned())];
    let labels = proptest::collection::vec((any_name(), prop_oneof![text(), any::<String>()]), 0..4);
    let metrics = proptest::collection::vec((any_name(), value(), unit(), kind(), labels), 0..6);
    let all = draw(&(any_name(), any_name(), text(), metrics), 2_000);
    let all = all.into_iter().map(|(check, component, help, metrics)| {
        let metrics = metrics.into_iter().map(|(name, value, unit, kind, labels)| {
            roundsman_verdict::judge::JudgedMetric { kind, ..metric(&name, value, unit, labels) }
        });
        let mut said = verdict(&format!("x{check}"), &component, metrics.collect());
        let component = said.component.as_mut().expect("a component");
        Rc::make_mut(component).help =
            said.metrics.iter().map(|metric| (metric.name.clone(), help.clone())).collect::<BTreeMap<_, _>>();
        check_status(said)
    });
    let text = file(all.collect());
    // Names may be ugly then; a text that it cannot parse is a panic.
    let _ = findings(&text);
    assert_served(&text);
}

#[test]
fn a_finding_is_seen() {
    assert!(findings("# HELP x_ms a\n# TYPE x_ms gauge\nx_ms 1\n").contains("x_ms"));
}

fn assert_served(text: &str) {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("roundsman.prom"), text).expect("written");
    let (written, served) = (samples(text), NodeExporter::serve(directory.path()).checks());
    assert_eq!(written.len(), served.len());
    for (series, value) in &written {
        assert_eq!(served.get(series), Some(value), "{series:?}");
    }
}
