//! Metrics of OpenTelemetry as OTLP 1 has them in protobuf (`POST /v1/metrics`): what one run of a check measured. Written by hand, as
//! the messages are few; the numbers of the fields are those of `opentelemetry-proto`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::host::HostNames;
use crate::judge::{JudgedMetric, Verdict};
use roundsman_contract::{MetricKind, Unit};
use roundsman_grants::escape;

/// `AGGREGATION_TEMPORALITY_CUMULATIVE`: a counter counts from its own begin.
const CUMULATIVE: u64 = 2;

/// Encodes the outcome of one run as a request. Requests that stand one behind another are one with all of their metrics. Empty
/// where nothing ran.
#[must_use]
pub fn encode(verdict: &Verdict, host: &HostNames<'_>) -> Vec<u8> {
    let metrics = of_run(verdict);
    if metrics.is_empty() {
        return Vec::new();
    }
    let mut scope = Message::default();
    scope.text(1, "roundsman");
    scope.text(2, env!("CARGO_PKG_VERSION"));
    let mut scope_metrics = Message::default();
    scope_metrics.message(1, &scope);
    for metric in &metrics {
        scope_metrics.message(2, metric);
    }
    let mut resource = Message::default();
    let own = [("service.name", "roundsman"), ("host.name", host.name.as_ref())];
    let labels = host.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in labels.chain(own).collect::<BTreeMap<_, _>>() {
        resource.message(1, &attribute(name, value));
    }
    let mut resource_metrics = Message::default();
    resource_metrics.message(1, &resource);
    resource_metrics.message(2, &scope_metrics);
    let mut request = Message::default();
    request.message(1, &resource_metrics);
    request.0
}

/// Returns the status, and each metric once with all of its series.
fn of_run(verdict: &Verdict) -> Vec<Message> {
    let Some(started) = verdict.started else { return Vec::new() };
    let nanoseconds = u64::try_from(started.as_nanosecond()).unwrap_or(0);
    let labels = verdict.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let common: BTreeMap<&str, &str> = labels.chain([("check", verdict.check.as_str())]).collect();
    let of_check = |name: &str, help: &str, unit: &str, value: f64| {
        let mut points = Message::default();
        points.message(1, &point(&common, nanoseconds, value));
        metric(name, help, unit, MetricKind::Gauge, points)
    };
    let mut metrics = Vec::new();
    if let Some(status) = verdict.status {
        let help = "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN";
        metrics.push(of_check("roundsman.check.state", help, "1", f64::from(status.number())));
    }
    let (help, seconds) = ("How long the run took.", verdict.duration.as_secs_f64());
    metrics.push(of_check("roundsman.check.duration", help, "s", seconds));
    let Some(component) = &verdict.component else { return metrics };
    let mut by_name: BTreeMap<&str, Vec<&JudgedMetric>> = BTreeMap::new();
    // NaN is "no value".
    for metric in verdict.metrics.iter().filter(|metric| !metric.value.is_nan()) {
        by_name.entry(&metric.name).or_default().push(metric);
    }
    for (name, series) in by_name {
        let Some(first) = series.first() else { continue };
        let mut points = Message::default();
        for one in &series {
            // What a component calls a series never takes the place of what we call the check.
            let labels = one.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let labels = labels.chain(common.clone()).collect();
            points.message(1, &point(&labels, nanoseconds, one.value));
        }
        let help = component.help.get(name).map_or("", String::as_str);
        let name = format!("roundsman.{}.{name}", component.name);
        metrics.push(metric(&name, help, &unit(&first.unit), first.kind, points));
    }
    metrics
}

fn metric(name: &str, help: &str, unit: &str, kind: MetricKind, mut points: Message) -> Message {
    let mut metric = Message::default();
    metric.text(1, name);
    metric.text(2, help);
    metric.text(3, unit);
    match kind {
        MetricKind::Gauge => metric.message(5, &points),
        MetricKind::Counter => {
            points.number(2, CUMULATIVE);
            points.number(3, 1);
            metric.message(7, &points);
        }
    }
    metric
}

/// Encodes one value. An empty label is none.
fn point(labels: &BTreeMap<&str, &str>, nanoseconds: u64, value: f64) -> Message {
    let mut point = Message::default();
    point.fixed(3, nanoseconds);
    point.fixed(4, value.to_bits());
    for (name, value) in labels.iter().filter(|(name, value)| !name.is_empty() && !value.is_empty()) {
        point.message(7, &attribute(name, value));
    }
    point
}

fn attribute(name: &str, value: &str) -> Message {
    let mut any = Message::default();
    any.text(1, value);
    let mut attribute = Message::default();
    attribute.text(1, name);
    attribute.message(2, &any);
    attribute
}

/// Returns the unit as UCUM writes it; what that has no word for stands between braces.
fn unit(unit: &Unit) -> Cow<'static, str> {
    match unit {
        Unit::Number => "1".into(),
        Unit::Bytes => "By".into(),
        Unit::Seconds => "s".into(),
        Unit::Percent => "%".into(),
        Unit::Celsius => "Cel".into(),
        Unit::Other(symbol) => {
            let is_plain = |one: &char| one.is_ascii_graphic() && !matches!(one, '{' | '}');
            match symbol.chars().filter(is_plain).collect::<String>().as_str() {
                "" => "1".into(),
                plain => format!("{{{plain}}}").into(),
            }
        }
    }
}

/// A message of protobuf, as far as it is written.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// Writes the number of a field with its wire type.
    fn tag(&mut self, field: u64, wire_type: u64) {
        self.varint(field << 3 | wire_type);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.tag(field, 0);
        self.varint(value);
    }

    /// Writes eight bytes: a `fixed64`, or the bits of a `double`.
    fn fixed(&mut self, field: u64, value: u64) {
        self.tag(field, 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.tag(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    /// Writes a text; an empty one is the default, which is not written.
    fn text(&mut self, field: u64, text: &str) {
        let text = escape::line(text);
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;

    #[test]
    fn what_did_not_run_is_nothing_and_units_are_those_of_ucum() {
        assert!(encode(&Verdict { started: None, ..sample::verdict() }, &"web1".into()).is_empty());
        let units = [Unit::Seconds, Unit::Bytes, Unit::Number, Unit::Other("d{B}m\n x".to_owned())];
        assert_eq!(units.map(|unit| super::unit(&unit).into_owned()), ["s", "By", "1", "{dBmx}"]);
        assert_eq!(super::unit(&Unit::Other("{}\n".to_owned())), "1");
    }

    #[test]
    fn numbers_are_written_as_protobuf_has_them() {
        let mut message = Message::default();
        message.number(1, 150);
        message.text(2, "testing");
        message.text(3, "");
        message.fixed(4, 1.5_f64.to_bits());
        // The first two are the examples of protobuf's own page on its encoding.
        let expected =
            [&[0x08, 0x96, 0x01, 0x12, 0x07][..], b"testing", &[0x21, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]].concat();
        assert_eq!(message.0, expected);
    }
}
