//! One port as `/sys/class/fc_host` shows it; words and counters are those of the kernel's `scsi_transport_fc.c`.

use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::{Measure, Unit};

use crate::HOSTS;

use crate::Files;

/// Value that the kernel shows for a counter that the driver does not keep.
const NOT_KEPT: u64 = u64::MAX;

/// A file of `statistics/`, and the metric that its rate becomes.
pub struct Counter {
    pub file: &'static str,
    pub rate: Measure,
}

const fn counter(file: &'static str, name: &'static str, help: &'static str) -> Counter {
    Counter { file, rate: Measure::gauge(name, Unit::Number, help).labels(&["port"]) }
}

pub static COUNTERS: [Counter; 10] = [
    counter("link_failure_count", "link_failure_rate", "link failures a second"),
    counter("loss_of_sync_count", "loss_of_sync_rate", "losses of synchronisation a second"),
    counter("loss_of_signal_count", "loss_of_signal_rate", "losses of signal a second"),
    counter("prim_seq_protocol_err_count", "protocol_error_rate", "primitive sequence protocol errors a second"),
    counter("invalid_tx_word_count", "invalid_word_rate", "invalid transmission words a second"),
    counter("invalid_crc_count", "invalid_crc_rate", "frames with an invalid checksum a second"),
    counter("error_frames", "error_frame_rate", "frames with errors a second"),
    counter("dumped_frames", "dumped_frame_rate", "frames dropped for want of buffers a second"),
    counter("lip_count", "lip_rate", "loop initialisations a second"),
    counter("nos_count", "nos_rate", "not-operational sequences a second"),
];

/// Knowledge of a port. Each part stands alone, so that one broken file does not hide the others.
pub struct Port {
    /// Such as `host3`.
    pub name: String,
    pub state: Result<String, String>,
    /// Gbit/s; `None` if none is negotiated.
    pub speed: Result<Option<u64>, String>,
    pub port_name: Option<String>,
    pub node_name: Option<String>,
    /// The counters that the driver keeps, in the order of [`COUNTERS`], and what did not parse.
    pub statistics: Vec<(&'static Counter, u64)>,
    pub broken: Vec<String>,
}

impl Port {
    pub fn parse(name: &str, files: &Files) -> Self {
        let find = |file: &str| files.iter().find(|(it, _)| it == file).map(|(_, text)| text);
        let mut broken = Vec::new();
        let mut statistics = Vec::new();
        for counter in &COUNTERS {
            let file = format!("statistics/{}", counter.file);
            match find(&file).map(|text| parsed(name, &file, text, count)) {
                // Drivers differ in what they keep, and leave out what they do not.
                None | Some(Ok(None)) => {}
                Some(Ok(Some(value))) => statistics.push((counter, value)),
                Some(Err(error)) => broken.push(error),
            }
        }
        let read =
            |file: &str| find(file).ok_or_else(|| format!("{HOSTS}/{name}/{file}: does not exist, or is not granted"));
        let word = |file: &str| find(file)?.as_ref().ok().map(|text| text.trim().to_owned());
        Self {
            name: name.to_owned(),
            state: read("port_state").and_then(|text| parsed(name, "port_state", text, state)),
            speed: read("speed").and_then(|text| parsed(name, "speed", text, speed)),
            port_name: word("port_name"),
            node_name: word("node_name"),
            statistics,
            broken,
        }
    }

    /// Its counters with keys that are unique among all ports.
    pub fn counters(&self) -> impl Iterator<Item = (String, u64)> {
        self.statistics.iter().map(|(counter, value)| (self.key(counter), *value))
    }

    pub fn key(&self, counter: &Counter) -> String {
        format!("{}/{}", self.name, counter.file)
    }
}

type Read = Result<String, String>;

fn parsed<T>(port: &str, file: &str, text: &Read, parse: fn(&str) -> Result<T, ParseError>) -> Result<T, String> {
    parse(text.as_ref().map_err(String::clone)?).map_err(|error| format!("{HOSTS}/{port}/{file}: {error}"))
}

/// `Online`, or another word; which words there are grows with the kernel.
pub fn state(text: &str) -> Result<String, ParseError> {
    let word = Field::new(text).trimmed();
    if word.text().is_empty() {
        return Err(word.error("is no state of a port"));
    }
    Ok(word.text().to_owned())
}

/// `16 Gbit`; nothing for a port that has negotiated none.
pub fn speed(text: &str) -> Result<Option<u64>, ParseError> {
    let field = Field::new(text).trimmed();
    match field.text() {
        "unknown" | "Unknown" | "Not Negotiated" => Ok(None),
        _ => field.without_end(" Gbit")?.integer().map(Some),
    }
}

/// `0x1f`; nothing for a counter that the driver does not keep.
pub fn count(text: &str) -> Result<Option<u64>, ParseError> {
    let value = Field::new(text).trimmed().hex()?;
    Ok((value != NOT_KEPT).then_some(value))
}
