//! Verdicts as text: one format a file, each a pure function. Delivery is elsewhere.

pub mod command_record;
pub mod host;
pub mod json;
pub mod log_line;
pub mod nagios;
pub mod prometheus;
pub mod table;
pub mod text;
pub mod width;

#[cfg(test)]
mod perfdata;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::standing::Standing;

/// A format of an `[output.NAME]` that is written to a file: a file that shows every check to another program.
#[derive(Debug)]
pub struct FileFormat {
    /// In the configuration.
    pub word: &'static str,
    /// Path at which the other program looks for such files.
    pub usual_path: &'static str,
    /// Ending of their names; the other program reads no file without it.
    pub ending: &'static str,
    /// The content: every check by name, as it is at a time.
    pub encode: fn(&BTreeMap<String, Standing>, Timestamp) -> String,
}

/// The one list of them: to add one, add its file to this folder and its entry here.
pub static FILE_FORMATS: [FileFormat; 1] = [FileFormat {
    word: "prometheus",
    usual_path: "/var/lib/prometheus/node-exporter/roundsman.prom",
    ending: ".prom",
    encode: prometheus::encode,
}];
