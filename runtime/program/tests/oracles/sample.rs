//! Verdicts and standings to encode.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use roundsman_contract::report::Usage;
use roundsman_contract::{MetricKind, Status, Unit};
use roundsman_verdict::judge::{ComponentId, JudgedMetric, State, StateType, Verdict};
use roundsman_verdict::standing::Standing;

/// As many values of a strategy, the same in each run.
pub fn draw<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
}

pub fn verdict(check: &str, component: &str, metrics: Vec<JudgedMetric>) -> Verdict {
    Verdict {
        check: check.to_owned(),
        component: Some(ComponentId {
            name: component.to_owned(),
            version: "1.2.0".to_owned(),
            sha256: "ab".to_owned(),
            help: BTreeMap::new(),
        }),
        state: State::Done,
        status: Some(Status::Critical),
        summary: "2 of 2 mounted".to_owned(),
        breaches: Vec::new(),
        details: Vec::new(),
        subchecks: Vec::new(),
        metrics,
        failure: None,
        attempt: 1,
        state_type: StateType::Hard,
        started: Some("2026-11-22T19:14:03.123Z".parse().expect("a time")),
        duration: Duration::from_micros(12_345),
        interval: Some(Duration::from_secs(300)),
        last_success: Some("2026-11-22T19:14:03.123Z".parse().expect("a time")),
        next_due: None,
        usage: Usage { fuel: 2_104_332, memory_peak: 1_572_864 },
        denials: Vec::new(),
        log: Vec::new(),
        log_dropped: 0,
        recovered: false,
        labels: BTreeMap::new(),
    }
}

pub fn standing(verdict: Verdict) -> Standing {
    Standing {
        hard: verdict.status,
        since: verdict.started,
        runs: BTreeMap::from([("critical".to_owned(), 3), ("timeout".to_owned(), 1)]),
        skipped: 1,
        overdue: Some("2026-11-22T19:24:13Z".parse().expect("a time")),
        pause: None,
        ack: None,
        troubles: Vec::new(),
        held: None,
        outcome_lost: false,
        verdict,
    }
}

pub fn metric(name: &str, value: f64, unit: Unit, labels: Vec<(String, String)>) -> JudgedMetric {
    JudgedMetric {
        name: name.to_owned(),
        value,
        unit,
        kind: MetricKind::Gauge,
        labels,
        warning: None,
        critical: None,
        min: None,
        max: None,
        printed: Default::default(),
    }
}
