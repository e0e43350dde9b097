//! Building of what a run reports: facts, never a verdict.

use crate::{Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit};

impl Outcome {
    /// An outcome in order, with its facts in one line: "3 of 4 ports online", never "ok".
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

    /// What the check itself judges: the worse of what it was and `status`.
    pub fn judged(mut self, status: Status) -> Self {
        self.status = self.status.worse(status);
        self
    }

    /// One more line for a person to read.
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// More lines for a person to read.
    pub fn details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }

    /// One of the many things that the check looked at.
    pub fn subcheck(mut self, subcheck: Subcheck) -> Self {
        self.subchecks.push(subcheck);
        self
    }

    /// One measured number.
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
    /// A thing by its label, with its facts in one line: "4 of 20 GiB used".
    pub fn new(label: &str, value: impl Into<String>, text: impl Into<String>) -> Self {
        let labels = vec![(label.into(), value.into())];
        Self { labels, status: Status::Ok, text: text.into(), failure: None, extra: Vec::new() }
    }

    /// One more label of it.
    pub fn label(mut self, label: &str, value: impl Into<String>) -> Self {
        self.labels.push((label.into(), value.into()));
        self
    }

    /// What the check itself judges: the worse of what it was and `status`.
    pub fn judged(mut self, status: Status) -> Self {
        self.status = self.status.worse(status);
        self
    }
}

impl Metric {
    /// A metric that no [`crate::Measure`] declares, for checks that say `free_metrics` and tell it by
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

    /// A label and its value.
    pub fn label(mut self, label: &str, value: impl Into<String>) -> Self {
        self.labels.push((label.into(), value.into()));
        self
    }

    /// The largest value that this one can have, where it differs from thing to thing.
    pub fn max(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    /// The values that are in order where the operator says nothing; outside is WARNING.
    pub fn warning(mut self, range: Range) -> Self {
        self.warning = Some(range);
        self
    }

    /// The values that are in order where the operator says nothing; outside is CRITICAL.
    pub fn critical(mut self, range: Range) -> Self {
        self.critical = Some(range);
        self
    }
}
