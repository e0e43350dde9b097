//! Verdicts and statuses to encode.

use roundsman_verdict::check_status::RunCounts;
use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use roundsman_contract::{Status, Unit};
use roundsman_verdict::check_status::CheckStatus;
use roundsman_verdict::judge::{ComponentId, JudgedMetric, Verdict};

#[path = "../../../verdict/src/judge/sample.rs"]
mod plain;

/// As many values of a strategy, the same in each run.
pub fn draw<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
}

pub fn verdict(check: &str, component: &str, metrics: Vec<JudgedMetric>) -> Verdict {
    Verdict {
        check: check.to_owned(),
        component: Some(Rc::new(ComponentId {
            name: component.to_owned(),
            version: "1.2.0".to_owned(),
            sha256: "ab".to_owned(),
            help: BTreeMap::new(),
        })),
        status: Some(Status::Critical),
        metrics,
        started: Some("2026-11-22T19:14:03.123Z".parse().expect("a time")),
        last_success: Some("2026-11-22T19:14:03.123Z".parse().expect("a time")),
        ..plain::verdict()
    }
}

pub fn check_status(verdict: Verdict) -> CheckStatus {
    CheckStatus {
        hard: verdict.status,
        since: verdict.started,
        runs: RunCounts::from_iter([("critical", 3), ("timeout", 1)]),
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
    JudgedMetric { labels, ..plain::metric(name, value, unit, &[]) }
}
