//! The textfile: what is there, what is left out, and that hostile data stays data.

use crate::check_status::RunCounts;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use roundsman_tests::document::{read, table};
use roundsman_tests::exposition::samples;

use super::*;
use crate::check_status::Pause;
use crate::judge::{ComponentId, StateType, Verdict, sample};
use roundsman_contract::{Status, Unit};
use roundsman_grants::escape;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T19:15:00Z")
}

fn check_status(name: &str) -> CheckStatus {
    CheckStatus {
        verdict: Verdict {
            check: name.to_owned(),
            last_success: Some(at("2026-11-22T19:14:03.5Z")),
            ..sample::verdict()
        },
        hard: Some(Status::Ok),
        since: None,
        runs: RunCounts::from_iter([("ok", 7), ("timeout", 1)]),
        skipped: 2,
        overdue: Some(at("2026-11-22T19:24:13Z")),
        pause: None,
        ack: None,
        troubles: Vec::new(),
        held: None,
        outcome_lost: false,
    }
}

fn with_metrics(name: &str, metrics: Vec<JudgedMetric>) -> CheckStatus {
    let check_status = check_status(name);
    CheckStatus { verdict: Verdict { metrics, ..check_status.verdict }, ..check_status }
}

fn file(all: impl IntoIterator<Item = CheckStatus>) -> String {
    encode(&all.into_iter().map(|check_status| (check_status.verdict.check.clone(), check_status)).collect(), now())
}

/// Returns the value of a series that has no label but `check`.
fn value(text: &str, family: &str, check: &str) -> Option<f64> {
    let series = (family.to_owned(), BTreeMap::from([("check".to_owned(), check.to_owned())]));
    samples(text).get(&series).copied()
}

#[test]
fn one_check_in_full() {
    let mut disk = with_metrics(
        "disk",
        vec![
            sample::metric("used_percent", 97.5, Unit::Percent, &[("mount", "/data")]),
            sample::metric("used", 1e12, Unit::Bytes, &[]),
            JudgedMetric { kind: MetricKind::Counter, ..sample::metric("reads", 3.0, Unit::Number, &[]) },
            sample::metric("power", f64::NEG_INFINITY, Unit::Other("dBm".to_owned()), &[]),
            sample::metric("lost", f64::NAN, Unit::Number, &[]),
        ],
    );
    disk.verdict.status = Some(Status::Critical);
    let help = &mut Rc::make_mut(disk.verdict.component.as_mut().unwrap()).help;
    help.insert("used_percent".to_owned(), "space in use".to_owned());
    help.insert("power".to_owned(), "receive power".to_owned());
    assert_eq!(
        file([disk]),
        "\
# HELP roundsman_check_state Status of the last run: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; also 3 if the check is stale.
# TYPE roundsman_check_state gauge
roundsman_check_state{check=\"disk\"} 2
# HELP roundsman_check_hard_state Last hard status, that is, one confirmed by as many runs as `retry` asks for; numbers as for the state.
# TYPE roundsman_check_hard_state gauge
roundsman_check_hard_state{check=\"disk\"} 0
# HELP roundsman_check_pending 1 if the check has not run yet.
# TYPE roundsman_check_pending gauge
roundsman_check_pending{check=\"disk\"} 0
# HELP roundsman_check_paused 1 while an operator has paused the check.
# TYPE roundsman_check_paused gauge
roundsman_check_paused{check=\"disk\"} 0
# HELP roundsman_check_acknowledged 1 while an operator has acknowledged the problem of the check.
# TYPE roundsman_check_acknowledged gauge
roundsman_check_acknowledged{check=\"disk\"} 0
# HELP roundsman_check_stale 1 if the check has not run for too long; its last values are then left out.
# TYPE roundsman_check_stale gauge
roundsman_check_stale{check=\"disk\"} 0
# HELP roundsman_check_interval_seconds Time between two runs, for checks that run at an interval.
# TYPE roundsman_check_interval_seconds gauge
roundsman_check_interval_seconds{check=\"disk\"} 300
# HELP roundsman_check_last_run_timestamp_seconds When the last run started.
# TYPE roundsman_check_last_run_timestamp_seconds gauge
roundsman_check_last_run_timestamp_seconds{check=\"disk\"} 1795374843.123
# HELP roundsman_check_last_success_timestamp_seconds When the last run started that did not fail, whatever its status.
# TYPE roundsman_check_last_success_timestamp_seconds gauge
roundsman_check_last_success_timestamp_seconds{check=\"disk\"} 1795374843.5
# HELP roundsman_check_overdue_timestamp_seconds When the check becomes stale, unless it runs again before.
# TYPE roundsman_check_overdue_timestamp_seconds gauge
roundsman_check_overdue_timestamp_seconds{check=\"disk\"} 1795375453
# HELP roundsman_check_duration_seconds Duration of the last run; for the check roundsman, of the round.
# TYPE roundsman_check_duration_seconds gauge
roundsman_check_duration_seconds{check=\"disk\"} 0.012345
# HELP roundsman_check_fuel_used Fuel used by the last run: its instructions, and the bytes that the host handled for it.
# TYPE roundsman_check_fuel_used gauge
roundsman_check_fuel_used{check=\"disk\"} 2104332
# HELP roundsman_check_memory_peak_bytes Peak memory of the component in the last run.
# TYPE roundsman_check_memory_peak_bytes gauge
roundsman_check_memory_peak_bytes{check=\"disk\"} 1572864
# HELP roundsman_check_runs_total Runs by result: a status, or the kind of a failure.
# TYPE roundsman_check_runs_total counter
roundsman_check_runs_total{check=\"disk\",result=\"ok\"} 7
roundsman_check_runs_total{check=\"disk\",result=\"timeout\"} 1
# HELP roundsman_check_skipped_runs_total Times that a due check was skipped, as its last run still went on or the round had no time left.
# TYPE roundsman_check_skipped_runs_total counter
roundsman_check_skipped_runs_total{check=\"disk\"} 2
# HELP roundsman_component_info 1, for the component that the check ran last.
# TYPE roundsman_component_info gauge
roundsman_component_info{check=\"disk\",name=\"disk\",sha256=\"ab\",version=\"1.2.0\"} 1
# HELP roundsman_disk_power receive power (dBm)
# TYPE roundsman_disk_power gauge
roundsman_disk_power{check=\"disk\"} -Inf
# HELP roundsman_disk_reads_total reads of the component disk
# TYPE roundsman_disk_reads_total counter
roundsman_disk_reads_total{check=\"disk\"} 3
# HELP roundsman_disk_used_bytes used of the component disk
# TYPE roundsman_disk_used_bytes gauge
roundsman_disk_used_bytes{check=\"disk\"} 1000000000000
# HELP roundsman_disk_used_percent space in use
# TYPE roundsman_disk_used_percent gauge
roundsman_disk_used_percent{check=\"disk\",mount=\"/data\"} 97.5
"
    );
}

#[test]
fn the_page_lists_the_series_of_each_check() {
    let rows = table(&read("docs/outputs.md"), &["series", "what"]);
    let ours = OWN.map(|own| vec![format!("`roundsman_check_{}`", own.name), own.help.to_owned()]);
    assert_eq!(rows, ours);
    let rows = table(&read("docs/outputs.md"), &["series of a receiver", "what"]);
    let ours = receiver_series::FAMILIES
        .map(|family| vec![format!("`{}`", receiver_series::name_of(family.name)), family.help.to_owned()]);
    assert_eq!(rows, ours);
}

#[test]
fn the_operator_names_series_and_says_what_they_are_but_none_of_other_programs() {
    let metrics = || {
        vec![
            JudgedMetric { kind: MetricKind::Counter, ..sample::metric("jobs", 3.0, Unit::Number, &[]) },
            sample::metric("lag", 0.5, Unit::Seconds, &[]),
        ]
    };
    let checks = ["app", "bare", "disk"].map(|name| (name.to_owned(), with_metrics(name, metrics())));
    let named = |prefix: &str| SeriesNames {
        prefix: Some(prefix.to_owned()),
        help: BTreeMap::from([("jobs".to_owned(), "Jobs that \\ wait.".to_owned())]),
    };
    let (app, bare) = (named("app_"), named(""));
    let names = BTreeMap::from([("app", &app), ("bare", &bare)]);
    let text = encode_series(&checks.into(), &names, now(), Series::All);
    assert_eq!(value(&text, "app_jobs_total", "app"), Some(3.0), "{text}");
    assert_eq!(value(&text, "app_lag_seconds", "app"), Some(0.5), "{text}");
    assert_eq!(value(&text, "jobs_total", "bare"), Some(3.0), "{text}");
    assert_eq!(value(&text, "roundsman_disk_jobs_total", "disk"), Some(3.0), "{text}");
    assert!(text.contains("# HELP app_jobs_total Jobs that \\\\ wait.\n# TYPE app_jobs_total counter\n"), "{text}");
    let theirs = with_metrics("x", vec![sample::metric("node_load", 1.0, Unit::Number, &[])]);
    let text = encode_series(&[("x".to_owned(), theirs)].into(), &[("x", &bare)].into(), now(), Series::All);
    assert_eq!(value(&text, "roundsman_disk_node_load", "x"), Some(1.0), "{text}");
    assert!(!text.contains("\nnode_"), "{text}");
}

#[test]
fn no_check_is_an_empty_file() {
    assert_eq!(file([]), "");
}

#[test]
fn a_check_that_does_not_apply_has_no_series() {
    let away = check_status("away");
    let text = file([CheckStatus { verdict: Verdict { state: State::NotApplicable, ..away.verdict }, ..away }]);
    assert_eq!(text, "");
}

#[test]
fn a_pending_check_is_there_without_a_state() {
    let text = file([CheckStatus::pending(Verdict { check: "new".to_owned(), started: None, ..sample::verdict() })]);
    assert_eq!(value(&text, "roundsman_check_pending", "new"), Some(1.0));
    assert_eq!(value(&text, "roundsman_check_interval_seconds", "new"), Some(300.0));
    for family in ["state", "hard_state", "last_run_timestamp_seconds", "duration_seconds", "fuel_used"] {
        assert_eq!(value(&text, &format!("roundsman_check_{family}"), "new"), None, "{family}");
    }
}

#[test]
fn a_stale_check_is_unknown_and_shows_no_old_value() {
    let metrics = || vec![sample::metric("used", 1.0, Unit::Number, &[])];
    let overdue = CheckStatus { overdue: Some(now()), ..with_metrics("old", metrics()) };
    let text = file([overdue, with_metrics("fresh", metrics())]);
    for (check, state, stale, used) in [("old", 3.0, 1.0, None), ("fresh", 0.0, 0.0, Some(1.0))] {
        assert_eq!(value(&text, "roundsman_check_state", check), Some(state));
        assert_eq!(value(&text, "roundsman_check_hard_state", check), Some(state));
        assert_eq!(value(&text, "roundsman_check_stale", check), Some(stale));
        assert_eq!(value(&text, "roundsman_disk_used", check), used);
        // Of the last run, whose time is told.
        assert_eq!(value(&text, "roundsman_check_duration_seconds", check), Some(0.012_345));
        assert_eq!(value(&text, "roundsman_check_last_run_timestamp_seconds", check), Some(1_795_374_843.123));
    }
}

#[test]
fn a_paused_check_keeps_its_state_until_the_pause_ends() {
    let metrics = || vec![sample::metric("used", 1.0, Unit::Number, &[])];
    let pause = |until: &str| Some(Pause { until: at(until), reason: String::new(), by: None, at: None });
    let paused = CheckStatus {
        pause: pause("2026-11-22T20:00:00Z").map(Box::new),
        overdue: Some(now()),
        ..with_metrics("a", metrics())
    };
    let over = CheckStatus { pause: pause("2026-11-22T19:15:00Z").map(Box::new), ..with_metrics("b", metrics()) };
    let text = file([paused, over]);
    for (check, is_paused, used) in [("a", 1.0, None), ("b", 0.0, Some(1.0))] {
        assert_eq!(value(&text, "roundsman_check_paused", check), Some(is_paused));
        assert_eq!(value(&text, "roundsman_check_state", check), Some(0.0));
        assert_eq!(value(&text, "roundsman_check_stale", check), Some(0.0));
        assert_eq!(value(&text, "roundsman_disk_used", check), used);
    }
}

#[test]
fn two_versions_of_a_component_have_one_help() {
    let version = |name: &str, help: &str| {
        let mut check_status = with_metrics(name, vec![sample::metric("used", 1.0, Unit::Number, &[])]);
        let component = check_status.verdict.component.as_mut().unwrap();
        Rc::make_mut(component).help.insert("used".to_owned(), help.to_owned());
        check_status
    };
    let text = file([version("b", "new words"), version("a", "old words")]);
    assert_eq!(text.matches("# HELP roundsman_disk_used ").count(), 1);
    assert!(text.contains("# HELP roundsman_disk_used old words\n# TYPE roundsman_disk_used gauge\n"), "{text}");
    assert_eq!(value(&text, "roundsman_disk_used", "b"), Some(1.0));
}

#[test]
fn soft_and_hard_are_told_apart() {
    let disk = check_status("disk");
    let verdict = Verdict { status: Some(Status::Warning), state_type: StateType::Soft, ..disk.verdict };
    let text = file([CheckStatus { verdict, ..disk }]);
    assert_eq!(value(&text, "roundsman_check_state", "disk"), Some(1.0));
    assert_eq!(value(&text, "roundsman_check_hard_state", "disk"), Some(0.0));
}

#[test]
fn the_runtimes_own_check_has_no_run_to_measure() {
    let itself = CheckStatus {
        verdict: Verdict { component: None, ..check_status(RESERVED).verdict },
        ..check_status(RESERVED)
    };
    let text = file([itself]);
    assert_eq!(value(&text, "roundsman_check_state", RESERVED), Some(0.0));
    assert_eq!(value(&text, "roundsman_check_duration_seconds", RESERVED), Some(0.012_345));
    assert_eq!(value(&text, "roundsman_check_fuel_used", RESERVED), None);
}

#[test]
fn hostile_data_stays_data() {
    let mut evil = with_metrics(
        "evil",
        vec![
            sample::metric("a b", 1.0, Unit::Number, &[("check", "forged"), ("mount", "\"}\n# \\ \u{1b}[2J")]),
            sample::metric("a b", 2.0, Unit::Number, &[("9", "x"), ("__name__", "y"), ("ä", "z"), ("", "empty")]),
            sample::metric("m", 3.0, Unit::Number, &[("gone", "")]),
            sample::metric("m", 4.0, Unit::Number, &[]),
            sample::metric("m\n", 5.0, Unit::Other("\n\\".to_owned()), &[]),
        ],
    );
    let component = evil.verdict.component.as_mut().unwrap();
    let component = Rc::make_mut(component);
    component.name = "ev{il".to_owned();
    component.help.insert("m".to_owned(), " \\ a\nroundsman_check_state{check=\"evil\"} 9 ".to_owned());
    let text = file([evil]);
    let reported: Vec<&str> = text.lines().filter(|line| line.contains("ev_il")).collect();
    assert_eq!(
        reported,
        [
            "# HELP roundsman_ev_il_a_b a b of the component ev{il",
            "# TYPE roundsman_ev_il_a_b gauge",
            "roundsman_ev_il_a_b{check=\"evil\",exported_check=\"forged\",mount=\"\\\"}\\\\n# \\\\ \\\\x1b[2J\"} 1",
            "roundsman_ev_il_a_b{_=\"z\",_9=\"x\",check=\"evil\",name__=\"y\"} 2",
            "# HELP roundsman_ev_il_m \\\\ a\\\\nroundsman_check_state{check=\"evil\"} 9",
            "# TYPE roundsman_ev_il_m gauge",
            "roundsman_ev_il_m{check=\"evil\"} 3",
            "# HELP roundsman_ev_il_m_ m\\\\n of the component ev{il (\\\\n\\\\)",
            "# TYPE roundsman_ev_il_m_ gauge",
            "roundsman_ev_il_m_{check=\"evil\"} 5",
        ]
    );
    assert_eq!(value(&text, "roundsman_check_state", "evil"), Some(0.0));
}

#[test]
fn no_component_passes_for_the_runtime() {
    let mut forger = with_metrics("forger", vec![sample::metric("state", 0.0, Unit::Number, &[("x", "y")])]);
    forger.verdict.component = Some(Rc::new(ComponentId {
        name: "check".to_owned(),
        ..Rc::unwrap_or_clone(forger.verdict.component.unwrap())
    }));
    let text = file([forger]);
    assert_eq!(text.matches("roundsman_check_state{").count(), 1, "{text}");
}

fn any_check_status() -> impl Strategy<Value = CheckStatus> {
    let label = || prop_oneof!["[a-c_]{0,3}", any::<String>(), Just("check".to_owned())];
    let text = || prop_oneof!["[\\x00-\\x1f\"\\\\{} ]{0,4}", any::<String>()];
    let labels = proptest::collection::vec((label(), text()), 0..4);
    let unit = prop_oneof![Just(Unit::Number), Just(Unit::Bytes), text().prop_map(Unit::Other)];
    let kind = prop_oneof![Just(MetricKind::Gauge), Just(MetricKind::Counter)];
    let metric = (label(), any::<f64>(), unit, kind, labels).prop_map(|(name, value, unit, kind, labels)| {
        JudgedMetric { kind, labels, ..sample::metric(&name, value, unit, &[]) }
    });
    (text(), label(), text(), proptest::collection::vec(metric, 0..6)).prop_map(|(check, component, help, metrics)| {
        let mut check_status = with_metrics(&format!("x{check}"), metrics);
        let names: Vec<String> = check_status.verdict.metrics.iter().map(|metric| metric.name.clone()).collect();
        let id = Rc::make_mut(check_status.verdict.component.as_mut().unwrap());
        id.name = component;
        id.help = names.into_iter().map(|name| (name, help.clone())).collect();
        check_status.verdict.duration = Duration::from_nanos(u64::from(u32::MAX));
        check_status
    })
}

proptest! {
    #[test]
    fn everything_reads_back(all in proptest::collection::vec(any_check_status(), 0..5)) {
        let text = file(all.clone());
        let samples = samples(&text);
        prop_assert!(!text.chars().any(|it| it != '\n' && escape::is_dangerous(it)));
        for check_status in all {
            let check = escape::line(&check_status.verdict.check);
            let series = ("roundsman_check_state".to_owned(), BTreeMap::from([("check".to_owned(), check)]));
            prop_assert_eq!(samples.get(&series), Some(&0.0));
        }
    }
}
