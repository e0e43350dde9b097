//! Verdicts as text: one format a file, each a pure function. Delivery is elsewhere.

pub mod alertmanager;
pub mod checkmk;
pub mod command_record;
pub mod history_line;
pub mod host;
pub mod icinga;
pub mod influx;
pub mod json;
pub mod log_line;
pub mod mail;
pub mod nagios;
pub mod otlp;
pub mod page;
pub mod prometheus;
mod receiver_series;
pub mod scene;
pub mod table;
pub mod text;
pub mod value_formats;
pub mod width;
pub mod zabbix;

#[cfg(test)]
mod perfdata;

use scene::{OutputKeys, OutputScene};

/// A format of an `[output.NAME]` that is written to a file: a file that shows every check to another program.
#[derive(Debug)]
pub struct FileFormat {
    /// In the configuration.
    pub word: &'static str,
    /// Path at which the other program looks for such files.
    pub usual_path: &'static str,
    /// Ending of their names; the other program reads no file without it.
    pub ending: &'static str,
    /// Keys of its own in the configuration.
    pub keys: &'static [&'static str],
    /// Whether it shows the history.
    pub shows_history: bool,
    /// The content: every check by name, as it is at a time.
    pub encode: fn(&OutputScene<'_>, &OutputKeys) -> String,
}

/// The one list of them: to add one, add its file to this folder and its entry here.
pub static FILE_FORMATS: [FileFormat; 3] = [
    FileFormat {
        word: "prometheus",
        usual_path: "/var/lib/prometheus/node-exporter/roundsman.prom",
        ending: ".prom",
        keys: &["series"],
        shows_history: false,
        encode: prometheus::textfile,
    },
    FileFormat {
        word: "checkmk",
        usual_path: "/var/lib/check_mk_agent/spool/300_roundsman",
        ending: "",
        keys: &["service"],
        shows_history: false,
        encode: checkmk::encode,
    },
    FileFormat {
        word: "html",
        usual_path: "/var/www/html/roundsman/index.html",
        ending: ".html",
        keys: &[],
        shows_history: true,
        encode: page::encode,
    },
];
