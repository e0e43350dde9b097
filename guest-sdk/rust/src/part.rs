//! One of many things that a check looks at, judged by itself: what cannot be judged hides no other.

use crate::{Failure, Metric, Outcome, Status, Subcheck};

/// What is known of one thing: a mount, a port, a disk. [`Outcome::part`] makes a subcheck of it.
///
/// ```
/// use roundsman_sdk::{Error, Failure, HostError, Measure, Outcome, Part, Status, Unit};
///
/// const TEMPERATURE: Measure = Measure::gauge("temperature", Unit::Celsius, "of the disk").labels(&["disk"]);
///
/// fn look(disk: &str) -> Result<Part, Failure> {
///     match disk {
///         "sda" => Ok(Part::new("42 °C").metric(TEMPERATURE.value(42.0))),
///         "sdb" => Ok(Part::new("failing").judged(Status::Critical)),
///         _ => Err(Failure::new("the disk does not answer")),
///     }
/// }
///
/// let disks = ["sda", "sdb", "sdc"];
/// let outcome = disks.iter().fold(Outcome::new("3 disks"), |all, disk| all.part("disk", *disk, look(disk)));
///
/// let told: Vec<_> = outcome.subchecks.iter().map(|part| (part.status, part.text.as_str())).collect();
/// assert_eq!(
///     told,
///     [(Status::Ok, "42 °C"), (Status::Critical, "failing"), (Status::Unknown, "the disk does not answer")]
/// );
/// // A metric of a part carries its label, so that a breach of it raises the part.
/// assert_eq!(outcome.metrics[0].labels, [("disk".to_string(), "sda".to_string())]);
/// ```
#[derive(Clone, Debug)]
pub struct Part {
    status: Status,
    text: String,
    metrics: Vec<Metric>,
}

impl Part {
    /// Makes a thing in order, with its facts in one line: "4 of 20 GiB used".
    pub fn new(text: impl Into<String>) -> Self {
        Self { status: Status::Ok, text: text.into(), metrics: Vec::new() }
    }

    /// Sets what the check itself judges: the worse of what it was and `status`.
    pub fn judged(mut self, status: Status) -> Self {
        self.status = self.status.worse(status);
        self
    }

    /// Adds one measured number of it. It gets the label of the part, unless it has one of that name.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metrics.push(metric);
        self
    }

    /// Measured numbers of it; of an `Option` none or one.
    pub fn metrics(mut self, metrics: impl IntoIterator<Item = Metric>) -> Self {
        self.metrics.extend(metrics);
        self
    }
}

impl Outcome {
    /// Adds one of the things that the check looked at: what is known of it, or why that is not known. A part that failed is
    /// UNKNOWN, and tells its failure with what would mend it; all others are reported as they are.
    pub fn part<E: Into<Failure>>(mut self, label: &str, value: impl Into<String>, seen: Result<Part, E>) -> Self {
        let value = value.into();
        match seen {
            Ok(Part { status, text, metrics }) => {
                for mut metric in metrics {
                    if !metric.labels.iter().any(|(name, _)| name == label) {
                        metric.labels.push((label.into(), value.clone()));
                    }
                    self.metrics.push(metric);
                }
                self.subcheck(Subcheck::new(label, value, text).judged(status))
            }
            Err(error) => self.subcheck(Subcheck::failed(label, value, error)),
        }
    }
}

/// ```
/// use roundsman_sdk::{Failure, Status, Subcheck};
///
/// let disk = Subcheck::failed("disk", "sda", Failure::new("the disk does not answer"));
/// assert_eq!((disk.status, disk.text.as_str()), (Status::Unknown, "the disk does not answer"));
/// ```
impl Subcheck {
    /// Makes a thing that could not be judged, while others could: UNKNOWN, with the failure. What the host says on top, such
    /// as the grant that is missing, is shown with it.
    pub fn failed(label: &str, value: impl Into<String>, error: impl Into<Failure>) -> Self {
        let failure = error.into();
        let subcheck = Self::new(label, value, &failure.message).judged(Status::Unknown);
        Self { failure: Some(failure), ..subcheck }
    }
}
