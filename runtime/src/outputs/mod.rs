//! Verdicts as text: one format a file, each a pure function. Delivery is elsewhere.

pub mod escape;
pub mod json;
pub mod log_line;
pub mod nagios;
pub mod prometheus;
pub mod text;

#[cfg(test)]
mod perfdata;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::OutputFormat;
use crate::standing::Standing;

/// The content of an `[[output]]`: every check by name, as it is at `now`. The one list of encoders that do so.
#[must_use]
pub fn file(format: OutputFormat, checks: &BTreeMap<String, Standing>, now: Timestamp) -> String {
    match format {
        OutputFormat::Prometheus => prometheus::encode(checks, now),
    }
}
