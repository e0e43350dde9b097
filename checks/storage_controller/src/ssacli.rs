//! ssacli of HPE, before that hpssacli and hpacucli: `ctrl all show config detail` (HPE Smart Storage Administrator User Guide).

use roundsman_sdk::Failure;
use roundsman_sdk::Status;

use crate::indented::{self, Line};
use crate::thing::{Things, degrees};

/// Reads the controllers and what is below each.
pub fn parse(text: &str, things: &mut Things) -> Result<(), Failure> {
    let mut controller: Option<String> = None;
    let mut label = String::new();
    for line in indented::read(text) {
        if line.key == "Error" {
            return Err(line.field.error("is what the program says").into());
        }
        if line.depth == 0 {
            controller = slot(&line.key).map(|slot| format!("slot {slot}"));
            label = controller.clone().unwrap_or_default();
            if let Some(controller) = &controller {
                things.thing(controller);
            }
            continue;
        }
        let Some(controller) = &controller else { continue };
        if let Some(below) = below(&line) {
            label = below.map_or_else(|| controller.clone(), |name| format!("{controller}/{name}"));
            continue;
        }
        fact(&label, &line, controller, things);
    }
    match things.0.is_empty() {
        true => Err(Failure::new("no controller is listed")),
        false => Ok(()),
    }
}

/// Returns the slot in `Smart Array P440ar in Slot 0 (Embedded)`.
fn slot(heading: &str) -> Option<&str> {
    heading.split_once(" in Slot ")?.1.split_whitespace().next()
}

/// Returns the thing that a heading begins; `Some(None)` for one that nothing is told of, such as an array or a port.
fn below(line: &Line) -> Option<Option<String>> {
    match (line.key.as_str(), line.value.as_str()) {
        ("Logical Drive", number) => Some(Some(format!("volume {number}"))),
        (key, "") if key.starts_with("physicaldrive ") => Some(Some(key.replacen("physicaldrive", "disk", 1))),
        ("Array" | "array", _) | ("Unassigned" | "unassigned" | "HBA Drives", "") => Some(Some("array".to_owned())),
        (key, "")
            if key.starts_with("Port Name") || key.starts_with("Internal Drive Cage") || key.starts_with("SEP") =>
        {
            Some(Some("other".to_owned()))
        }
        _ => None,
    }
}

fn fact(label: &str, line: &Line, controller: &str, things: &mut Things) {
    let value = line.value.as_str();
    match (line.key.as_str(), label == controller) {
        ("Controller Status" | "Cache Status", true) => things.thing(label).fact(said(line), judged(value)),
        ("Battery/Capacitor Status", true) => {
            things.thing(&format!("{controller}/battery")).fact(value, judged(value));
        }
        ("Controller Temperature (C)", true) | ("Current Temperature (C)", false) => {
            let thing = things.thing(label);
            let read = degrees(value).map(|degrees| thing.temperature = Some(degrees));
            thing.read(read);
        }
        ("Status", false) if label.contains("/volume ") || label.contains("/disk ") => {
            things.thing(label).fact(value, judged(value));
        }
        _ => {}
    }
}

/// Returns a status of the controller with what it is of.
fn said(line: &Line) -> String {
    match line.key.as_str() {
        "Controller Status" => line.value.clone(),
        key => format!("{}: {}", key.to_ascii_lowercase(), line.value),
    }
}

fn judged(status: &str) -> Status {
    match status {
        "OK" | "Not Configured" | "Fully Cached" => Status::Ok,
        it if it.starts_with("Predictive Failure") || it.starts_with("Recover") || it.starts_with("Rebuild") => {
            Status::Warning
        }
        it if it.starts_with("Ready for") || it.starts_with("Recharging") || it.starts_with("Charging") => {
            Status::Warning
        }
        it if it.starts_with("Temporarily Disabled") => Status::Warning,
        _ => Status::Critical,
    }
}
