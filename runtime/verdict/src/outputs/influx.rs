//! The line protocol of InfluxDB, which VictoriaMetrics and Telegraf take too: what one run of a check measured, with the time of
//! that run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::host::HostNames;
use crate::judge::MessageLines;
use crate::judge::naming::full_name;
use crate::judge::{JudgedMetric, Verdict};
use roundsman_grants::escape;

/// The measurement that says where a check stands, one line a run.
const STATE: &str = "roundsman_check";

/// Encodes the outcome of one run: a line for its status, and one for each set of labels with the values that have them. Empty
/// where nothing ran.
#[must_use]
pub fn encode(verdict: &Verdict, host: &HostNames<'_>) -> String {
    let Some(started) = verdict.started else { return String::new() };
    let own = BTreeMap::from([("host", host.name.as_ref()), ("check", verdict.check.as_str())]);
    let labels = host.labels.iter().chain(&verdict.labels).map(|(name, value)| (name.as_str(), value.as_str()));
    let common: BTreeMap<&str, &str> = labels.chain(own).collect();
    let mut text = String::new();
    let mut add = |measurement: &str, tags: &BTreeMap<&str, &str>, fields: &[String]| {
        if !fields.is_empty() {
            let (tags, fields, time) = (self::tags(tags), fields.join(","), started.as_nanosecond());
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}{tags} {fields} {time}", measurement_name(measurement));
        }
    };
    add(STATE, &common, &state(verdict));
    let component = verdict.component.as_ref().map_or("", |component| component.name.as_str());
    let measurement = format!("roundsman_{component}");
    for (labels, metrics) in series(&verdict.metrics) {
        // What a component calls a series never takes the place of what we call the host.
        let tags = labels.into_iter().filter(|(name, _)| !common.contains_key(name)).chain(common.clone()).collect();
        let field =
            |metric: &&JudgedMetric| format!("{}={}", key(&full_name(&metric.name, &metric.unit)), metric.value);
        add(&measurement, &tags, &metrics.iter().map(field).collect::<Vec<_>>());
    }
    text
}

fn state(verdict: &Verdict) -> Vec<String> {
    let number = verdict.status.map(|status| format!("state={}i", status.number()));
    let duration = format!("duration_seconds={}", verdict.duration.as_secs_f64());
    let text = format!("text={}", string(&MessageLines::of(verdict).facts));
    number.into_iter().chain([duration, text]).collect()
}

/// Labels of a series.
type Labels<'a> = BTreeMap<&'a str, &'a str>;

/// Returns the values by their labels, each once. The protocol has no NaN and no infinity.
fn series(metrics: &[JudgedMetric]) -> BTreeMap<Labels<'_>, Vec<&JudgedMetric>> {
    let mut series: BTreeMap<Labels<'_>, Vec<&JudgedMetric>> = BTreeMap::new();
    for metric in metrics.iter().filter(|metric| metric.value.is_finite()) {
        let labels = metric.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        series.entry(labels).or_default().push(metric);
    }
    series
}

/// Writes `,check=disk,host=web1`, sorted, as the server wants it. An empty value is none.
fn tags(tags: &BTreeMap<&str, &str>) -> String {
    let tags = tags.iter().filter(|(_, value)| !value.is_empty());
    tags.map(|(name, value)| format!(",{}={}", key(name), key(value))).collect()
}

/// Writes a name or the value of a tag. A backslash has no spelling that all readers take where it stands before what is escaped.
fn key(text: &str) -> String {
    let mut safe = String::new();
    for one in escape::line(text).replace('\\', "/").chars() {
        if matches!(one, ',' | '=' | ' ') {
            safe.push('\\');
        }
        safe.push(one);
    }
    safe
}

/// Writes the name of a measurement, in which `=` stands for itself.
fn measurement_name(text: &str) -> String {
    escape::line(text).replace('\\', "/").replace(',', "\\,").replace(' ', "\\ ")
}

fn string(text: &str) -> String {
    /// InfluxDB refuses a text of more than 64 KiB.
    const LONGEST: usize = 16 << 10;
    let text = escape::clip(&escape::line(text), LONGEST);
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;
    use roundsman_contract::Unit;

    #[test]
    fn values_of_one_series_are_a_line_with_the_time_of_the_run() {
        let data = &[("mount", "/data")][..];
        let metrics = vec![
            sample::metric("used", 1e21, Unit::Bytes, data),
            sample::metric("used", f64::NAN, Unit::Percent, data),
            sample::metric("inodes", 0.5, Unit::Number, data),
            sample::metric("mounts", 2.0, Unit::Number, &[("host", "mine")]),
        ];
        let labels = BTreeMap::from([("team".to_owned(), "db".to_owned())]);
        let verdict = Verdict { metrics, labels, ..sample::verdict() };
        let lines = "\
            roundsman_check,check=disk,host=web1,team=db state=0i,duration_seconds=0.012345,text=\"2 of 2 mounted\" 1795374843123456000\n\
            roundsman_disk,check=disk,host=web1,team=db mounts=2 1795374843123456000\n\
            roundsman_disk,check=disk,host=web1,mount=/data,team=db used_bytes=1000000000000000000000,inodes=0.5 1795374843123456000\n";
        assert_eq!(encode(&verdict, &"web1".into()), lines);
        assert_eq!(encode(&Verdict { started: None, ..verdict }, &"web1".into()), "");
    }

    #[test]
    fn hostile_texts_stay_within_their_place() {
        let hostile = "a, b=c\n\\\"x";
        let metric = sample::metric("used", 1.0, Unit::Number, &[(hostile, hostile), ("empty", "")]);
        let verdict = Verdict { summary: hostile.to_owned(), metrics: vec![metric], ..sample::verdict() };
        let text = encode(&verdict, &hostile.into());
        let host = "host=a\\,\\ b\\=c/n/\"x";
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.contains(&format!(",check=disk,{host} ")) && text.contains("text=\"a, b=c\\\\n\\\\\\\"x\""),
            "{text}"
        );
        assert!(text.contains(",a\\,\\ b\\=c/n/\"x=a\\,\\ b\\=c/n/\"x,check=disk"), "{text}");
        assert!(!text.contains("empty"), "{text}");
    }
}
