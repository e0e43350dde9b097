//! arcconf of Microchip (Adaptec): `getconfig N` (ARCCONF Command Line Utility User Guide).

use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::{Failure, Status};

use crate::indented::{self, Line};
use crate::thing::{Thing, Things, degrees};

/// Reads the controller and what belongs to it.
pub fn parse(text: &str, things: &mut Things) -> Result<(), Failure> {
    let mut label = "controller".to_owned();
    let mut pending: Option<Line> = None;
    let mut found = false;
    for line in indented::read(text) {
        let key = line.key.as_str();
        if let Some(number) = number(key, &["Logical Device number ", "Logical device number "]) {
            label = format!("volume {number}");
        } else if key.starts_with("Device #") {
            // Its place in the enclosure, which names it, is some lines below.
            (label, pending) = (String::new(), None);
        } else if matches!(key, "Controller Status" | "Status of Logical Device" | "Status of logical device") {
            found = true;
            if key == "Controller Status" {
                label = "controller".to_owned();
            }
            things.thing(&label).fact(line.value.as_str(), judged(&line.value));
        } else if key.starts_with("Reported Location") {
            label = format!("disk {}", location(&line.value));
            if let Some(state) = pending.take() {
                things.thing(&label).fact(state.value.as_str(), of_disk(&state.value));
            }
        } else if key == "State" && label.is_empty() {
            pending = Some(line);
        } else if key == "Overall Backup Unit Status" || key == "Status" && label == "battery" {
            things.thing("battery").fact(line.value.as_str(), of_battery(&line.value));
        } else if key.starts_with("Controller Battery Information") || key.starts_with("Green Backup Information") {
            label = "battery".to_owned();
        } else if label.starts_with("disk ") || found && label == "controller" {
            let thing = things.thing(&label);
            let read = number_of(&line, thing);
            thing.read(read);
        }
    }
    match found {
        true => Ok(()),
        // It says so on standard output, and exits with 0.
        false => Err(Field::new(text.trim()).error("tells of no controller").into()),
    }
}

fn number<'a>(key: &'a str, starts: &[&str]) -> Option<&'a str> {
    starts.iter().find_map(|start| key.strip_prefix(start))
}

/// Reads `Enclosure 0, Slot 1` or `Enclosure 0, Slot 1(Connector 0)`.
fn location(text: &str) -> String {
    let text = text.split('(').next().unwrap_or(text).trim();
    text.replace("Enclosure ", "").replace("Connector ", "").replace(", Slot ", ":").replace(", Device ", ":")
}

/// Returns the counts and temperatures of a disk; the controller has a temperature too.
fn number_of(line: &Line, thing: &mut Thing) -> Result<(), ParseError> {
    let count = || Field::new(line.value.as_str()).integer::<u64>();
    match line.key.as_str() {
        "S.M.A.R.T. warnings" => thing.predictive_failures = Some(count()?),
        "Medium Error Count" | "Media Failures" => thing.media_errors = Some(count()?),
        "Aborted Command Count" => thing.other_errors = Some(count()?),
        "Temperature" | "Current Temperature" if line.value.starts_with(|it: char| it.is_ascii_digit()) => {
            thing.temperature = Some(degrees(&line.value)?);
        }
        "S.M.A.R.T." if line.value == "Yes" => thing.fact("the disk says that it will fail", Status::Warning),
        _ => {}
    }
    Ok(())
}

fn judged(status: &str) -> Status {
    match status {
        "Optimal" | "OK" | "Okay" => Status::Ok,
        it if it.contains("Rebuild") || it.contains("Build") || it.contains("Verify") => Status::Warning,
        _ => Status::Critical,
    }
}

fn of_disk(state: &str) -> Status {
    match state {
        it if it.starts_with("Online")
            || it.starts_with("Ready")
            || it.starts_with("Raw")
            || it.contains("Hot-Spare")
            || it.contains("Hot Spare") =>
        {
            Status::Ok
        }
        it if it.contains("Rebuild") => Status::Warning,
        _ => Status::Critical,
    }
}

fn of_battery(status: &str) -> Status {
    match status {
        "Optimal" | "Ready" | "Not Installed" => Status::Ok,
        it if it.contains("harging") || it.contains("Calibrat") => Status::Warning,
        _ => Status::Critical,
    }
}
