//! Building of what a check says of itself, and writing it as the JSON that the host reads.

use crate::bindings::roundsman::check::types;
use crate::json::JsonWriter;
use crate::{Measure, Metric, MetricKind, OptionInfo, Problem, Range};

/// What a check is. Its options are read off their type and are not told here.
///
/// ```
/// use roundsman_sdk::{Descriptor, Measure, Metric, MetricInfo, MetricKind, Need, Unit};
///
/// const USED: Measure = Measure::gauge("used", Unit::Bytes, "space in use");
///
/// let descriptor = Descriptor::new("room", "0.1.0", "room of file systems")
///     .metric(&USED)
///     .free_metrics()
///     .need(Need::files("/proc/mounts", "lists what is mounted"))
///     .need(Need::metadata("/data/*", "sizes"))
///     .need(Need::filesystems("mounted", "their room"))
///     .need(Need::command(&["/bin/df", "-P"], "asks for the room").optional())
///     .need(Need::command_pattern(&["/bin/df", "/data/*"], "asks for the room of one"));
/// assert!(format!("{descriptor:?}").contains("\"room\""));
///
/// // Where options name metrics, each is declared by one like it.
/// let mut info = MetricInfo::like(&Metric::new("depth", 0.0, Unit::Number, MetricKind::Gauge), "of the queue");
/// info.add_label("queue");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) summary: String,
    pub(crate) options: Vec<OptionInfo>,
    pub(crate) metrics: Vec<MetricInfo>,
    pub(crate) free_metrics: bool,
    pub(crate) needs: Vec<Need>,
}

/// A metric that a check may report.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricInfo {
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) unit: types::Unit,
    pub(crate) kind: MetricKind,
    pub(crate) labels: Vec<String>,
    pub(crate) warning: Option<Range>,
    pub(crate) critical: Option<Range>,
}

/// Something that a check would like to be granted, and why. It is a request: only the operator grants.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    pub(crate) capability: &'static str,
    pub(crate) target: Target,
    pub(crate) reason: String,
    pub(crate) optional: bool,
}

/// What exactly is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    Pattern(String),
    Argv(Vec<String>),
    ArgvPattern(Vec<String>),
}

impl Descriptor {
    /// `name` is `snake_case` and part of the metrics' names in outputs; `summary` is one line.
    pub fn new(name: &str, version: &str, summary: &str) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            summary: summary.into(),
            options: Vec::new(),
            metrics: Vec::new(),
            free_metrics: false,
            needs: Vec::new(),
        }
    }

    /// Adds a metric that outcomes may hold.
    pub fn metric(mut self, measure: &Measure) -> Self {
        self.metrics.push(measure.info());
        self
    }

    /// Outcomes may hold metrics that are not declared, because options name them; [`crate::Check::metrics`] tells which.
    pub fn free_metrics(mut self) -> Self {
        self.free_metrics = true;
        self
    }

    /// Adds something that the check would like to be granted.
    pub fn need(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    /// As the host reads it.
    pub(crate) fn json(&self) -> String {
        let mut json = JsonWriter::default();
        json.object(|json| {
            json.key_text("name", &self.name);
            json.key_text("version", &self.version);
            json.key_text("summary", &self.summary);
            json.key_list("options", &self.options, |json, option| option.write(json));
            json.key_list("metrics", &self.metrics, |json, metric| metric.write(json));
            json.key_if("free_metrics", &self.free_metrics);
            json.key_list("needs", &self.needs, |json, need| need.write(json));
        });
        json.finish()
    }
}

/// Returns what is wrong with options, as the host reads it.
pub(crate) fn problems_json(problems: &[Problem]) -> String {
    let mut json = JsonWriter::default();
    json.object(|json| {
        json.key_list("problems", problems, |json, problem| {
            json.object(|json| {
                json.key_text("key", &problem.key);
                json.key_text("message", &problem.message);
            });
        });
    });
    json.finish()
}

/// Returns what options bring with them, as the host reads it.
pub(crate) fn brought_json(needs: &[Need], metrics: Option<&[MetricInfo]>) -> String {
    let mut json = JsonWriter::default();
    json.object(|json| {
        json.key_list("needs", needs, |json, need| need.write(json));
        if let Some(metrics) = metrics {
            // Also where there are none: that is known then.
            json.key("metrics", |json| {
                json.list(|json| metrics.iter().for_each(|metric| metric.write(json)));
                true
            });
        }
    });
    json.finish()
}

impl MetricInfo {
    /// Returns the declaration of a metric like this one, for metrics that options name.
    pub fn like(metric: &Metric, help: &str) -> Self {
        Self {
            name: metric.name.clone(),
            help: help.into(),
            unit: metric.unit.clone(),
            kind: metric.kind,
            labels: metric.labels.iter().map(|(label, _)| label.clone()).collect(),
            warning: metric.warning,
            critical: metric.critical,
        }
    }

    /// One more label that its values carry.
    pub fn add_label(&mut self, label: &str) {
        if !self.labels.iter().any(|it| it == label) {
            self.labels.push(label.into());
        }
    }

    fn write(&self, json: &mut JsonWriter) {
        let unit = match &self.unit {
            types::Unit::Number => "number",
            types::Unit::Bytes => "bytes",
            types::Unit::Seconds => "seconds",
            types::Unit::Percent => "percent",
            types::Unit::Celsius => "celsius",
            types::Unit::Other(symbol) => symbol,
        };
        json.object(|json| {
            json.key_text("name", &self.name);
            json.key_text("help", &self.help);
            json.key_text("unit", unit);
            json.key_text("kind", if self.kind == MetricKind::Counter { "counter" } else { "gauge" });
            json.key_list("labels", &self.labels, |json, label| json.text(label));
            write_range(json, "warning", self.warning);
            write_range(json, "critical", self.critical);
        });
    }
}

/// An end that is left out is open.
fn write_range(json: &mut JsonWriter, key: &str, range: Option<Range>) {
    let Some(Range { low, high, inside }) = range else { return };
    json.key(key, |json| {
        json.object(|json| {
            json.key("low", |json| json.number(low));
            json.key("high", |json| json.number(high));
            json.key_if("inside", &inside);
        });
        true
    });
}

impl Need {
    /// Content and metadata of the regular files that `pattern` matches.
    pub fn files(pattern: &str, reason: &str) -> Self {
        Self::pattern("files", pattern, reason)
    }

    /// Names, sizes, times, owners, modes and link targets of what `pattern` matches.
    pub fn metadata(pattern: &str, reason: &str) -> Self {
        Self::pattern("metadata", pattern, reason)
    }

    /// Makes the need of size and inodes of the file system mounted at `place`; `mounted` means all of them, and their list.
    pub fn filesystems(place: &str, reason: &str) -> Self {
        Self::pattern("filesystems", place, reason)
    }

    /// Makes the need of a program, by its absolute path, and of its arguments as they are.
    pub fn command<S: AsRef<str>>(argv: &[S], reason: &str) -> Self {
        Self { capability: "commands", target: Target::Argv(owned(argv)), reason: reason.into(), optional: false }
    }

    /// Makes the need of a program, by its absolute path, and of arguments that match a pattern each.
    pub fn command_pattern<S: AsRef<str>>(argv: &[S], reason: &str) -> Self {
        Self {
            capability: "commands",
            target: Target::ArgvPattern(owned(argv)),
            reason: reason.into(),
            optional: false,
        }
    }

    fn pattern(capability: &'static str, pattern: &str, reason: &str) -> Self {
        Self { capability, target: Target::Pattern(pattern.into()), reason: reason.into(), optional: false }
    }

    /// Says that the check also works without: `validate` then asks for no grant.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    fn write(&self, json: &mut JsonWriter) {
        json.object(|json| {
            json.key_text("capability", self.capability);
            match &self.target {
                Target::Pattern(pattern) => json.key_text("pattern", pattern),
                Target::Argv(argv) => json.key_list("argv", argv, |json, argument| json.text(argument)),
                Target::ArgvPattern(argv) => json.key_list("argv_pattern", argv, |json, argument| json.text(argument)),
            }
            json.key_text("reason", &self.reason);
            json.key_if("optional", &self.optional);
        });
    }
}

fn owned<S: AsRef<str>>(texts: &[S]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}
