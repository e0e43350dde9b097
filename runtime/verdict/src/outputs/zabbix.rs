//! Values for trapper items of Zabbix: the status, text and metrics of a run, and the discovery of what there is. As the body of the
//! trapper's protocol, and as lines of `zabbix_sender -T -N -i -`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use roundsman_order::Body;
use serde::Serialize;
use serde_json::json;

use crate::check_status::CheckStatus;
use crate::check_status::RESERVED;
use crate::judge::humanize::Now;
use crate::judge::naming::full_name;
use crate::judge::thresholds::unit_word;
use crate::judge::{JudgedMetric, MessageLines, State, Verdict};
use roundsman_contract::Status;
use roundsman_grants::escape;

/// Characters that a key may have.
const LONGEST_KEY: usize = 2_048;
/// Bytes of a text: the server cuts longer ones without a word.
const LONGEST_TEXT: usize = 60 << 10;

/// A value of one item, with its own time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    /// The host's technical name in Zabbix.
    pub host: String,
    pub key: String,
    pub value: String,
    /// Seconds since 1970.
    pub clock: i64,
    pub ns: i32,
}

/// Values that are sent, and how many are not, as their keys are too long.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ZabbixValues {
    pub values: Vec<Value>,
    pub dropped: usize,
}

impl ZabbixValues {
    fn add(&mut self, host: &str, at: Timestamp, key: String, value: String) {
        if key.chars().count() > LONGEST_KEY {
            self.dropped += 1;
            return;
        }
        let host = host.to_owned();
        self.values.push(Value { host, key, value, clock: at.as_second(), ns: at.subsec_nanosecond() });
    }
}

/// Encodes the outcome of one run.
#[must_use]
pub(crate) fn run(verdict: &Verdict, host: &str) -> ZabbixValues {
    verdict.started.map_or_else(ZabbixValues::default, |started| encode(verdict, host, started))
}

/// Encodes a check that nobody is to be alerted of, or of which nothing is known any more, as it stands now.
#[must_use]
pub(crate) fn check_status(check_status: &CheckStatus, host: &str, now: &Now) -> ZabbixValues {
    let is_apart = check_status.is_silenced(now.at) || check_status.is_stale(now.at);
    let verdict = Some(check_status.without_alert(now.clone())).filter(|verdict| is_apart && verdict.started.is_some());
    verdict
        .map_or_else(ZabbixValues::default, |verdict| encode(&Verdict { metrics: Vec::new(), ..verdict }, host, now.at))
}

fn encode(verdict: &Verdict, host: &str, at: Timestamp) -> ZabbixValues {
    let mut values = ZabbixValues::default();
    if verdict.state == State::NotApplicable {
        return values;
    }
    let check = parameter(&verdict.check);
    values.add(host, at, format!("roundsman.state[{check}]"), verdict.status.map_or(0, Status::number).to_string());
    let text = escape::clip(&escape::line(&MessageLines::of(verdict).first()), LONGEST_TEXT);
    values.add(host, at, format!("roundsman.text[{check}]"), text);
    for metric in verdict.metrics.iter().filter(|metric| metric.value.is_finite()) {
        let (name, labels) = (full_name(&metric.name, &metric.unit), parameter(&labels(metric)));
        let key = format!("roundsman.metric[{check},{},{labels}]", parameter(&name));
        values.add(host, at, key, metric.value.to_string());
    }
    values
}

/// Encodes what there is to be discovered: all checks, and all series that have a value.
#[must_use]
pub(crate) fn discovery(checks: &BTreeMap<String, CheckStatus>, host: &str, now: Timestamp) -> ZabbixValues {
    let shown = || checks.values().filter(|check_status| check_status.verdict.state != State::NotApplicable);
    // Items of the runtime itself stand in the template: that nothing comes any more must be seen without a discovery.
    let others = shown().filter(|check_status| check_status.verdict.check != RESERVED);
    let checks: Vec<_> = others.map(|check_status| json!({ "{#CHECK}": plain(&check_status.verdict.check) })).collect();
    let series = shown().flat_map(|check_status| {
        let metrics = check_status.verdict.metrics.iter().filter(|metric| metric.value.is_finite());
        metrics.map(|metric| {
            json!({
                "{#CHECK}": plain(&check_status.verdict.check),
                "{#METRIC}": plain(&full_name(&metric.name, &metric.unit)),
                "{#LABELS}": plain(&labels(metric)),
                "{#UNIT}": unit_word(&metric.unit),
            })
        })
    });
    let series: Vec<_> = series.collect();
    let mut values = ZabbixValues::default();
    for (key, rows) in [("roundsman.checks", checks), ("roundsman.metrics", series)] {
        values.add(host, now, key.to_owned(), escape::json(&json!(rows).to_string()));
    }
    values
}

/// Encodes values for a packet to a trapper.
#[must_use]
pub(crate) fn json(values: &[Value]) -> Vec<String> {
    // Strings and numbers: there is nothing that could fail to serialize.
    values.iter().map(|value| escape::json(&serde_json::to_string(value).expect("plain data serializes"))).collect()
}

/// Makes the body of a packet; the header is the sender's.
#[must_use]
pub(crate) fn packet(parts: Vec<String>, now: Timestamp) -> Body {
    let (clock, ns) = (now.as_second(), now.subsec_nanosecond());
    let (before, between) = ("{\"request\":\"sender data\",\"data\":[".to_owned(), ",".to_owned());
    Body { before, parts, between, after: format!("],\"clock\":{clock},\"ns\":{ns}}}"), is_binary: false }
}

/// Encodes values as lines for `zabbix_sender -T -N -i -`.
#[must_use]
pub fn lines(values: &[Value]) -> Vec<String> {
    let line = |value: &Value| {
        let [host, key, text] = [&value.host, &value.key, &value.value].map(|text| quoted(text));
        format!("{host} {key} {} {} {text}\n", value.clock, value.ns)
    };
    values.iter().map(line).collect()
}

/// Writes `fstype=ext4,mount=/data`, sorted.
fn labels(metric: &JudgedMetric) -> String {
    let mut labels: Vec<String> = metric.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    labels.sort();
    labels.join(",")
}

/// Makes a text that stands the same in a key and in a macro. Within quotes a backslash would escape what follows it, and has no
/// spelling of its own.
fn plain(text: &str) -> String {
    escape::line(text).replace('\\', "/")
}

/// Writes a parameter of a key.
fn parameter(text: &str) -> String {
    format!("\"{}\"", plain(text).replace('"', "\\\""))
}

/// Writes a field of a line, as `zabbix_sender` reads it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escape::line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;
    use roundsman_contract::Unit;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn check_status(metrics: Vec<JudgedMetric>) -> CheckStatus {
        let verdict = Verdict { status: Some(Status::Critical), metrics, ..sample::verdict() };
        CheckStatus { verdict: verdict.clone(), ..CheckStatus::pending(verdict) }
    }

    #[test]
    fn each_value_has_a_key_and_the_time_of_its_run() {
        let metrics = vec![
            sample::metric("used", 97.2, Unit::Percent, &[("mount", "/da\"ta\\"), ("fstype", "ext4")]),
            sample::metric("free", f64::NAN, Unit::Bytes, &[]),
            sample::metric("long", 1.0, Unit::Number, &[("mount", &"x".repeat(3_000))]),
        ];
        let check_status = check_status(metrics);
        let sent = run(&check_status.verdict, "web1");
        let value = |key: &str, value: &str| {
            let (host, key, value) = ("web1".to_owned(), key.to_owned(), value.to_owned());
            Value { host, key, value, clock: 1_795_374_843, ns: 123_456_000 }
        };
        let values = vec![
            value("roundsman.state[\"disk\"]", "2"),
            value("roundsman.text[\"disk\"]", "CRITICAL: 2 of 2 mounted"),
            value("roundsman.metric[\"disk\",\"used_percent\",\"fstype=ext4,mount=/da\\\"ta/\"]", "97.2"),
        ];
        assert_eq!(sent, ZabbixValues { values, dropped: 1 });
        let line = "\"web1\" \"roundsman.metric[\\\"disk\\\",\\\"used_percent\\\",\\\"fstype=ext4,mount=/da\\\\\\\"ta/\\\"]\" 1795374843 123456000 \"97.2\"";
        assert_eq!(lines(&sent.values)[2].trim_end(), line);
        let body: serde_json::Value =
            serde_json::from_str(&packet(json(&sent.values[..1]), at("2026-11-22T19:15:00.5Z")).text()).unwrap();
        let data = json!([{ "host": "web1", "key": "roundsman.state[\"disk\"]", "value": "2", "clock": 1_795_374_843, "ns": 123_456_000 }]);
        assert_eq!(body, json!({ "request": "sender data", "data": data, "clock": 1_795_374_900, "ns": 500_000_000 }));
        let now = at("2026-11-22T19:15:00Z").into();
        assert_eq!(super::check_status(&check_status, "web1", &now).values, []);
        let stale = CheckStatus { overdue: Some(at("2026-11-22T19:15:00Z")), ..check_status };
        let stale = super::check_status(&stale, "web1", &now).values;
        assert_eq!((stale.len(), stale[0].value.as_str(), stale[0].clock), (2, "3", 1_795_374_900));
    }

    #[test]
    fn what_is_discovered_has_the_words_of_the_keys() {
        let metrics = vec![sample::metric("used", 1.0, Unit::Bytes, &[("mount", "/d\\")])];
        let mut itself = check_status(Vec::new());
        itself.verdict.check = RESERVED.to_owned();
        let checks = BTreeMap::from([("disk".to_owned(), check_status(metrics)), (RESERVED.to_owned(), itself)]);
        let found = discovery(&checks, "web1", at("2026-11-22T19:15:00Z")).values;
        let seen: Vec<(&str, &str)> = found.iter().map(|value| (value.key.as_str(), value.value.as_str())).collect();
        let series =
            "[{\"{#CHECK}\":\"disk\",\"{#LABELS}\":\"mount=/d/\",\"{#METRIC}\":\"used_bytes\",\"{#UNIT}\":\"bytes\"}]";
        assert_eq!(seen, [("roundsman.checks", "[{\"{#CHECK}\":\"disk\"}]"), ("roundsman.metrics", series)]);
    }
}
