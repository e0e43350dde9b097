//! A plain verdict for tests to change.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use roundsman_contract::report::Usage;
use roundsman_contract::{MetricKind, Status, Unit};
use roundsman_verdict::judge::{ComponentId, JudgedMetric, State, StateType, Verdict};

/// Returns a check that is OK and has nothing but a summary.
pub(crate) fn verdict() -> Verdict {
    Verdict {
        check: "disk".to_owned(),
        component: Some(Rc::new(ComponentId {
            name: "disk".to_owned(),
            version: "1.2.0".to_owned(),
            sha256: "ab".to_owned(),
            help: BTreeMap::new(),
        })),
        state: State::Done,
        status: Some(Status::Ok),
        summary: "2 of 2 mounted".to_owned(),
        breaches: Vec::new(),
        details: Vec::new(),
        subchecks: Vec::new(),
        metrics: Vec::new(),
        failure: None,
        attempt: 1,
        state_type: StateType::Hard,
        started: Some("2026-11-22T19:14:03.123456Z".parse().expect("a time")),
        duration: Duration::from_micros(12_345),
        interval: Some(Duration::from_secs(300)),
        last_success: None,
        next_due: None,
        usage: Usage { fuel: 2_104_332, memory_peak: 1_572_864 },
        denials: Vec::new(),
        log: Vec::new(),
        log_dropped: 0,
        recovered: false,
        labels: BTreeMap::new(),
    }
}

/// Returns a gauge without ranges.
pub(crate) fn metric(name: &str, value: f64, unit: Unit, labels: &[(&str, &str)]) -> JudgedMetric {
    JudgedMetric {
        name: name.to_owned(),
        value,
        unit,
        kind: MetricKind::Gauge,
        labels: labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect(),
        warning: None,
        critical: None,
        min: None,
        max: None,
        printed: Default::default(),
    }
}
