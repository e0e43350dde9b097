//! Numbers in one line for a person.

use crate::Metric;
use crate::bindings::roundsman::check::types::Unit;
use crate::text::{count, decimal, size};

/// Numbers that are said one by one.
const MOST: usize = 4;

/// Returns the numbers with their units: `dirty 512 KiB, depth in 3, depth out 5`; of many series of one name, how many there
/// are and from where to where they go.
pub fn said(metrics: &[Metric]) -> Vec<String> {
    // A rate has no value in a first run.
    let metrics: Vec<&Metric> = metrics.iter().filter(|it| !it.value.is_nan()).collect();
    if metrics.len() <= MOST {
        return metrics.iter().map(|it| format!("{} {}", series(it), value(it, it.value))).collect();
    }
    let mut names: Vec<&str> = metrics.iter().map(|it| it.name.as_str()).collect();
    names.dedup();
    names.iter().filter_map(|name| together(&metrics, name)).collect()
}

fn together(metrics: &[&Metric], name: &str) -> Option<String> {
    let all: Vec<&Metric> = metrics.iter().copied().filter(|it| it.name == name).collect();
    let first = all.first()?;
    let lowest = all.iter().fold(first.value, |low, it| low.min(it.value));
    let highest = all.iter().fold(first.value, |high, it| high.max(it.value));
    match all.len() {
        1 => Some(format!("{} {}", series(first), value(first, first.value))),
        many => {
            let values = count(many, "value");
            Some(format!("{name} {values} from {} to {}", value(first, lowest), value(first, highest)))
        }
    }
}

fn series(metric: &Metric) -> String {
    let labels: Vec<&str> = metric.labels.iter().map(|(_, value)| value.as_str()).collect();
    if labels.is_empty() { metric.name.clone() } else { format!("{} {}", metric.name, labels.join(" ")) }
}

/// Returns a value with its unit, with as many decimals as tell something.
pub(super) fn value(metric: &Metric, value: f64) -> String {
    let number = if value.fract() == 0.0 { decimal(value, 0) } else { shortened(decimal(value, 3)) };
    match &metric.unit {
        // 2^63: what is larger is no size of anything.
        Unit::Bytes if (0.0..9_223_372_036_854_775_808.0).contains(&value) => size(value as u64),
        Unit::Bytes => format!("{number} B"),
        Unit::Number => number,
        Unit::Seconds => format!("{number} s"),
        Unit::Percent => format!("{number}%"),
        Unit::Celsius => format!("{number} \u{b0}C"),
        Unit::Other(symbol) => format!("{number} {symbol}"),
    }
}

fn shortened(decimal: String) -> String {
    match decimal.contains('.') {
        true => decimal.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => decimal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MetricKind, Unit as Symbol};

    fn metric(name: &str, value: f64, unit: &str) -> Metric {
        Metric::new(name, value, Symbol::named(unit), MetricKind::Gauge)
    }

    #[test]
    fn few_numbers_are_said_one_by_one() {
        let all = [
            metric("dirty", 524_288.0, "bytes"),
            metric("depth", 3.0, "number").label("queue", "in"),
            metric("left", -2.5, "seconds"),
            metric("power", 1.25, "dBm"),
        ];
        assert_eq!(said(&all), ["dirty 512 KiB", "depth in 3", "left -2.5 s", "power 1.25 dBm"]);
        assert_eq!(said(&[metric("odd", -1.0, "bytes"), metric("x", 1e-9, "number")]), ["odd -1 B", "x 0"]);
    }

    #[test]
    fn of_many_the_lowest_and_the_highest_are_said() {
        let mut all: Vec<Metric> =
            (0..5).map(|n| metric("temperature", f64::from(n), "celsius").label("disk", n.to_string())).collect();
        all.push(metric("total", 5.0, "number"));
        assert_eq!(said(&all), ["temperature 5 values from 0 \u{b0}C to 4 \u{b0}C", "total 5"]);
        assert_eq!(said(&[]), Vec::<String>::new());
        assert_eq!(said(&[metric("rate", f64::NAN, "number")]), Vec::<String>::new());
    }
}
