//! Thresholds: the entry that decides, and entries that do not fit.

use std::path::PathBuf;

use super::*;
use roundsman_contract::MetricKind;

fn info(name: &str, unit: Unit, labels: &[&str]) -> MetricInfo {
    MetricInfo {
        name: name.to_owned(),
        help: String::new(),
        unit,
        kind: MetricKind::Gauge,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        warning: None,
        critical: None,
    }
}

fn descriptor(free_metrics: bool) -> Descriptor {
    Descriptor {
        name: "disk".to_owned(),
        version: "1.0.0".to_owned(),
        metrics: vec![
            info("used_percent", Unit::Percent, &["mount"]),
            info("free_bytes", Unit::Bytes, &["mount", "device"]),
            info("count", Unit::Number, &[]),
        ],
        free_metrics,
        ..Descriptor::default()
    }
}

fn entry(selector: &[(&str, &str)], warning: Option<&str>, critical: Option<&str>, line: usize) -> ThresholdEntry {
    ThresholdEntry {
        selector: selector.iter().map(|(label, glob)| ((*label).to_owned(), Glob::parse(glob).unwrap())).collect(),
        warning: warning.map(|text| RangeSpec::parse(text).unwrap()),
        critical: critical.map(|text| RangeSpec::parse(text).unwrap()),
        absent: None,
        origin: Origin { file: PathBuf::from("conf.d/disk.toml"), line },
    }
}

fn labels(mount: &str) -> Vec<(String, String)> {
    vec![("mount".to_owned(), mount.to_owned())]
}

fn of(metric: &str, entries: Vec<ThresholdEntry>) -> Thresholds {
    Thresholds::from([(metric.to_owned(), entries)])
}

#[test]
fn the_first_that_matches_decides_alone() {
    let thresholds = of(
        "used_percent",
        vec![
            entry(&[("mount", "/archive")], None, None, 1),
            entry(&[("mount", "/data/*")], Some("95"), None, 2),
            entry(&[], Some("80"), Some("90"), 3),
        ],
    );
    for (mount, line) in [("/archive", 1), ("/data/a/b", 2), ("/data", 3), ("/archive2", 3)] {
        assert_eq!(deciding(&thresholds, "used_percent", &labels(mount)).unwrap().origin.line, line, "{mount}");
    }
    assert_eq!(deciding(&thresholds, "free_bytes", &labels("/")), None);
}

#[test]
fn an_entry_of_absence_alone_decides_no_level() {
    let absence = ThresholdEntry { absent: Some(Status::Critical), ..entry(&[("mount", "/data")], None, None, 1) };
    let both = ThresholdEntry { absent: Some(Status::Critical), ..entry(&[("mount", "/data")], Some("9"), None, 2) };
    assert_eq!(deciding(&of("m", vec![absence.clone()]), "m", &labels("/data")), None);
    assert_eq!(deciding(&of("m", vec![absence, both.clone()]), "m", &labels("/data")), Some(&both));
}

#[test]
fn all_labels_must_match_and_be_there() {
    let both = entry(&[("mount", "/"), ("device", "sd[a-z]")], None, None, 1);
    let pair = |mount: &str, device: &str| {
        vec![("device".to_owned(), device.to_owned()), ("mount".to_owned(), mount.to_owned())]
    };
    assert!(both.selects(&pair("/", "sda")));
    assert!(!both.selects(&pair("/", "sd1")));
    assert!(!entry(&[("device", "*")], None, None, 1).selects(&labels("/")));
}

#[test]
fn the_first_of_two_sets_is_tried_first() {
    let joined = tried_first(
        of("a", vec![entry(&[], None, None, 1)]),
        Thresholds::from([
            ("a".to_owned(), vec![entry(&[], None, None, 2)]),
            ("b".to_owned(), vec![entry(&[], None, None, 3)]),
        ]),
    );
    let lines = |metric: &str| joined[metric].iter().map(|entry| entry.origin.line).collect::<Vec<_>>();
    assert_eq!((lines("a"), lines("b")), (vec![1, 2], vec![3]));
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    for (metric, entry, message) in [
        (
            "used_percen",
            entry(&[], Some("1"), None, 7),
            "conf.d/disk.toml:7: component `disk` declares no metric `used_percen`, nearest is `used_percent`",
        ),
        (
            "inodes",
            entry(&[], Some("1"), None, 7),
            "conf.d/disk.toml:7: component `disk` declares no metric `inodes`; there are `used_percent`, `free_bytes`, `count`",
        ),
        (
            "used_percent",
            entry(&[("mont", "/")], Some("1"), None, 7),
            "conf.d/disk.toml:7: metric `used_percent` has no label `mont`, nearest is `mount`",
        ),
        (
            "count",
            entry(&[("mount", "/")], Some("1"), None, 7),
            "conf.d/disk.toml:7: metric `count` has no label `mount`; it has none",
        ),
        (
            "used_percent",
            entry(&[], Some("80"), Some("50GiB:"), 7),
            "conf.d/disk.toml:7: the critical range of `used_percent` has a unit out of `KiB`, `MiB`, `GiB`, `TiB`, \
             but the metric is in percent; write it with one of `%`, or without",
        ),
        (
            "count",
            entry(&[], Some("80%"), None, 7),
            "conf.d/disk.toml:7: the warning range of `count` has a unit out of `%`, but the metric has none; \
             write it without a unit",
        ),
    ] {
        let found: Vec<String> =
            problems(&of(metric, vec![entry]), &descriptor(false)).iter().map(ToString::to_string).collect();
        assert_eq!(found, [message]);
    }
}

#[test]
fn free_metrics_excuse_what_is_not_declared_only() {
    let unknown = of("picked", vec![entry(&[("any", "*")], Some("1"), None, 1)]);
    assert_eq!(problems(&unknown, &descriptor(true)), []);
    let declared = of("count", vec![entry(&[("any", "*")], Some("1"), None, 1)]);
    assert_eq!(problems(&declared, &descriptor(true)).len(), 1);
}

#[test]
fn what_fits_is_no_problem() {
    let thresholds = Thresholds::from([
        ("used_percent".to_owned(), vec![entry(&[("mount", "/data/*")], Some("80%"), Some("90"), 1)]),
        ("free_bytes".to_owned(), vec![entry(&[("device", "sda")], None, Some("50GiB:"), 2)]),
    ]);
    assert_eq!(problems(&thresholds, &descriptor(false)), []);
}
