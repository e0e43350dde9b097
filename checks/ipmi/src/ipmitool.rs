//! ipmitool: columns apart by `|` (ipmitool(1)).

use roundsman_sdk::parse::{Field, ParseError, lines};
use roundsman_sdk::{Failure, Status};

use crate::events::Event;
use crate::sensor::{Seen, Sensor, listed, metric};

/// Units of readings that are numbers; others are words, such as `Presence detected`.
const UNITS: [&str; 5] = ["degrees C", "RPM", "Volts", "Amps", "Watts"];

/// Reads `sdr elist`: name, number, state, entity, reading.
pub fn sensors(text: &str) -> Result<Vec<Sensor>, ParseError> {
    let mut sensors = Vec::new();
    for line in lines(text).filter(|line| !line.text().trim().is_empty()) {
        let columns: Vec<&str> = line.text().split('|').map(str::trim).collect();
        let [name, id, state, _, reading] = columns[..] else {
            return Err(line.error("is no sensor as of `sdr elist`"));
        };
        let seen =
            seen(state, reading).map_err(|error| Failure::from(ParseError { line: line.line(), column: 0, ..error }));
        sensors.push(Sensor { name: name.to_owned(), id: id.to_owned(), seen });
    }
    listed(sensors)
}

fn seen(state: &str, reading: &str) -> Result<Option<Seen>, ParseError> {
    let status = match state {
        "ok" => Status::Ok,
        // Non-critical, critical, non-recoverable; some versions say of which side.
        "nc" | "unc" | "lnc" => Status::Warning,
        "cr" | "nr" | "ucr" | "lcr" | "unr" | "lnr" => Status::Critical,
        "ns" | "na" => return Ok(None),
        other => return Err(Field::new(other).error("is no state of a sensor")),
    };
    let metric = match UNITS.iter().find_map(|unit| Some((reading.strip_suffix(unit)?, unit))) {
        Some((number, unit)) => metric(Field::new(number.trim_end()).decimal()?, unit),
        None => None,
    };
    let text = if reading.is_empty() { state } else { reading };
    Ok(Some(Seen { text: text.to_owned(), status, metric }))
}

/// Reads `sel elist`: number in hex digits, date, time, sensor, event, and whether it began or ended.
pub fn events(text: &str) -> Result<Vec<Event>, ParseError> {
    let mut events = Vec::new();
    for line in lines(text).filter(|line| !line.text().trim().is_empty()) {
        if line.text().trim() == "SEL has no entries" {
            continue;
        }
        let columns: Vec<&str> = line.text().split('|').map(str::trim).collect();
        let [id, date, time, sensor, event, ..] = columns[..] else {
            return Err(line.error("is no event as of `sel elist`"));
        };
        let id = Field::new(format!("0x{id}")).hex().map_err(|_| line.error("begins with no number of an event"))?;
        let nominal = columns.get(5) == Some(&"Deasserted") || event.starts_with("Log area");
        events.push(Event { id, text: format!("{date} {time} {sensor}: {event}"), nominal });
    }
    Ok(events)
}
