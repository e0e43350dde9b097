//! One declaration of a metric, from which both its line in the descriptor and its values are made, so that they
//! cannot differ.

use crate::{Metric, MetricInfo, MetricKind, Range, Unit};

/// A metric that a check declares.
///
/// ```
/// use roundsman_sdk::{Measure, Range, Unit};
/// const USED: Measure = Measure::gauge("used_percent", Unit::Percent, "space in use")
///     .labels(&["mount"])
///     .between(0.0, 100.0)
///     .critical(Range::up_to(95.0));
/// let metric = USED.value(12.5).label("mount", "/data");
/// assert_eq!(metric.max, Some(100.0));
/// ```
#[derive(Clone, Debug)]
pub struct Measure {
    name: &'static str,
    help: &'static str,
    unit: Unit,
    kind: MetricKind,
    labels: &'static [&'static str],
    warning: Option<Range>,
    critical: Option<Range>,
    min: Option<f64>,
    max: Option<f64>,
}

///
/// ```
/// use roundsman_sdk::{Measure, Range, Unit};
///
/// const ERRORS: Measure = Measure::counter("errors", Unit::Number, "of the port").labels(&["port"]);
/// const USED: Measure = Measure::gauge("used_percent", Unit::Percent, "space in use").warning(Range::up_to(80.0));
/// assert_eq!((ERRORS.name(), ERRORS.count(7).value), ("errors", 7.0));
/// assert_eq!(USED.value(12.5).warning, Some(Range::up_to(80.0)));
/// ```
impl Measure {
    /// Returns a number that may go up and down. `name` is `snake_case`, with no unit at its end that is not the metric's
    /// own, and none of `_total _count _sum _bucket _info`.
    pub const fn gauge(name: &'static str, unit: Unit, help: &'static str) -> Self {
        let (warning, critical, min, max) = (None, None, None, None);
        Self { name, help, unit, kind: MetricKind::Gauge, labels: &[], warning, critical, min, max }
    }

    /// Makes a number that only rises, and starts again at zero.
    pub const fn counter(name: &'static str, unit: Unit, help: &'static str) -> Self {
        let mut it = Self::gauge(name, unit, help);
        it.kind = MetricKind::Counter;
        it
    }

    /// Sets the label names that values may carry.
    pub const fn labels(mut self, labels: &'static [&'static str]) -> Self {
        self.labels = labels;
        self
    }

    /// Sets the smallest and the largest value possible.
    pub const fn between(mut self, min: f64, max: f64) -> Self {
        self.min = Some(min);
        self.max = Some(max);
        self
    }

    /// Sets the values that are in order where the operator says nothing; outside is WARNING.
    pub const fn warning(mut self, range: Range) -> Self {
        self.warning = Some(range);
        self
    }

    /// Sets the values that are in order where the operator says nothing; outside is CRITICAL.
    pub const fn critical(mut self, range: Range) -> Self {
        self.critical = Some(range);
        self
    }

    /// Returns its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns one value, in base units.
    pub fn value(&self, value: f64) -> Metric {
        let metric = Metric::new(self.name, value, self.unit.clone(), self.kind);
        Metric { warning: self.warning, critical: self.critical, min: self.min, max: self.max, ..metric }
    }

    /// Returns a value in bytes, or a count. Above 2^53 it is rounded to what an `f64` holds.
    pub fn count(&self, value: u64) -> Metric {
        self.value(value as f64)
    }

    pub(crate) fn info(&self) -> MetricInfo {
        MetricInfo {
            name: self.name.into(),
            help: self.help.into(),
            unit: self.unit.clone().into(),
            kind: self.kind,
            labels: self.labels.iter().map(|label| label.to_string()).collect(),
            warning: self.warning,
            critical: self.critical,
        }
    }
}
