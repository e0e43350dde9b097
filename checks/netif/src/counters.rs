//! `/proc/net/dev` (proc(5)): two lines of heading, then an interface a line with 16 counters.

use std::borrow::Cow;

use roundsman_sdk::parse::{ParseError, Row, lines};
use roundsman_sdk::{Measure, Unit};

use crate::of_interface;

/// The columns that are told, by their number behind the name, and the metric that the rate of each becomes.
pub static RATES: [(usize, Measure); 8] = [
    (RECEIVED, of_interface("received_rate", PER_SECOND, "bytes received a second")),
    (SENT, of_interface("sent_rate", PER_SECOND, "bytes sent a second")),
    (1, of_interface("packets_received_rate", Unit::Number, "packets received a second")),
    (9, of_interface("packets_sent_rate", Unit::Number, "packets sent a second")),
    (2, of_interface("receive_error_rate", Unit::Number, "packets received with errors a second")),
    (10, of_interface("send_error_rate", Unit::Number, "packets not sent for errors a second")),
    (3, of_interface("receive_drop_rate", Unit::Number, "packets received and dropped a second")),
    (11, of_interface("send_drop_rate", Unit::Number, "packets dropped before they were sent a second")),
];
pub const RECEIVED: usize = 0;
pub const SENT: usize = 8;
const PER_SECOND: Unit = Unit::Other(Cow::Borrowed("B/s"));
const COLUMNS: usize = 16;

/// Interfaces with their columns.
pub type Counters = Vec<(String, [u64; COLUMNS])>;

pub fn parse(text: &str) -> Result<Counters, ParseError> {
    let mut all = Counters::new();
    for line in lines(text).skip(2) {
        // A name may hold colons, as those of aliases do; the numbers hold none.
        let at = line.text().rfind(':').ok_or_else(|| line.error("has no \":\""))?;
        let name = line.text()[..at].trim().to_owned();
        let row = Row::of(line.clone());
        let behind = row.columns().len().saturating_sub(COLUMNS);
        let mut counters = [0; COLUMNS];
        for (i, counter) in counters.iter_mut().enumerate() {
            let column = row.column(behind + i)?;
            // Kernels before 2.6.30 write the first number next to the colon.
            *counter = match column.text().rfind(':') {
                None => column.integer()?,
                Some(_) => return Err(line.error(&format!("has not {COLUMNS} numbers"))),
            };
        }
        all.push((name, counters));
    }
    match all.is_empty() {
        true => Err(ParseError::whole("the text names no interface, not even \"lo\"")),
        false => Ok(all),
    }
}

/// The counters that are told of the interfaces that are wanted, with keys that are unique among all.
pub fn series(all: &Counters, wanted: impl Fn(&str) -> bool) -> Vec<(String, u64)> {
    let wanted = all.iter().filter(|(name, _)| wanted(name));
    wanted
        .flat_map(|(name, counters)| RATES.iter().map(|(column, _)| (key(name, *column), counters[*column])))
        .collect()
}

pub fn key(name: &str, column: usize) -> String {
    format!("{name}/{column}")
}
