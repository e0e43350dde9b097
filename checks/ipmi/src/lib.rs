//! Sensors of the management controller of a server, by the states that it gives them itself, and new events of its log.
#![forbid(unsafe_code)]

mod events;
mod freeipmi;
mod ipmitool;
mod judge;
mod options;
mod sensor;

use std::borrow::Cow;

use roundsman_sdk::commands::{self, Command, GrantedCommand};
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Unit};

use events::Event;
use options::Options;
use sensor::Sensor;

const LABELS: &[&str] = &["sensor"];

const TEMPERATURE: Measure = Measure::gauge("temperature", Unit::Celsius, "of the sensor").labels(LABELS);
const FAN_SPEED: Measure = Measure::gauge("fan_speed", Unit::Other(Cow::Borrowed("rpm")), "of the fan").labels(LABELS);
const VOLTAGE: Measure = Measure::gauge("voltage", Unit::Other(Cow::Borrowed("V")), "at the sensor").labels(LABELS);
const CURRENT: Measure = Measure::gauge("current", Unit::Other(Cow::Borrowed("A")), "at the sensor").labels(LABELS);
const POWER: Measure = Measure::gauge("power", Unit::Other(Cow::Borrowed("W")), "at the sensor").labels(LABELS);
const NEW_EVENTS: Measure = Measure::gauge("new_events", Unit::Number, "in the log since the run before");

/// The check; see README.md for its options and metrics.
pub struct Ipmi;

impl Check for Ipmi {
    type Options = Options;

    fn describe() -> Descriptor {
        let metrics = [&TEMPERATURE, &FAN_SPEED, &VOLTAGE, &CURRENT, &POWER, &NEW_EVENTS];
        let descriptor = Descriptor::new(
            "ipmi",
            env!("CARGO_PKG_VERSION"),
            "sensors and new events of a server's management controller",
        );
        let needs: [(&[&str], &str); 4] = [
            (&freeipmi::SENSORS, "FreeIPMI tells the sensors; or ipmitool below"),
            (&freeipmi::EVENTS, "FreeIPMI tells the log"),
            (&["/usr/bin/ipmitool", "sdr", "elist"], "ipmitool tells the sensors"),
            (&["/usr/bin/ipmitool", "sel", "elist"], "ipmitool tells the log"),
        ];
        let descriptor = metrics.into_iter().fold(descriptor, Descriptor::metric);
        needs.into_iter().fold(descriptor, |all, (argv, why)| all.need(Need::command(argv, why).optional()))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let granted = commands::all_granted()?;
        let (mut sensors, mut log) = (Vec::new(), None);
        let mut failed = Vec::new();
        for it in &granted {
            match look(it) {
                Ok(Told::Sensors(told)) => sensors.extend(told),
                Ok(Told::Events(told)) => log = Some(told),
                Err(failure) => failed.push((it.argv.join(" "), failure)),
            }
        }
        sensor::tell_apart(&mut sensors);
        let new = log.map(|log| events::new(&log)).transpose()?;
        Ok(judge::judge(&sensors, new.as_deref(), &failed, &options))
    }
}

/// The lists that a command told.
enum Told {
    Sensors(Vec<Sensor>),
    Events(Vec<Event>),
}

/// Runs a command. Which one it is, its program and its arguments say.
fn look(granted: &GrantedCommand) -> Result<Told, Failure> {
    let command = Command::new(granted.argv.iter().cloned());
    let program = granted.argv.first().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let has = |word: &str| granted.argv.iter().any(|it| it == word);
    let parse: fn(&str) -> Result<Told, Failure> = match program {
        "ipmi-sensors" => |text| Ok(Told::Sensors(freeipmi::sensors(text)?)),
        "ipmi-sel" => |text| Ok(Told::Events(freeipmi::events(text)?)),
        "ipmitool" if has("sdr") || has("sensor") => |text| Ok(Told::Sensors(ipmitool::sensors(text)?)),
        "ipmitool" if has("sel") => |text| Ok(Told::Events(ipmitool::events(text)?)),
        _ => {
            let known = "ipmi-sensors, ipmi-sel, ipmitool sdr elist, ipmitool sel elist";
            return Err(Failure::new(format!("{command}: is none of the commands that this check reads: {known}")));
        }
    };
    command.parsed(parse)
}

roundsman_sdk::export!(Ipmi);

#[cfg(test)]
mod tests;
