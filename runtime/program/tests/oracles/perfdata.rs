//! Performance data, read back by Icinga 2 itself (`parse_performance_data`, package icinga2-bin).

use roundsman_verdict::judge::ComponentId;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use roundsman_config::Limits;
use roundsman_contract::report::{Report, Trace, Usage};
use roundsman_contract::{Descriptor, Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit};
use roundsman_tests::icinga::{items, parse};
use roundsman_verdict::judge::thresholds::Thresholds;
use roundsman_verdict::judge::{Described, JudgeRules, JudgedMetric, Verdict, judge};
use roundsman_verdict::outputs::nagios::encode;
use serde_json::Value;

use crate::sample::{draw, metric, verdict};

const CASES: usize = 4_000;

fn value() -> impl Strategy<Value = f64> {
    let odd = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1 + 0.2,
        1e-7,
        -2.5e-13,
        5e-324,
        f64::MIN_POSITIVE,
        1e15,
        1e22,
        1e300,
        f64::MAX,
        f64::MIN,
    ];
    prop_oneof![
        select(odd.to_vec()),
        any::<f64>(),
        (-1_000_000_i64..1_000_000).prop_map(|whole| whole as f64 / 8.0),
        select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
    ]
}

fn range() -> impl Strategy<Value = Option<Range>> {
    let end = || prop_oneof![value(), Just(0.0), Just(f64::NEG_INFINITY), Just(f64::INFINITY)];
    let sound = (end(), end(), any::<bool>()).prop_filter_map("sound", |(a, b, inside)| {
        let range = Range { low: a.min(b), high: a.max(b), inside };
        range.is_sound().then_some(range)
    });
    // The usual range: alerts above a number.
    let plain = value().prop_filter_map("from 0 up", |high| {
        (high.is_finite() && high >= 0.0).then_some(Range { low: 0.0, high, inside: false })
    });
    proptest::option::of(prop_oneof![sound, plain])
}

fn any_metric() -> impl Strategy<Value = JudgedMetric> {
    let unit = prop_oneof![
        Just(Unit::Number),
        Just(Unit::Bytes),
        Just(Unit::Seconds),
        Just(Unit::Percent),
        Just(Unit::Celsius),
        any::<String>().prop_map(Unit::Other),
    ];
    let kind = prop_oneof![3 => Just(MetricKind::Gauge), 1 => Just(MetricKind::Counter)];
    let label = prop_oneof!["[a-z/ ]{0,8}", "[|='\"; \\n\\\\]{1,4}", any::<String>()];
    let bound = || proptest::option::of(value().prop_filter("a bound is a number", |bound| !bound.is_nan()));
    (label, value(), unit, kind, range(), range(), bound(), bound()).prop_map(
        |(label, value, unit, kind, warning, critical, min, max)| JudgedMetric {
            kind,
            warning,
            critical,
            min,
            max,
            ..metric("m", value, unit, vec![("label".to_owned(), label)])
        },
    )
}

/// Returns what Icinga keeps of a range: it takes numbers only, so every range with a `:`, `@` or `~` is null there. The check's
/// status is ours and does not depend on it; only its graphs lack that line.
fn kept(range: Option<Range>) -> Option<f64> {
    range.filter(|range| !range.inside && range.low == 0.0 && range.high.is_finite()).map(|range| range.high)
}

/// Compares to the seven digits that are printed.
fn assert_number(item: &str, what: &str, read: &Value, meant: Option<f64>) {
    let is_as_meant = match (read.as_f64(), meant) {
        (Some(read), Some(meant)) => (read - meant).abs() <= meant.abs() * 5e-7,
        (read, meant) => read == meant,
    };
    assert!(is_as_meant, "{what} of `{item}`: {read} instead of {meant:?}");
}

#[test]
fn icinga_reads_back_what_is_meant() {
    let metrics = draw(&any_metric(), CASES);
    let mut printed = Vec::new();
    for metric in &metrics {
        let mut alone = items(&encode(&verdict("a", "a", vec![metric.clone()]), usize::MAX));
        assert_eq!(alone.len(), usize::from(metric.value.is_finite()), "{metric:?}");
        if let Some(item) = alone.pop() {
            printed.push((metric, item));
        }
    }
    assert!(printed.len() > CASES / 2);
    let read = parse(&printed.iter().map(|(_, item)| item.clone()).collect::<Vec<_>>());
    assert_eq!(read.len(), printed.len());
    let (mut kept_ranges, mut dropped_ranges) = (0, 0);
    for ((metric, item), read) in printed.iter().zip(&read) {
        assert_number(item, "value", &read["value"], Some(metric.value));
        for (key, range) in [("warn", metric.warning), ("crit", metric.critical)] {
            assert_number(item, key, &read[key], kept(range));
            kept_ranges += usize::from(kept(range).is_some());
            dropped_ranges += usize::from(range.is_some() && kept(range).is_none());
        }
        for (key, bound) in [("min", metric.min), ("max", metric.max)] {
            assert_number(item, key, &read[key], bound.filter(|bound| bound.is_finite()));
        }
        // Icinga 2.13 takes the `c` of a counter and forgets it: its `counter` is always false.
        let unit = match (metric.kind, &metric.unit) {
            (MetricKind::Gauge, Unit::Bytes) => "bytes",
            (MetricKind::Gauge, Unit::Seconds) => "seconds",
            (MetricKind::Gauge, Unit::Percent) => "percent",
            _ => "",
        };
        assert_eq!(read["unit"], unit, "{item}");
        let label = item.split('=').next().expect("a label");
        assert_eq!(read["label"], label, "{item}");
    }
    assert!(kept_ranges > 500 && dropped_ranges > 500, "{kept_ranges} {dropped_ranges}");
}

#[test]
fn many_metrics_of_one_check_stay_apart() {
    for metrics in draw(&proptest::collection::vec(any_metric(), 0..8), 200) {
        let finite = metrics.iter().filter(|metric| metric.value.is_finite()).count();
        assert_eq!(items(&encode(&verdict("a", "a", metrics), usize::MAX)).len(), finite);
    }
}

/// Twelve file systems, six of them too full: all that an operator sees in a console of Icinga.
#[test]
fn twelve_mounts_read_as_the_interface_says() {
    let up_to = |high| Some(Range { low: 0.0, high, inside: false });
    let used = [97.5, 96.0, 10.0, 20.0, 91.0, 95.0, 30.0, 40.0, 85.0, 82.0, 50.0, 60.0];
    let mount = |index: usize| vec![("mount".to_owned(), format!("/data{index}"))];
    let metrics = used.iter().enumerate().map(|(index, used)| Metric {
        name: "used_percent".to_owned(),
        value: *used,
        unit: Unit::Percent,
        kind: MetricKind::Gauge,
        labels: mount(index),
        warning: up_to(80.0),
        critical: up_to(90.0),
        min: Some(0.0),
        max: Some(100.0),
        extra: Vec::new(),
    });
    let subchecks = used.iter().enumerate().map(|(index, used)| Subcheck {
        labels: mount(index),
        status: Status::Ok,
        text: format!("{} GiB free", 100.0 - used),
        failure: None,
        extra: Vec::new(),
    });
    let outcome = Outcome {
        status: Status::Ok,
        summary: "12 file systems".to_owned(),
        details: Vec::new(),
        subchecks: subchecks.collect(),
        metrics: metrics.collect(),
        extra: Vec::new(),
    };
    let verdict = judged(outcome, "mount");
    assert_eq!(
        encode(&verdict, 8_192),
        "\
CRITICAL: /data0 used_percent 97.5% (critical 90), /data1 used_percent 96% (critical 90), /data4 used_percent 91% \
(critical 90), +3 more; 12 file systems | /data0:used_percent=97.5%;80;90;0;100 /data1:used_percent=96%;80;90;0;100 \
/data4:used_percent=91%;80;90;0;100 /data5:used_percent=95%;80;90;0;100 /data8:used_percent=85%;80;90;0;100 \
/data9:used_percent=82%;80;90;0;100 /data2:used_percent=10%;80;90;0;100 /data3:used_percent=20%;80;90;0;100 \
/data6:used_percent=30%;80;90;0;100 /data7:used_percent=40%;80;90;0;100 /data10:used_percent=50%;80;90;0;100 \
/data11:used_percent=60%;80;90;0;100
CRITICAL: /data0: 2.5 GiB free
CRITICAL: /data1: 4 GiB free
CRITICAL: /data4: 9 GiB free
CRITICAL: /data5: 5 GiB free
WARNING: /data8: 15 GiB free
WARNING: /data9: 18 GiB free
OK: /data2, /data3, /data6, /data7, /data10, /data11
"
    );
    let read = parse(&items(&encode(&verdict, 8_192)));
    assert_eq!(read.len(), 12);
    assert_eq!((&read[0]["value"], &read[0]["warn"], &read[0]["crit"]), (&97.5.into(), &80.into(), &90.into()));
    assert_eq!(read[11]["label"], "/data11:used_percent");
}

/// Returns the verdict on what a component reports that declares nothing.
fn judged(outcome: Outcome, name: &str) -> Verdict {
    let descriptor =
        Descriptor { name: name.to_owned(), version: "1".to_owned(), free_metrics: true, ..Descriptor::default() };
    let rules = JudgeRules {
        check: "disk",
        thresholds: &Thresholds::default(),
        on_failure: Status::Unknown,
        severity: &BTreeMap::new(),
        limits: &Limits::default(),
        labels: &BTreeMap::new(),
        interval: None,
    };
    let report = Report {
        result: Ok(outcome),
        trace: Trace::default(),
        usage: Usage::default(),
        started: "2026-11-22T19:14:03Z".parse().expect("a time"),
        duration: Duration::ZERO,
    };
    judge(&rules, Some(Described { descriptor: &descriptor, id: &Rc::new(ComponentId::of(&descriptor, "ab")) }), report)
}
