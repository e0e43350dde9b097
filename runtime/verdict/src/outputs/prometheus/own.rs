//! The families that say how each check is doing.

use jiff::Timestamp;

use super::seconds;
use crate::check_status::{CheckStatus, RESERVED};
use crate::judge::State;
use crate::outputs::scene::SeriesNames;
use roundsman_contract::{MetricKind, Status};

/// A check as it is shown now.
pub(super) struct Seen<'a> {
    pub(super) name: &'a str,
    pub(super) check_status: &'a CheckStatus,
    pub(super) now: Timestamp,
    /// Names of series that the operator gives.
    pub(super) names: Option<&'a SeriesNames>,
}

impl Seen<'_> {
    pub(super) fn is_stale(&self) -> bool {
        self.check_status.is_stale(self.now)
    }

    pub(super) fn is_paused(&self) -> bool {
        self.check_status.paused(self.now).is_some()
    }

    /// Tells whether a run was measured: the runtime's own check has none.
    fn has_run(&self) -> bool {
        self.check_status.verdict.started.is_some() && !self.check_status.outcome_lost && self.name != RESERVED
    }

    /// A status by its number as a monitoring plugin; of a check that is stale nothing is known.
    fn state(&self, status: Option<Status>) -> Option<f64> {
        let status = if self.is_stale() { Some(Status::Unknown) } else { status };
        status.map(|status| f64::from(status.number()))
    }
}

/// A sample of a family of our own: a label besides `check`, if it has one, and the value.
pub(super) type Sample = (Option<(&'static str, String)>, f64);

/// A family that says how checks are doing.
pub(super) struct Own {
    /// Behind `roundsman_check_`.
    pub(super) name: &'static str,
    pub(super) kind: MetricKind,
    pub(super) help: &'static str,
    pub(super) samples: fn(&Seen<'_>) -> Vec<Sample>,
}

pub(super) const OWN: [Own; 15] = [
    Own {
        name: "state",
        kind: MetricKind::Gauge,
        help: "Status of the last run: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; also 3 if the check is stale.",
        samples: |seen| {
            let check_status = seen.check_status;
            one(seen.state(if check_status.outcome_lost { Some(Status::Unknown) } else { check_status.verdict.status }))
        },
    },
    Own {
        name: "hard_state",
        kind: MetricKind::Gauge,
        help: "Last hard status, that is, one confirmed by as many runs as `retry` asks for; numbers as for the state.",
        samples: |seen| one(seen.state(seen.check_status.hard)),
    },
    Own {
        name: "pending",
        kind: MetricKind::Gauge,
        help: "1 if the check has not run yet.",
        samples: |seen| flag(seen.check_status.verdict.state == State::Pending && !seen.check_status.outcome_lost),
    },
    Own {
        name: "paused",
        kind: MetricKind::Gauge,
        help: "1 while an operator has paused the check.",
        samples: |seen| flag(seen.is_paused()),
    },
    Own {
        name: "acknowledged",
        kind: MetricKind::Gauge,
        help: "1 while an operator has acknowledged the problem of the check.",
        samples: |seen| flag(seen.check_status.acknowledged(seen.now).is_some()),
    },
    Own {
        name: "stale",
        kind: MetricKind::Gauge,
        help: "1 if the check has not run for too long; its last values are then left out.",
        samples: |seen| flag(seen.is_stale()),
    },
    Own {
        name: "interval_seconds",
        kind: MetricKind::Gauge,
        help: "Time between two runs, for checks that run at an interval.",
        samples: |seen| one(seen.check_status.verdict.interval.map(|interval| interval.as_secs_f64())),
    },
    Own {
        name: "last_run_timestamp_seconds",
        kind: MetricKind::Gauge,
        help: "When the last run started.",
        samples: |seen| one(seen.check_status.verdict.started.map(seconds)),
    },
    Own {
        name: "last_success_timestamp_seconds",
        kind: MetricKind::Gauge,
        help: "When the last run started that did not fail, whatever its status.",
        samples: |seen| one(seen.check_status.verdict.last_success.map(seconds)),
    },
    Own {
        name: "overdue_timestamp_seconds",
        kind: MetricKind::Gauge,
        help: "When the check becomes stale, unless it runs again before.",
        samples: |seen| one(seen.check_status.overdue.map(seconds)),
    },
    Own {
        name: "duration_seconds",
        kind: MetricKind::Gauge,
        help: "Duration of the last run; for the check roundsman, of the round.",
        samples: |seen| {
            let verdict = &seen.check_status.verdict;
            one(verdict.started.filter(|_| !seen.check_status.outcome_lost).map(|_| verdict.duration.as_secs_f64()))
        },
    },
    Own {
        name: "fuel_used",
        kind: MetricKind::Gauge,
        help: "Fuel used by the last run: its instructions, and the bytes that the host handled for it.",
        samples: |seen| one(seen.has_run().then_some(seen.check_status.verdict.usage.fuel as f64)),
    },
    Own {
        name: "memory_peak_bytes",
        kind: MetricKind::Gauge,
        help: "Peak memory of the component in the last run.",
        samples: |seen| one(seen.has_run().then_some(seen.check_status.verdict.usage.memory_peak as f64)),
    },
    Own {
        name: "runs_total",
        kind: MetricKind::Counter,
        help: "Runs by result: a status, or the kind of a failure.",
        samples: |seen| {
            let runs = seen.check_status.runs.iter();
            runs.map(|(result, count)| (Some(("result", result.to_owned())), count as f64)).collect()
        },
    },
    Own {
        name: "skipped_runs_total",
        kind: MetricKind::Counter,
        help: "Times that a due check was skipped, as its last run still went on or the round had no time left.",
        samples: |seen| one(Some(seen.check_status.skipped as f64)),
    },
];

fn one(value: Option<f64>) -> Vec<Sample> {
    value.map(|value| (None, value)).into_iter().collect()
}

fn flag(is_set: bool) -> Vec<Sample> {
    one(Some(if is_set { 1.0 } else { 0.0 }))
}
