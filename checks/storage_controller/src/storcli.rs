//! storcli of Broadcom and perccli of Dell, which print the same JSON (StorCLI Reference Manual): `/call show all J` and
//! `/call/eall/sall show all J`.

use roundsman_sdk::parse::{Node, ParseError, document};
use roundsman_sdk::{Failure, Status};

use crate::thing::{Thing, Things, degrees};

/// Reads what either command prints. A controller that could not be asked says so in its part.
pub fn parse(text: &str, things: &mut Things) -> Result<(), Failure> {
    // Some versions print lines about themselves before it.
    let json = text.find('{').map_or(text, |start| &text[start..]);
    let document = document(json)?;
    for controller in document.root().get("Controllers")?.items()? {
        let said = controller.get("Command Status")?;
        let name = match said.find("Controller")? {
            Some(number) => {
                format!("c{}", number.natural().map(|it| it.to_string()).or_else(|_| number.text().map(str::to_owned))?)
            }
            None => "c?".to_owned(),
        };
        let Some(data) = controller.find("Response Data")? else {
            let why = said.find("Description")?.map(|it| it.text()).transpose()?.unwrap_or("no reason is told");
            if said.get("Status")?.text()? != "Success" {
                return Err(Failure::new(format!("{name}: {why}")));
            }
            return Err(controller.error("has no \"Response Data\"").into());
        };
        let read = part(&name, &data, things);
        things.thing(&name).read(read);
    }
    Ok(())
}

fn part(controller: &str, data: &Node, things: &mut Things) -> Result<(), ParseError> {
    if let Some(status) = data.find("Status")? {
        of_controller(&status, things.thing(controller))?;
    } else if data.find("PD LIST")?.is_none() && !data.members()?.iter().any(|(key, _)| key.starts_with("Drive /")) {
        return Err(data.error("has no \"Status\" and no drives"));
    }
    counted(data, "Virtual Drives", "VD LIST")?;
    counted(data, "Physical Drives", "PD LIST")?;
    for volume in list(data, "VD LIST")? {
        let id = volume.get("DG/VD")?.text()?;
        let thing = things.thing(&format!("{controller}/volume {}", id.rsplit('/').next().unwrap_or(id)));
        let read = of_volume(&volume, thing);
        thing.read(read);
    }
    for disk in list(data, "PD LIST")? {
        of_disk(controller, &disk, things)?;
    }
    for battery in [list(data, "BBU_Info")?, list(data, "Cachevault_Info")?].concat() {
        let thing = things.thing(&format!("{controller}/battery"));
        let read = of_battery(&battery, thing);
        thing.read(read);
    }
    for (key, node) in data.members()? {
        let Some(drive) = key.strip_prefix("Drive /") else { continue };
        match drive.split_once(" - ") {
            None => node.items()?.iter().try_for_each(|disk| of_disk(controller, disk, things))?,
            Some((path, _)) => details(controller, path, &node, things)?,
        }
    }
    Ok(())
}

/// Returns the rows of a table, which is left out where there is none.
fn list<'a>(data: &Node<'a>, key: &str) -> Result<Vec<Node<'a>>, ParseError> {
    data.find(key)?.map_or(Ok(Vec::new()), |table| table.items())
}

/// Returns an error where a table has not as many rows as the controller counts; older versions do not count.
fn counted(data: &Node, count: &str, table: &str) -> Result<(), ParseError> {
    let Some(count) = data.find(count)? else { return Ok(()) };
    let (told, rows) = (count.natural_or_text()?, list(data, table)?.len() as u64);
    if told == rows { Ok(()) } else { Err(count.error(&format!("is {told}, and \"{table}\" has {rows} rows"))) }
}

fn of_controller(status: &Node, thing: &mut Thing) -> Result<(), ParseError> {
    let word = status.get("Controller Status")?.text()?;
    let judged = match word {
        "Optimal" | "OK" => Status::Ok,
        // What it is that needs attention has a part of its own.
        "Needs Attention" => Status::Warning,
        _ => Status::Critical,
    };
    thing.fact(word, judged);
    for (key, status_of) in
        [("Memory Uncorrectable Errors", Status::Critical), ("Memory Correctable Errors", Status::Warning)]
    {
        let errors = status.find(key)?.map(|it| it.natural()).transpose()?.unwrap_or(0);
        if errors > 0 {
            thing.fact(format!("{errors} {}", key.to_ascii_lowercase()), status_of);
        }
    }
    Ok(())
}

fn of_volume(volume: &Node, thing: &mut Thing) -> Result<(), ParseError> {
    let state = volume.get("State")?.text()?;
    let judged = match state {
        "Optl" => Status::Ok,
        "Rec" => Status::Warning,
        _ => Status::Critical,
    };
    let kind = volume.find("TYPE")?.map(|it| it.text()).transpose()?.unwrap_or("volume");
    thing.fact(format!("{kind} {state}"), judged);
    Ok(())
}

/// Returns a disk by its enclosure and slot, in whichever list it is.
fn of_disk(controller: &str, disk: &Node, things: &mut Things) -> Result<(), ParseError> {
    let place = disk.get("EID:Slt")?.text()?;
    let thing = things.thing(&format!("{controller}/disk {}", place.trim_start_matches([' ', ':'])));
    let read = disk.get("State").and_then(|it| it.text()).map(|state| {
        let judged = match state {
            "Onln" | "UGood" | "GHS" | "DHS" | "JBOD" | "UGUnsp" => Status::Ok,
            "Rbld" | "Cpybck" | "CBShld" | "UGShld" | "HSPShld" | "CFShld" => Status::Warning,
            _ => Status::Critical,
        };
        thing.fact(state, judged);
    });
    thing.read(read);
    Ok(())
}

fn of_battery(battery: &Node, thing: &mut Thing) -> Result<(), ParseError> {
    let state = battery.get("State")?.text()?;
    let judged = match state {
        "Optimal" | "Optl" => Status::Ok,
        "Learning" | "Charging" | "Discharging" | "Dgd" | "Degraded" => Status::Warning,
        _ => Status::Critical,
    };
    thing.fact(state, judged);
    if let Some(temperature) = battery.find("Temp")? {
        thing.temperature = Some(degrees(temperature.text()?)?);
    }
    Ok(())
}

/// Reads the details that only the long list has of a disk: `c0/e252/s1`.
fn details(controller: &str, path: &str, data: &Node, things: &mut Things) -> Result<(), ParseError> {
    let parts: Vec<&str> = path.split('/').filter_map(|part| part.strip_prefix(['e', 's'])).collect();
    let thing = things.thing(&format!("{controller}/disk {}", parts.join(":")));
    for (key, state) in data.members()? {
        if key.ends_with(" State") {
            let read = of_details(&state, thing);
            thing.read(read);
        }
    }
    Ok(())
}

fn of_details(state: &Node, thing: &mut Thing) -> Result<(), ParseError> {
    thing.media_errors = Some(state.get("Media Error Count")?.natural()?);
    thing.other_errors = state.find("Other Error Count")?.map(|it| it.natural()).transpose()?;
    thing.predictive_failures = Some(state.get("Predictive Failure Count")?.natural()?);
    if let Some(alert) = state.find("S.M.A.R.T alert flagged by drive")?
        && alert.text()? == "Yes"
    {
        thing.fact("the disk says that it will fail", Status::Warning);
    }
    match state.find("Drive Temperature")?.map(|it| it.text()).transpose()? {
        None | Some("N/A") => {}
        Some(text) => thing.temperature = Some(degrees(text)?),
    }
    Ok(())
}
