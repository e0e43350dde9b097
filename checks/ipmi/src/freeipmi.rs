//! FreeIPMI: values apart by commas, without quotes (ipmi-sensors(8), ipmi-sel(8)).

use roundsman_sdk::parse::{Field, ParseError, lines};
use roundsman_sdk::{Failure, Status};

use crate::events::Event;
use crate::sensor::{Seen, Sensor, listed, metric};

pub const SENSORS: [&str; 5] = [
    "/usr/sbin/ipmi-sensors",
    "--comma-separated-output",
    "--no-header-output",
    "--output-sensor-state",
    "--ignore-not-available-sensors",
];
pub const EVENTS: [&str; 4] =
    ["/usr/sbin/ipmi-sel", "--comma-separated-output", "--no-header-output", "--output-event-state"];

/// Reads `ID,Name,Type,State,Reading,Units,Event`; an event may have commas.
pub fn sensors(text: &str) -> Result<Vec<Sensor>, ParseError> {
    let mut sensors = Vec::new();
    for line in lines(text).filter(|line| !line.text().trim().is_empty()) {
        let columns: Vec<&str> = line.text().splitn(7, ',').map(str::trim).collect();
        let [id, name, kind, state, reading, units, event] = columns[..] else {
            let message = "is no sensor with its state: grant --comma-separated-output --output-sensor-state";
            return Err(line.error(message));
        };
        Field::new(id)
            .integer::<u64>()
            .map_err(|_| line.error("has no number of a sensor: grant --no-header-output"))?;
        let seen = seen(state, reading, units, event)
            .map_err(|error| Failure::from(ParseError { line: line.line(), column: 0, ..error }));
        sensors.push(Sensor {
            name: name.to_owned(),
            id: id.to_owned(),
            seen: seen.map(|it| it.map(|it| of_kind(kind, it))),
        });
    }
    listed(sensors)
}

fn seen(state: &str, reading: &str, units: &str, event: &str) -> Result<Option<Seen>, ParseError> {
    let status = match state {
        "Nominal" => Status::Ok,
        "Warning" => Status::Warning,
        "Critical" => Status::Critical,
        // Without a state it is not judged, and with neither it is not there.
        "N/A" if reading == "N/A" => return Ok(None),
        "N/A" => Status::Ok,
        other => return Err(Field::new(other).error("is no state of a sensor")),
    };
    if event != "N/A" && !event.starts_with('\'') {
        return Err(Field::new(event).error("is no event in quotes: a value before it has a comma"));
    }
    let (text, metric) = match reading {
        "N/A" => (event.trim_matches('\'').to_owned(), None),
        number => (format!("{number} {units}"), metric(Field::new(number).decimal()?, units)),
    };
    Ok(Some(Seen { text, status, metric }))
}

/// Adds the kind of what is wrong, whose name often does not say it.
fn of_kind(kind: &str, seen: Seen) -> Seen {
    let text = if seen.status == Status::Ok { seen.text } else { format!("{kind}: {}", seen.text) };
    Seen { text, ..seen }
}

/// Reads `ID,Date,Time,Name,Type,State,Event`.
pub fn events(text: &str) -> Result<Vec<Event>, ParseError> {
    let mut events = Vec::new();
    for line in lines(text).filter(|line| !line.text().trim().is_empty()) {
        let columns: Vec<&str> = line.text().splitn(7, ',').map(str::trim).collect();
        let [id, date, time, name, _, state, event] = columns[..] else {
            return Err(line.error("is no event with its state: grant --comma-separated-output --output-event-state"));
        };
        let id =
            Field::new(id).integer().map_err(|_| line.error("has no number of an event: grant --no-header-output"))?;
        let text = format!("{date} {time} {name}: {}", event.trim_matches('\''));
        events.push(Event { id, text, nominal: state == "Nominal" });
    }
    Ok(events)
}
