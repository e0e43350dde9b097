//! The outcome of one run, as it is kept for receivers of values: with its own time, and with which of its values are new.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::judge::{ComponentId, JudgedMetric, State, Verdict};

/// A run that measured something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Without lines of the log, and without its component, which is beside it: the state has that once for many checks, and
    /// here each run is by itself.
    pub verdict: Verdict,
    component: Option<Rc<ComponentId>>,
    /// Start of the run before; `None` of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Timestamp>,
    /// Places of the metrics whose value was the same in that run.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    same: BTreeSet<usize>,
}

impl Measured {
    /// Compares a run with the one before; `None` where nothing ran.
    #[must_use]
    pub fn of(verdict: &Verdict, before: Option<&Verdict>) -> Option<Self> {
        let ran = |verdict: &&Verdict| {
            verdict.started.is_some() && !matches!(verdict.state, State::Pending | State::NotApplicable)
        };
        Some(verdict).filter(ran)?;
        let before = before.filter(ran);
        let key = |metric: &JudgedMetric| (metric.name.clone(), metric.labels.clone());
        let were: BTreeMap<_, u64> = before
            .iter()
            .flat_map(|before| &before.metrics)
            .map(|metric| (key(metric), metric.value.to_bits()))
            .collect();
        let metrics = verdict.metrics.iter().enumerate();
        let same = metrics.filter(|(_, metric)| were.get(&key(metric)) == Some(&metric.value.to_bits()));
        Some(Self {
            same: same.map(|(place, _)| place).collect(),
            before: before.and_then(|before| before.started),
            component: verdict.component.clone(),
            verdict: Verdict { log: Vec::new(), component: None, ..verdict.clone() },
        })
    }

    /// Returns the verdict with the values for a receiver that gets an unchanged value only once in such
    /// a period. Periods begin at the same times for all runs, so that what was sent need not be remembered.
    #[must_use]
    pub(crate) fn changed(self, unchanged: Option<Duration>) -> Verdict {
        let Self { mut verdict, component, before, same } = self;
        verdict.component = component;
        let (Some(unchanged), Some(before), Some(started)) = (unchanged, before, verdict.started) else {
            return verdict;
        };
        let part =
            |at: Timestamp| at.as_nanosecond().div_euclid(unchanged.as_nanos().max(1).try_into().unwrap_or(i128::MAX));
        if part(before) == part(started) {
            let metrics = std::mem::take(&mut verdict.metrics).into_iter().enumerate();
            verdict.metrics = metrics.filter(|(place, _)| !same.contains(place)).map(|(_, metric)| metric).collect();
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use roundsman_contract::Unit;

    use super::*;
    use crate::judge::sample;

    fn run(second: i64, values: &[f64]) -> Verdict {
        let metric = |(place, value): (usize, &f64)| sample::metric(&format!("m{place}"), *value, Unit::Number, &[]);
        let metrics = values.iter().enumerate().map(metric).collect();
        Verdict { started: Timestamp::from_second(second).ok(), metrics, ..sample::verdict() }
    }

    #[test]
    fn what_did_not_change_is_told_once_in_a_time() {
        let quarter = Some(Duration::from_secs(900));
        let told = |before: &Verdict, now: &Verdict, unchanged| {
            let measured = Measured::of(now, Some(before)).unwrap();
            let read: Measured = serde_json::from_str(&serde_json::to_string(&measured).unwrap()).unwrap();
            assert_eq!(read, measured);
            let told = read.changed(unchanged);
            assert_eq!(told.component, now.component, "with all that it says of itself");
            told.metrics.into_iter().map(|metric| metric.name).collect::<Vec<_>>()
        };
        let (first, second) = (run(100, &[1.0, 2.0]), run(200, &[1.0, 3.0, 4.0]));
        assert_eq!(told(&first, &second, quarter), ["m1", "m2"]);
        assert_eq!(told(&first, &second, None), ["m0", "m1", "m2"]);
        // Another quarter of an hour has begun.
        assert_eq!(told(&run(899, &[1.0]), &run(901, &[1.0]), quarter), ["m0"]);
        assert_eq!(told(&run(901, &[1.0]), &run(1_799, &[1.0]), quarter), Vec::<String>::new());
    }

    #[test]
    fn nothing_is_measured_where_nothing_ran() {
        assert_eq!(Measured::of(&Verdict { started: None, ..sample::verdict() }, None), None);
        assert_eq!(Measured::of(&Verdict { state: State::NotApplicable, ..sample::verdict() }, None), None);
        assert!(Measured::of(&sample::verdict(), None).is_some());
    }
}
