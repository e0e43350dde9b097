//! Number as a plugin printed it: its item of performance data, which outputs print again as it was, so that graphs go on.
//! A component says so in `extra`, and is believed only where the grammar reads the same label and value from the item.

use roundsman_perfdata::{Item, Reading, Scale, check_multi, known};
use serde::{Deserialize, Serialize};

use crate::judge::descriptor::shown;
use roundsman_contract::report::LogLine;
use roundsman_contract::{Level, Metric, Range};
use roundsman_grants::escape;

/// Bytes of an item: as many as the longest label and four numbers.
const MAX_ITEM: usize = 4_096 + 1_024;
/// Bytes of a unit or a range; one that is longer is none.
const MAX_FIELD: usize = 256;

/// A number as its plugin printed it. Texts are as they were, for outputs to escape.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Printed {
    /// The whole item, with the operator's ranges where these hold: one line without `|`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// A unit that no metric has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Ranges that judged nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical: Option<String>,
}

impl Printed {
    /// Tells whether the metric is of no plugin.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads what a component says of a metric.
    ///
    /// # Errors
    /// All but the item, and why that is none of this metric.
    pub fn of(metric: &Metric) -> Result<Self, (Self, String)> {
        let said = |wanted: &str| metric.extra.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone());
        let field = |wanted: &str| said(wanted).filter(|text| text.len() <= MAX_FIELD);
        let without_item = Self {
            item: None,
            unit: field("shown.unit"),
            warning: field("shown.warning"),
            critical: field("shown.critical"),
        };
        match said("shown.item") {
            None => Ok(without_item),
            Some(item) => match reason(&item, metric) {
                None => Ok(Self { item: Some(item), ..without_item }),
                Some(reason) => {
                    let why = format!("`{}` of `{}` {reason}", escape::line(&shown(&item)), metric.name);
                    Err((without_item, why))
                }
            },
        }
    }

    /// The same where the operator's ranges hold: they stand in the item, in its unit, and its own are said no more.
    #[must_use]
    pub(crate) fn with_ranges(&self, value: f64, warning: Option<Range>, critical: Option<Range>) -> Self {
        let item = self.item.as_deref().and_then(|text| {
            let item = Item::only(text)?;
            let scale = scale(&item, value)?;
            let range = |range: Option<Range>| range.map_or(String::new(), |range| printed(range, scale));
            Some(item.with_ranges(&range(warning), &range(critical)))
        });
        Self { item, unit: self.unit.clone(), warning: None, critical: None }
    }
}

/// Returns the line of the log that says which items are not printed.
#[must_use]
pub(crate) fn refused_line(refused: &[String]) -> Option<LogLine> {
    let first = refused.first()?;
    let more = match refused.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    let message = format!("shown.item {first}{more}: printed as the host writes it");
    Some(LogLine { level: Level::Warning, message })
}

/// Tells why a text is no item of this metric.
fn reason(text: &str, metric: &Metric) -> Option<&'static str> {
    if text.len() > MAX_ITEM {
        return Some("is longer than any item");
    }
    if text.contains(|character| character == '|' || escape::is_dangerous(character)) {
        return Some("holds a bar or a control character");
    }
    let Some(item) = Item::only(text) else { return Some("is not one item of performance data") };
    let label = |wanted: &str| metric.labels.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let named = label("label") == Some(&*item.label)
        || check_multi(&item.label)
            .is_some_and(|(plugin, own)| label("label") == Some(own) && label("plugin") == Some(plugin));
    if !named {
        return Some("has another label");
    }
    scale(&item, metric.value).is_none().then_some("has another value")
}

/// Tells how the printed number is brought to the value; `None` where it is another. What KB means is the component's to know.
fn scale(item: &Item<'_>, value: f64) -> Option<Scale> {
    let Reading::Number(number) = item.reading else { return None };
    let usual = [true, false].map(|kibi| known(item.unit, kibi).map_or(Scale::Times(1.0), |known| known.scale));
    usual.into_iter().find(|scale| scale.to_base(number) == value)
}

/// Returns a range in the unit of an item.
fn printed(range: Range, scale: Scale) -> String {
    Range { low: scale.from_base(range.low), high: scale.from_base(range.high), ..range }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_contract::range::RangeSpec;
    use roundsman_contract::{MetricKind, Unit};

    fn metric(value: f64, label: &str, item: &str) -> Metric {
        Metric {
            name: "time".to_owned(),
            value,
            unit: Unit::Seconds,
            kind: MetricKind::Gauge,
            labels: vec![("label".to_owned(), label.to_owned()), ("plugin".to_owned(), "a::b".to_owned())],
            warning: None,
            critical: None,
            min: None,
            max: None,
            extra: vec![("shown.item".to_owned(), item.to_owned()), ("shown.unit".to_owned(), "x".to_owned())],
        }
    }

    #[test]
    fn an_item_is_believed_where_label_and_value_are_the_metrics() {
        for (value, label, item) in [
            (0.005, "rta", "rta=5ms;1;2;0"),
            (5.0, "a b", "'a b'=5"),
            (5.0, "a b", "a b=5s;;"),
            (5.0, "rta", "a::b::rta=5s"),
            (5.0, "a::b::rta", "a::b::rta=5s"),
            (5120.0, "d", "d=5KB"),
            (5000.0, "d", "d=5KB"),
            (5.0, "v", "v=5V"),
            (100.0, "t", "t=212F"),
        ] {
            let printed = Printed::of(&metric(value, label, item)).unwrap();
            assert_eq!((printed.item.as_deref(), printed.unit.as_deref()), (Some(item), Some("x")));
        }
    }

    #[test]
    fn any_other_is_refused_with_the_reason() {
        for (value, label, item, reason) in [
            (5.0, "rta", "rta=6s", "has another value"),
            (5.0, "rta", "rta=5ms", "has another value"),
            (5.0, "rta", "rta=5000V", "has another value"),
            (5.0, "rta", "rta=U", "has another value"),
            (f64::NAN, "rta", "rta=nan", "has another value"),
            (5.0, "rta", "pl=5s", "has another label"),
            (5.0, "rta", "other::b::rta=5s", "has another label"),
            (5.0, "rta", "rta=5s pl=0", "is not one item of performance data"),
            (5.0, "rta", " rta=5s", "is not one item of performance data"),
            (5.0, "rta", "rta", "is not one item of performance data"),
            (5.0, "rta", "", "is not one item of performance data"),
            (5.0, "rta", "rta=5s;1|x=1", "holds a bar or a control character"),
            (5.0, "rta", "rta=5s;\nOK", "holds a bar or a control character"),
            (5.0, "rta", "rta=5s;\u{1b}[31m", "holds a bar or a control character"),
            (5.0, "rta", "rta=5s;\u{202e}", "holds a bar or a control character"),
        ] {
            let (printed, why) = Printed::of(&metric(value, label, item)).unwrap_err();
            assert!(why.ends_with(reason), "{item:?}: {why}");
            assert!(!why.contains(char::is_control), "{why:?}");
            assert_eq!((printed.item, printed.unit.as_deref()), (None, Some("x")));
        }
    }

    #[test]
    fn the_operators_ranges_are_printed_in_the_items_unit() {
        let range = |text: &str| Some(RangeSpec::parse(text).unwrap().range);
        for (value, label, item, warning, critical, expected) in [
            (0.005, "rta", "rta=5ms;1;2;0", range("0.3"), range("@1:2"), "rta=5ms;300;@1000:2000;0"),
            (5120.0, "d", "d=5KB;1;2", range("1MiB"), None, "d=5KB;1024"),
            (5.0, "v", "v=5V;1;2;0;10", None, None, "v=5V;;;0;10"),
            (100.0, "t", "t=212F;1;2", range("100"), range("10:"), "t=212F;32:212;50:"),
        ] {
            let printed = Printed::of(&metric(value, label, item)).unwrap();
            assert_eq!(printed.with_ranges(value, warning, critical).item.as_deref(), Some(expected));
        }
    }

    #[test]
    fn many_refused_items_are_one_line() {
        assert_eq!(refused_line(&[]), None);
        let line = refused_line(&["a".to_owned(), "b".to_owned()]).unwrap();
        assert_eq!(line.message, "shown.item a, and 1 more: printed as the host writes it");
    }
}
