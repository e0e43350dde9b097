//! Tests of the way from a report to a verdict.

use std::path::PathBuf;

use super::*;
use crate::judge::thresholds::Origin;
use roundsman_contract::report::Usage;
use roundsman_contract::{MetricInfo, MetricKind};
use roundsman_grants::glob::Glob;

const STATUSES: [Status; 4] = [Status::Ok, Status::Unknown, Status::Warning, Status::Critical];

fn labels(mount: &str) -> Vec<(String, String)> {
    vec![("mount".to_owned(), mount.to_owned())]
}

fn range(text: &str) -> Range {
    RangeSpec::parse(text).unwrap().range
}

fn used(mount: &str, value: f64) -> Metric {
    Metric {
        name: "used_percent".to_owned(),
        value,
        unit: Unit::Percent,
        kind: MetricKind::Gauge,
        labels: labels(mount),
        warning: Some(range("70")),
        critical: Some(range("95")),
        min: Some(0.0),
        max: Some(100.0),
        extra: Vec::new(),
    }
}

fn subcheck(mount: &str, status: Status) -> Subcheck {
    Subcheck { labels: labels(mount), status, text: String::new(), failure: None, extra: Vec::new() }
}

fn descriptor() -> Descriptor {
    Descriptor {
        name: "disk".to_owned(),
        version: "1.2.0".to_owned(),
        metrics: vec![MetricInfo {
            name: "used_percent".to_owned(),
            help: String::new(),
            unit: Unit::Percent,
            kind: MetricKind::Gauge,
            labels: vec!["mount".to_owned()],
            warning: None,
            critical: None,
        }],
        ..Descriptor::default()
    }
}

fn outcome(status: Status, metrics: Vec<Metric>, subchecks: Vec<Subcheck>) -> Outcome {
    Outcome {
        status,
        summary: "2 of 2 mounted".to_owned(),
        details: vec!["a detail".to_owned()],
        subchecks,
        metrics,
        extra: Vec::new(),
    }
}

fn report(result: Result<Outcome, Failure>) -> Report {
    Report {
        result,
        trace: Trace { log_dropped: 3, ..Trace::default() },
        usage: Usage { fuel: 7, memory_peak: 9 },
        started: "2026-11-22T19:14:03Z".parse().unwrap(),
        duration: Duration::from_millis(12),
    }
}

fn entry(mount: Option<&str>, warning: Option<&str>, critical: Option<&str>, absent: Option<Status>) -> ThresholdEntry {
    ThresholdEntry {
        selector: mount.map(|glob| ("mount".to_owned(), Glob::parse(glob).unwrap())).into_iter().collect(),
        warning: warning.map(|text| RangeSpec::parse(text).unwrap()),
        critical: critical.map(|text| RangeSpec::parse(text).unwrap()),
        absent,
        origin: Origin { file: PathBuf::from("disk.toml"), line: 3 },
    }
}

struct Setting {
    entries: Vec<ThresholdEntry>,
    on_failure: Status,
    severity: BTreeMap<Severity, Status>,
    descriptor: Descriptor,
}

impl Default for Setting {
    fn default() -> Self {
        Self { entries: Vec::new(), on_failure: Status::Unknown, severity: BTreeMap::new(), descriptor: descriptor() }
    }
}

impl Setting {
    fn with(entries: Vec<ThresholdEntry>) -> Self {
        Self { entries, ..Self::default() }
    }

    fn judge(&self, result: Result<Outcome, Failure>) -> Verdict {
        let thresholds = Thresholds::from([("used_percent".to_owned(), self.entries.clone())]);
        let rules = JudgeRules {
            check: "disk",
            thresholds: &thresholds,
            on_failure: self.on_failure,
            severity: &self.severity,
            limits: &Limits::default(),
            labels: &BTreeMap::new(),
            interval: Some(Duration::from_secs(300)),
        };
        judge(
            &rules,
            Some(Described { descriptor: &self.descriptor, id: &Rc::new(ComponentId::of(&self.descriptor, "ab")) }),
            report(result),
        )
    }

    fn of_values(&self, values: &[(&str, f64)]) -> Verdict {
        let metrics = values.iter().map(|(mount, value)| used(mount, *value)).collect();
        self.judge(Ok(outcome(Status::Ok, metrics, Vec::new())))
    }
}

fn breaches(verdict: &Verdict) -> Vec<(&str, Option<f64>, Status, Option<String>)> {
    verdict
        .breaches
        .iter()
        .map(|breach| {
            let mount = breach.labels.first().map_or("", |(_, mount)| mount.as_str());
            (mount, breach.value, breach.status, breach.range.map(|range| range.to_string()))
        })
        .collect()
}

#[test]
fn facts_are_passed_on() {
    let verdict = Setting::default().of_values(&[("/", 10.0)]);
    let sample = (verdict.check.as_str(), verdict.state, verdict.status, verdict.attempt, verdict.state_type);
    assert_eq!(sample, ("disk", State::Done, Some(Status::Ok), 1, StateType::Hard));
    assert_eq!(verdict.summary, "2 of 2 mounted");
    assert_eq!(verdict.details, ["a detail"]);
    assert_eq!(verdict.interval, Some(Duration::from_secs(300)));
    assert_eq!(verdict.duration, Duration::from_millis(12));
    assert_eq!(verdict.last_success, verdict.started);
    assert_eq!((verdict.usage.fuel, verdict.usage.memory_peak, verdict.log_dropped), (7, 9, 3));
    let ComponentId { name, version, sha256, help } = Rc::unwrap_or_clone(verdict.component.unwrap());
    assert_eq!([name.as_str(), &version, &sha256], ["disk", "1.2.0", "ab"]);
    assert_eq!(help, descriptor().metrics.into_iter().map(|info| (info.name, info.help)).collect());
    assert_eq!(help.len(), 1);
}

#[test]
fn the_components_ranges_hold_where_no_entry_matches() {
    let setting =
        Setting::with(vec![entry(Some("/archive"), None, None, None), entry(Some("/data/*"), Some("20"), None, None)]);
    let verdict = setting.of_values(&[("/archive", 99.0), ("/", 75.0), ("/data/x", 99.0), ("/home", 96.0)]);
    assert_eq!(
        breaches(&verdict),
        [
            ("/home", Some(96.0), Status::Critical, Some("95".to_owned())),
            ("/", Some(75.0), Status::Warning, Some("70".to_owned())),
            ("/data/x", Some(99.0), Status::Warning, Some("20".to_owned())),
        ]
    );
    assert_eq!(verdict.status, Some(Status::Critical));
    let ranges: Vec<_> = verdict.metrics.iter().map(|metric| (metric.warning, metric.critical)).collect();
    assert_eq!(ranges[0], (None, None));
    assert_eq!(ranges[2], (Some(range("20")), None));
}

#[test]
fn absence_is_judged_by_every_entry_that_names_it() {
    let critical = Some(Status::Critical);
    for (entries, values, expected) in [
        // No series at all, NaN, and a series that another entry decided.
        (vec![entry(Some("/data"), None, None, critical)], vec![], vec![("/data", Status::Critical)]),
        (
            vec![entry(Some("/data"), None, None, critical)],
            vec![("/data", f64::NAN)],
            vec![("/data", Status::Critical)],
        ),
        (
            vec![entry(Some("/*"), None, None, None), entry(Some("/data"), Some("9"), None, critical)],
            vec![("/data", 50.0)],
            vec![],
        ),
        (vec![entry(None, None, None, Some(Status::Unknown))], vec![], vec![("", Status::Unknown)]),
        (vec![entry(None, None, None, Some(Status::Ok))], vec![], vec![]),
        // It judges absence only, so the component's own range still holds.
        (vec![entry(Some("/data"), None, None, critical)], vec![("/data", 75.0)], vec![("/data", Status::Warning)]),
        (vec![entry(Some("/data/*"), None, None, critical)], vec![("/", 1.0)], vec![("/data/*", Status::Critical)]),
    ] {
        let verdict = Setting::with(entries).of_values(&values);
        let found: Vec<_> = breaches(&verdict).into_iter().map(|(mount, _, status, _)| (mount, status)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn absence_is_judged_only_in_a_run_that_reported() {
    let setting = Setting::with(vec![entry(None, None, None, Some(Status::Critical))]);
    let verdict = setting.judge(Err(Failure::new(FailureKind::Timeout, "took too long")));
    assert_eq!((verdict.status, verdict.breaches.len()), (Some(Status::Unknown), 0));
}

#[test]
fn the_worst_of_status_subchecks_and_breaches_counts() {
    for own in STATUSES {
        for of_subcheck in STATUSES {
            for (value, of_breach) in [(1.0, Status::Ok), (80.0, Status::Warning), (99.0, Status::Critical)] {
                let reported = outcome(own, vec![used("/x", value)], vec![subcheck("/", of_subcheck)]);
                let verdict = Setting::default().judge(Ok(reported));
                let expected = STATUSES.into_iter().rfind(|status| [own, of_subcheck, of_breach].contains(status));
                assert_eq!(verdict.status, expected);
            }
        }
    }
}

#[test]
fn a_breach_raises_its_subcheck_and_no_other() {
    let both = Subcheck {
        labels: vec![("mount".to_owned(), "/".to_owned()), ("fs".to_owned(), "ext4".to_owned())],
        ..subcheck("", Status::Ok)
    };
    let bare = Subcheck { labels: Vec::new(), ..subcheck("", Status::Ok) };
    let subchecks = vec![
        subcheck("/", Status::Unknown),
        subcheck("/data", Status::Critical),
        subcheck("/home", Status::Ok),
        both,
        bare,
    ];
    let verdict =
        Setting::default().judge(Ok(outcome(Status::Ok, vec![used("/", 80.0), used("/data", 80.0)], subchecks)));
    let statuses: Vec<_> = verdict.subchecks.iter().map(|subcheck| subcheck.status).collect();
    assert_eq!(statuses, [Status::Warning, Status::Critical, Status::Ok, Status::Ok, Status::Warning]);
}

#[test]
fn an_absence_of_a_literal_raises_its_subcheck() {
    let setting = Setting::with(vec![entry(Some("/data"), None, None, Some(Status::Critical))]);
    let verdict = setting.judge(Ok(outcome(Status::Ok, Vec::new(), vec![subcheck("/data", Status::Ok)])));
    assert_eq!(verdict.subchecks[0].status, Status::Critical);
}

#[test]
fn a_failure_is_what_on_failure_says_and_never_ok() {
    for (on_failure, status) in [
        (Status::Unknown, Status::Unknown),
        (Status::Warning, Status::Warning),
        (Status::Critical, Status::Critical),
        (Status::Ok, Status::Unknown),
    ] {
        // A cap is on what an outcome says, not on a failure.
        let severity = [Severity::Critical, Severity::Warning, Severity::Unknown].map(|key| (key, Status::Ok)).into();
        let setting = Setting { on_failure, severity, ..Setting::default() };
        let verdict = setting.judge(Err(Failure::new(FailureKind::Trap, "it panicked")));
        assert_eq!((verdict.state, verdict.status), (State::Failed, Some(status)));
        assert_eq!(verdict.summary, "it panicked");
        assert_eq!(verdict.last_success, None);
        assert!(verdict.started.is_some());
    }
}

#[test]
fn severity_caps_and_never_raises() {
    for (key, cap, value, expected) in [
        (Severity::Critical, Status::Warning, 99.0, Status::Warning),
        (Severity::Critical, Status::Ok, 99.0, Status::Ok),
        (Severity::Warning, Status::Critical, 80.0, Status::Warning),
        (Severity::Critical, Status::Ok, 80.0, Status::Warning),
    ] {
        let setting = Setting { severity: BTreeMap::from([(key, cap)]), ..Setting::default() };
        assert_eq!(setting.of_values(&[("/", value)]).status, Some(expected));
    }
}

#[test]
fn an_outcome_that_breaks_the_contract_is_a_failure() {
    let mut undeclared = used("/", 1.0);
    undeclared.name = "size".to_owned();
    let verdict = Setting::default().judge(Ok(outcome(Status::Ok, vec![undeclared], Vec::new())));
    assert_eq!(verdict.failure.unwrap().kind, FailureKind::Invalid);
    assert_eq!((verdict.status, verdict.metrics.len()), (Some(Status::Unknown), 0));
}

#[test]
fn thresholds_that_do_not_fit_are_a_failure_of_the_configuration() {
    let bytes = entry(None, Some("5GiB:"), None, None);
    let label = ThresholdEntry {
        selector: vec![("mont".to_owned(), Glob::parse("/").unwrap())],
        ..entry(None, None, None, None)
    };
    let failure = Setting::with(vec![bytes.clone(), label]).of_values(&[]).failure.unwrap();
    assert_eq!(failure.kind, FailureKind::Config);
    assert!(failure.message.starts_with("disk.toml:3: the warning range of `used_percent` has a unit out of `KiB`"));
    assert_eq!(failure.hint.unwrap(), "disk.toml:3: metric `used_percent` has no label `mont`, nearest is `mount`");

    // Of a metric that is not declared, the unit is known only now.
    let free = Descriptor { metrics: Vec::new(), free_metrics: true, ..descriptor() };
    let setting = Setting { descriptor: free, ..Setting::with(vec![bytes]) };
    assert_eq!(setting.of_values(&[("/", 1.0)]).failure.unwrap().kind, FailureKind::Config);
}

#[test]
fn nan_breaches_nothing_and_is_kept() {
    let verdict = Setting::default().of_values(&[("/", f64::NAN)]);
    assert_eq!((verdict.status, verdict.breaches.len()), (Some(Status::Ok), 0));
    assert!(verdict.metrics[0].value.is_nan());
}

#[test]
fn a_series_that_waits_for_its_first_value_is_not_absent() {
    let thresholds =
        Thresholds::from([("used_percent".to_owned(), vec![entry(Some("/"), None, None, Some(Status::Critical))])]);
    let waits = |extra: &[&str]| Metric {
        extra: extra.iter().map(|key| ((*key).to_owned(), String::new())).collect(),
        ..used("/", f64::NAN)
    };
    for (metric, expected) in [(waits(&["no_value"]), 0), (waits(&[]), 1), (waits(&["x-other"]), 1)] {
        assert_eq!(absences(&thresholds, &[], &waiting(&[metric])).len(), expected);
    }
}

#[test]
fn what_yields_counts_as_ok_where_a_level_of_the_operators_judged_a_series() {
    let yielding = |status, value: f64| Outcome {
        extra: vec![("yields".to_owned(), "thresholds".to_owned())],
        ..outcome(status, vec![Metric { warning: None, critical: None, ..used("/", value) }], Vec::new())
    };
    let level = || entry(None, Some("80"), None, None);
    for (entries, outcome, expected) in [
        (vec![level()], yielding(Status::Critical, 50.0), Status::Ok),
        (vec![level()], yielding(Status::Warning, 50.0), Status::Ok),
        (vec![level()], yielding(Status::Critical, 90.0), Status::Warning),
        // What the check does not know, no threshold knows.
        (vec![level()], yielding(Status::Unknown, 50.0), Status::Unknown),
        // None judged anything: no entry, one of another series, one without a level, a series without a value.
        (vec![], yielding(Status::Critical, 50.0), Status::Critical),
        (vec![entry(Some("/data"), Some("80"), None, None)], yielding(Status::Critical, 50.0), Status::Critical),
        (vec![entry(None, None, None, None)], yielding(Status::Critical, 50.0), Status::Critical),
        (vec![entry(None, None, None, Some(Status::Warning))], yielding(Status::Critical, 50.0), Status::Critical),
        (vec![level()], yielding(Status::Critical, f64::NAN), Status::Critical),
        // It says no such thing.
        (vec![level()], Outcome { extra: Vec::new(), ..yielding(Status::Critical, 50.0) }, Status::Critical),
    ] {
        let said = format!("{entries:?} {outcome:?}");
        assert_eq!(Setting::with(entries).judge(Ok(outcome)).status, Some(expected), "{said}");
    }
}

#[test]
fn an_item_that_is_not_the_metrics_is_logged_and_not_printed() {
    let mut descriptor = descriptor();
    descriptor.metrics[0].labels = vec!["label".to_owned()];
    let metric = |item: &str| Metric {
        labels: vec![("label".to_owned(), item.split('=').next().unwrap().to_owned())],
        extra: vec![("shown.item".to_owned(), item.to_owned())],
        ..used("", 50.0)
    };
    let metrics = vec![metric("a=50%;10"), metric("b=5%"), metric("c=50|d=1")];
    let setting = Setting { descriptor, ..Setting::with(vec![entry(None, Some("80"), None, None)]) };
    let verdict = setting.judge(Ok(outcome(Status::Ok, metrics, Vec::new())));
    let items: Vec<Option<&str>> = verdict.metrics.iter().map(|metric| metric.printed.item.as_deref()).collect();
    assert_eq!(items, [Some("a=50%;80"), None, None]);
    let log: Vec<&str> = verdict.log.iter().map(|line| line.message.as_str()).collect();
    let said = "shown.item `b=5%` of `used_percent` has another value, and 1 more: printed as the host writes it";
    assert_eq!(log, [said]);
}
