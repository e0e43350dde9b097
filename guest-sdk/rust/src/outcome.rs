//! Building of what a run reports: facts, never a verdict.

use crate::{Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit};

/// Most text of all subchecks together, in bytes: half of the default `limits.text`, which ends a run.
const TEXTS: usize = 32 * 1024;

///
/// ```
/// use roundsman_sdk::{Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit};
///
/// let temperature = Metric::new("temperature", 42.0, Unit::Celsius, MetricKind::Gauge)
///     .label("disk", "sda")
///     .max(100.0)
///     .warning(Range::up_to(50.0))
///     .critical(Range::up_to(60.0));
/// let disk = Subcheck::new("disk", "sda", "42 °C").label("bay", "1").judged(Status::Warning);
/// let outcome = Outcome::new("1 disk")
///     .judged(Status::Ok)
///     .detail("firmware 1.2")
///     .details(["serial 7".to_owned()])
///     .subcheck(disk.clone())
///     .subchecks(Vec::new())
///     .metric(temperature.clone())
///     .metrics(None)
///     .bounded("disks");
/// assert_eq!((outcome.details.len(), outcome.subchecks[0].labels.len(), outcome.metrics[0].max), (2, 2, Some(100.0)));
/// ```
impl Outcome {
    /// Makes an outcome in order, with its facts in one line: "3 of 4 ports online", never "ok".
    pub fn new(summary: impl Into<String>) -> Self {
        Self {
            status: Status::Ok,
            summary: summary.into(),
            details: Vec::new(),
            subchecks: Vec::new(),
            metrics: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Sets what the check itself judges: the worse of what it was and `status`.
    pub fn judged(mut self, status: Status) -> Self {
        self.status = self.status.worse(status);
        self
    }

    /// Adds one more line for a person to read.
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Adds more lines for a person to read.
    pub fn details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }

    /// Adds one of the many things that the check looked at.
    pub fn subcheck(mut self, subcheck: Subcheck) -> Self {
        self.subchecks.push(subcheck);
        self
    }

    /// Things that the check looked at.
    pub fn subchecks(mut self, subchecks: impl IntoIterator<Item = Subcheck>) -> Self {
        self.subchecks.extend(subchecks);
        self
    }

    /// Keeps what subchecks say within what an outcome may hold: first those with trouble, then as many others as there is
    /// room for. What is left out keeps its metrics, its status counts as ever, and a detail says how many `things` it is.
    pub fn bounded(mut self, things: &str) -> Self {
        let mut room = TEXTS;
        let mut kept: Vec<bool> = self.subchecks.iter().map(|_| false).collect();
        for troubled in [true, false] {
            for (subcheck, kept) in self.subchecks.iter().zip(&mut kept) {
                let labels: usize = subcheck.labels.iter().map(|(_, value)| value.len() + 8).sum();
                let failed = subcheck.failure.as_ref().map_or(0, |failure| failure.message.len());
                let length = subcheck.text.len() + labels + failed + 8;
                if (subcheck.status != Status::Ok) == troubled && length <= room {
                    room -= length;
                    *kept = true;
                }
            }
        }
        let left_out = kept.iter().filter(|kept| !**kept).count();
        for (subcheck, kept) in std::mem::take(&mut self.subchecks).into_iter().zip(kept) {
            self = if kept { self.subcheck(subcheck) } else { self.judged(subcheck.status) };
        }
        if left_out == 0 {
            return self;
        }
        self.detail(format!("{left_out} more {things} are not listed: there are too many for limits.text"))
    }

    /// Adds one measured number.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metrics.push(metric);
        self
    }

    /// Measured numbers; of an `Option` none or one.
    pub fn metrics(mut self, metrics: impl IntoIterator<Item = Metric>) -> Self {
        self.metrics.extend(metrics);
        self
    }
}

impl Subcheck {
    /// Makes a thing by its label, with its facts in one line: "4 of 20 GiB used".
    pub fn new(label: &str, value: impl Into<String>, text: impl Into<String>) -> Self {
        let labels = vec![(label.into(), value.into())];
        Self { labels, status: Status::Ok, text: text.into(), failure: None, extra: Vec::new() }
    }

    /// Adds one more label of it.
    pub fn label(mut self, label: &str, value: impl Into<String>) -> Self {
        self.labels.push((label.into(), value.into()));
        self
    }

    /// Sets what the check itself judges: the worse of what it was and `status`.
    pub fn judged(mut self, status: Status) -> Self {
        self.status = self.status.worse(status);
        self
    }
}

impl Metric {
    /// Makes a metric that no [`crate::Measure`] declares, for checks that say `free_metrics` and tell it by
    /// [`Check::metrics`](crate::Check::metrics).
    pub fn new(name: impl Into<String>, value: f64, unit: Unit, kind: MetricKind) -> Self {
        Self {
            name: name.into(),
            value,
            unit: unit.into(),
            kind,
            labels: Vec::new(),
            warning: None,
            critical: None,
            min: None,
            max: None,
            extra: Vec::new(),
        }
    }

    /// Adds a label and its value.
    pub fn label(mut self, label: &str, value: impl Into<String>) -> Self {
        self.labels.push((label.into(), value.into()));
        self
    }

    /// Sets the largest value that this one can have, where it differs from thing to thing.
    pub fn max(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    /// Sets the values that are in order where the operator says nothing; outside is WARNING.
    pub fn warning(mut self, range: Range) -> Self {
        self.warning = Some(range);
        self
    }

    /// Sets the values that are in order where the operator says nothing; outside is CRITICAL.
    pub fn critical(mut self, range: Range) -> Self {
        self.critical = Some(range);
        self
    }
}
