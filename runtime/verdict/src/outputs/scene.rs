//! All that a format may show of a host.

use std::collections::BTreeMap;

use super::host::HostNames;
use crate::check_status::CheckStatus;
use crate::delivery::cursor::Cursor;
use crate::history::{Days, HistoryEntry};
use crate::judge::humanize::Now;

/// A host as it is at a time.
#[derive(Debug)]
pub struct OutputScene<'a> {
    pub host: HostNames<'a>,
    /// By name, with the reserved check `roundsman`.
    pub checks: &'a BTreeMap<String, CheckStatus>,
    pub now: Now,
    /// The digest of the configuration; `None` where it has no place in any format.
    pub config: Option<&'a str>,
    /// Names of series that the operator gives, by check.
    pub series: BTreeMap<&'a str, &'a SeriesNames>,
    /// Receivers by the names of their outputs, as the deliveries before this round left them.
    pub receivers: &'a BTreeMap<String, Cursor>,
    /// The history as days, up to now. Empty where the format shows none of it.
    pub days: Days,
    /// The latest entries of the history, oldest first.
    pub latest: Vec<HistoryEntry>,
}

#[cfg(test)]
impl<'a> OutputScene<'a> {
    /// Makes a host with these checks and nothing else, at 19:15 of the day of the samples.
    pub(crate) fn sample(checks: &'a BTreeMap<String, CheckStatus>) -> Self {
        static NO_RECEIVERS: BTreeMap<String, Cursor> = BTreeMap::new();
        let now: jiff::Timestamp = "2026-11-22T19:15:00Z".parse().expect("a time");
        Self {
            host: "web1".into(),
            checks,
            now: now.into(),
            config: None,
            series: BTreeMap::new(),
            receivers: &NO_RECEIVERS,
            days: Days::default(),
            latest: Vec::new(),
        }
    }
}

/// Prefixes of series that are of node_exporter, and of this program.
pub const OF_OTHERS: [&str; 2] = ["node_", "roundsman_"];

/// Names and meanings of a check's metrics in Prometheus, as the operator gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesNames {
    /// Text before the name of each metric; `None`: `roundsman_COMPONENT_`.
    pub prefix: Option<String>,
    /// Text of a metric, in place of the component's.
    pub help: BTreeMap<String, String>,
}

/// Keys that only some formats have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputKeys {
    /// How the other program calls a check: `{check}` and `{host}` stand for their names.
    pub service: String,
    pub series: Series,
}

/// Which series the format `prometheus` writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Series {
    #[default]
    All,
    /// Where checks stand, and not what they measured.
    States,
}

impl Default for OutputKeys {
    fn default() -> Self {
        Self { service: "{check}".to_owned(), series: Series::All }
    }
}

impl OutputKeys {
    /// Names a check as the other program knows it.
    #[must_use]
    pub(crate) fn service(&self, check: &str, host: &str) -> String {
        // In one pass: what stands in for one is not looked at again.
        let mut name = String::new();
        let mut rest = self.service.as_str();
        while let Some(at) = rest.find('{') {
            name += &rest[..at];
            rest = &rest[at..];
            let placeholder =
                [("{check}", check), ("{host}", host)].into_iter().find(|(text, _)| rest.starts_with(text));
            let (text, value) = placeholder.unwrap_or(("{", "{"));
            name += value;
            rest = &rest[text.len()..];
        }
        name + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_named_by_its_template() {
        let named = |service: &str| {
            OutputKeys { service: service.to_owned(), ..OutputKeys::default() }.service("a{host}", "web1")
        };
        assert_eq!(named("{check}"), "a{host}");
        assert_eq!(named("x {host} {check} {other} {"), "x web1 a{host} {other} {");
    }
}
