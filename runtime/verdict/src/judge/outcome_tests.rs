//! Outcomes that pass, and those that do not.
#![expect(clippy::disallowed_methods, reason = "the time that it takes is measured")]

use super::*;
use roundsman_contract::{MetricInfo, Range, Status};

fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn metric(name: &str, unit: Unit, pairs: &[(&str, &str)]) -> Metric {
    Metric {
        name: name.to_owned(),
        value: 1.0,
        unit,
        kind: MetricKind::Gauge,
        labels: labels(pairs),
        warning: None,
        critical: None,
        min: None,
        max: None,
        extra: Vec::new(),
    }
}

fn subcheck(pairs: &[(&str, &str)]) -> Subcheck {
    Subcheck { labels: labels(pairs), status: Status::Ok, text: "fine".to_owned(), failure: None, extra: Vec::new() }
}

fn outcome(metrics: Vec<Metric>) -> Outcome {
    Outcome {
        status: Status::Ok,
        summary: "2 of 2 mounted".to_owned(),
        details: Vec::new(),
        subchecks: Vec::new(),
        metrics,
        extra: Vec::new(),
    }
}

fn descriptor(free_metrics: bool) -> Descriptor {
    Descriptor {
        name: "disk".to_owned(),
        version: "1".to_owned(),
        metrics: vec![MetricInfo {
            name: "used_percent".to_owned(),
            help: String::new(),
            unit: Unit::Percent,
            kind: MetricKind::Gauge,
            labels: vec!["mount".to_owned(), "device".to_owned()],
            warning: None,
            critical: None,
        }],
        free_metrics,
        ..Descriptor::default()
    }
}

fn refusal(outcome: &Outcome, free_metrics: bool) -> String {
    let failure =
        check("disk", outcome, &descriptor(free_metrics), &Limits::default()).expect_err("breaks the contract");
    assert_eq!(failure.kind, FailureKind::Invalid);
    failure.message.strip_prefix("the outcome breaks the component's contract: ").expect("a prefix").to_owned()
}

#[test]
fn a_sound_one_passes() {
    let mut sound = outcome(vec![
        Metric { value: f64::NAN, ..metric("used_percent", Unit::Percent, &[("mount", "/"), ("device", "sda")]) },
        Metric { value: f64::INFINITY, ..metric("used_percent", Unit::Percent, &[("mount", "/data")]) },
    ]);
    sound.subchecks = vec![subcheck(&[("mount", "/")]), subcheck(&[("mount", "/data")])];
    assert_eq!(check("disk", &sound, &descriptor(false), &Limits::default()), Ok(()));
}

#[test]
fn limits_end_the_run_and_name_themselves() {
    let limits = Limits { metrics: 1, text: 20, ..Limits::default() };
    let one = metric("used_percent", Unit::Percent, &[("mount", "/")]);
    let failure = check("disk", &outcome(vec![one.clone(), one]), &descriptor(false), &limits).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Limit);
    assert_eq!(failure.message, "limits.metrics of 1 is reached: the outcome has 2 metrics");
    assert_eq!(failure.hint.as_deref(), Some("[check.disk.limits]\nmetrics = 2"));

    let mut wordy = outcome(Vec::new());
    wordy.details = vec![String::new(); 6];
    assert_eq!(check("disk", &wordy, &descriptor(false), &limits), Ok(()));
    wordy.subchecks = vec![Subcheck { text: String::new(), ..subcheck(&[]) }];
    let failure = check("disk", &wordy, &descriptor(false), &limits).unwrap_err();
    assert_eq!((failure.kind, failure.message.contains("limits.text")), (FailureKind::Limit, true));
}

#[test]
fn metrics_are_as_declared() {
    let used = |unit: Unit, pairs: &[(&str, &str)]| metric("used_percent", unit, pairs);
    let mount = [("mount", "/")];
    let range = Range { low: 2.0, high: 1.0, inside: false };
    for (metrics, message) in [
        (vec![metric("size", Unit::Bytes, &[])], "metric `size` is not declared in the descriptor"),
        (vec![used(Unit::Bytes, &mount)], "metric `used_percent` is in bytes, declared as percent"),
        (
            vec![Metric { kind: MetricKind::Counter, ..used(Unit::Percent, &mount) }],
            "metric `used_percent` is a counter, declared as a gauge",
        ),
        (
            vec![used(Unit::Percent, &[("fs", "ext4")])],
            "metric `used_percent` carries the label `fs`, which it does not declare",
        ),
        (
            vec![used(Unit::Percent, &[("mount", "/"), ("mount", "/data")])],
            "metric `used_percent`: label `mount` is there twice",
        ),
        (
            vec![used(Unit::Percent, &mount), used(Unit::Percent, &[]), used(Unit::Percent, &mount)],
            "the series used_percent{mount=\"/\"} is there twice",
        ),
        (
            vec![Metric { critical: Some(range), ..used(Unit::Percent, &mount) }],
            "a range of metric `used_percent` holds no number",
        ),
        (
            vec![Metric { max: Some(f64::NAN), ..used(Unit::Percent, &mount) }],
            "`min` or `max` of metric `used_percent` is no number",
        ),
        (
            vec![used(Unit::Percent, &[("mount", &"x".repeat(4_097))])],
            "metric `used_percent` has a label `mount` of more than 4096 bytes",
        ),
    ] {
        assert_eq!(refusal(&outcome(metrics), false), message);
    }
}

#[test]
fn the_order_of_labels_makes_no_other_series() {
    let series = [[("mount", "/"), ("device", "sda")], [("device", "sda"), ("mount", "/")]];
    let metrics = series.map(|labels| metric("used_percent", Unit::Percent, &labels)).to_vec();
    assert_eq!(refusal(&outcome(metrics), false), "the series used_percent{device=\"sda\",mount=\"/\"} is there twice");
}

#[test]
fn free_metrics_obey_the_naming_rules_and_agree_with_themselves() {
    let free = |metrics: Vec<Metric>| check("x", &outcome(metrics), &descriptor(true), &Limits::default());
    assert_eq!(free(vec![metric("picked", Unit::Bytes, &[]), metric("picked", Unit::Bytes, &[("any", "a")])]), Ok(()));
    for (metrics, message) in [
        (
            vec![metric("Picked", Unit::Number, &[])],
            "`Picked` is no metric name; names are snake_case: a letter, then a-z, 0-9 and single `_`",
        ),
        (
            vec![metric("picked_total", Unit::Number, &[])],
            "metric `picked_total` ends in `_total`; name it without, `picked`: outputs add what belongs there",
        ),
        (
            vec![metric("picked", Unit::Number, &[("check", "a")])],
            "a label is named `check`, which outputs add themselves; name it otherwise",
        ),
        (
            vec![metric("picked", Unit::Number, &[]), metric("picked", Unit::Bytes, &[("a", "b")])],
            "metric `picked` is in bytes, declared as number",
        ),
    ] {
        assert_eq!(refusal(&outcome(metrics), true), message);
    }
}

#[test]
fn subchecks_are_told_apart_by_their_labels() {
    let mut told = outcome(Vec::new());
    told.subchecks = vec![subcheck(&[("mount", "/")]), subcheck(&[("mount", "/")])];
    assert_eq!(refusal(&told, false), "there are two subchecks of {mount=\"/\"}");
    told.subchecks = vec![subcheck(&[("mount", "/"), ("mount", "/")])];
    assert_eq!(refusal(&told, false), "a subcheck: label `mount` is there twice");
    told.subchecks = vec![subcheck(&[("Mount", "/")])];
    assert!(refusal(&told, false).starts_with("`Mount` is no label name"));
}

#[test]
fn a_hundred_thousand_metrics_are_judged_at_once() {
    let limits = Limits { metrics: 100_000, ..Limits::default() };
    let metrics =
        (0..100_000).map(|index| metric("used_percent", Unit::Percent, &[("mount", &index.to_string())])).collect();
    let started = std::time::Instant::now();
    assert_eq!(check("x", &outcome(metrics), &descriptor(false), &limits), Ok(()));
    assert!(started.elapsed() < std::time::Duration::from_secs(2));
}
