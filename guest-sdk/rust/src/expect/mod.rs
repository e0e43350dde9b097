//! What an operator expects of a text that no check knows the format of: lines that must or must not be there, and
//! numbers to pick out.
//!
//! ```
//! use roundsman_sdk::expect::{self, Number, Picked, Summary, Wanted};
//! use roundsman_sdk::{Pattern, fake::Fake};
//!
//! // As an operator gives them in a table of options.
//! let forbidden: Vec<Pattern> = serde_json::from_str(r#"["(?i)error"]"#).unwrap();
//! let expected: Vec<Pattern> = serde_json::from_str(r#"["^ready", "^done"]"#).unwrap();
//! let numbers: Vec<Number> = serde_json::from_str(r#"[{"name": "jobs", "pattern": "jobs: ([0-9]+)"}]"#).unwrap();
//! let text = "ready\njobs: 7\nError 5\n";
//! assert_eq!(expect::lacking(text, &expected)[0].text(), "^done");
//! assert_eq!(expect::found(text, &forbidden)[0].1, "Error 5");
//!
//! let wanted = Wanted { numbers: &numbers, ..Wanted::default() };
//! assert!(!wanted.is_empty() && wanted.problems(&[]).is_empty() && wanted.needs().is_empty());
//! assert_eq!(wanted.declared().len(), 1);
//! let (mut problems, summary) = (Vec::new(), serde_json::from_str(r#""{jobs} of {all}""#).unwrap());
//! wanted.judge(Some(&summary), &mut problems);
//! assert_eq!(problems[0].key, "summary");
//! let picked: Picked = Fake::new().with(|| wanted.pick(text).told(&wanted));
//! assert_eq!((picked.metrics[0].value, picked.broken.len()), (7.0, 0));
//! assert_eq!(expect::said(&picked.metrics), ["jobs 7"]);
//! assert_eq!(Summary::FirstLine.of(text, &picked.metrics).as_deref(), Some("ready"));
//!
//! // Tables, JSON by its places, and series, each by what an operator writes.
//! use roundsman_sdk::expect::{Column, JsonValue, NumberKind, Pointer, RowStatus, Rows, Series, TextFormat, ToldAs};
//!
//! let rows: Rows = serde_json::from_str(
//!     r#"{
//!         "header": true, "labels": ["disk"], "numbers": {"used": {"suffix": "%"}},
//!         "status": {"column": "state", "ok": "ok", "*": "critical"}
//!     }"#,
//! )
//! .unwrap();
//! let used: &Column = rows.numbers.get("used").unwrap();
//! let state: &RowStatus = rows.status.as_ref().unwrap();
//! assert_eq!((used.suffix.as_deref(), state.column.as_str()), (Some("%"), "state"));
//! let disks = Wanted { rows: Some(&rows), ..Wanted::default() }.pick("disk used state\nsda 42% ok\nsdb 7% bad\n");
//! assert_eq!((disks.metrics[0].value, disks.judged.len()), (42.0, 2));
//!
//! let json: Vec<JsonValue> = serde_json::from_str(r#"[{"name": "depth", "path": "/queues/{queue}"}]"#).unwrap();
//! let path: &Pointer = &json[0].path;
//! assert!(format!("{path:?}").contains("queues") && json[0].told_as == ToldAs::Value);
//! assert!(matches!(json[0].kind, NumberKind::Gauge));
//! let mut queues = Wanted { json: &json, ..Wanted::default() }.pick(r#"{"queues": {"mail": 3}}"#).labelled("host", "a");
//! assert_eq!(queues.metrics[0].labels.len(), 2);
//! queues.add(disks);
//! assert_eq!(queues.metrics.len(), 3);
//!
//! let series: Vec<Series> = serde_json::from_str(r#"[{"from": "jobs_waiting", "name": "waiting"}]"#).unwrap();
//! let wanted = Wanted { series: &series, format: Some(TextFormat::Prometheus), ..Wanted::default() };
//! assert_eq!(wanted.pick("jobs_waiting 4\n").metrics[0].value, 4.0);
//!
//! // An option as it was spelt before, for `Check::replaced`.
//! assert_eq!(expect::replaced("series_prefix", r#"{"series_prefix": "x_"}"#).as_deref(), Some("other_series = \"x_\""));
//! ```

mod exposition;
mod json;
mod number;
mod pick;
mod pointer;
mod risen;
mod row_status;
mod rows;
mod said;
mod series;
mod shape;
mod summary;
mod when;

use crate::Pattern;
use crate::text::cut;

pub use json::JsonValue;
pub use number::{Number, NumberKind, ToldAs};
pub use pick::{Picked, Wanted};
pub use pointer::Pointer;
pub use row_status::RowStatus;
pub use rows::{Column, Rows};
pub use said::said;
pub use series::{Series, TextFormat, replaced};
pub use summary::Summary;

/// Returns the patterns that no line of the text matches.
pub fn lacking<'a>(text: &str, patterns: &'a [Pattern]) -> Vec<&'a Pattern> {
    patterns.iter().filter(|pattern| !text.lines().any(|line| pattern.matches(line))).collect()
}

/// Returns the patterns that a line of the text matches, with the first such line, cut to 200 characters.
pub fn found<'a>(text: &str, patterns: &'a [Pattern]) -> Vec<(&'a Pattern, String)> {
    let first = |pattern: &Pattern| text.lines().find(|line| pattern.matches(line)).map(|line| cut(line, 200));
    patterns.iter().filter_map(|pattern| Some((pattern, first(pattern)?))).collect()
}

#[cfg(test)]
mod tests;
