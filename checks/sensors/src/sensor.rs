//! One sensor, of a chip or of a thermal zone.

use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::{Failure, Status};

/// Below this no temperature is one: drivers say so of sensors that are not there.
const COLDEST: f64 = -100.0;

/// A sensor and what is known of it.
pub struct Sensor {
    /// `CHIP/SENSOR`, the same after each start of the host.
    pub label: String,
    /// Name of its chip's directory, such as `hwmon3`, which moves when the host starts anew.
    pub chip: String,
    /// Its file's name, such as `temp1`, which tells two of one label apart.
    pub file: String,
    /// `None` where it gives no value now, as one that nothing is connected to.
    pub reading: Result<Option<Reading>, Failure>,
}

/// A value, the limits that the chip has for it, and the flags that it has set.
pub struct Reading {
    pub value: Value,
    pub flags: Vec<Flag>,
}

/// A value in base units; a limit is `None` where the chip has none, or one that cannot be meant.
#[derive(Clone, Copy)]
pub enum Value {
    Temperature { value: f64, max: Option<f64>, critical: Option<f64> },
    Fan { value: f64, min: Option<f64> },
}

/// A flag that is set, and how bad it is.
#[derive(Clone)]
pub struct Flag {
    pub text: &'static str,
    pub status: Status,
}

/// Returns degrees from a file of thousandths. `None` of what cannot be a temperature.
pub fn degrees(field: &Field) -> Result<Option<f64>, ParseError> {
    let degrees = field.integer::<i64>()? as f64 / 1e3;
    Ok((degrees > COLDEST).then_some(degrees))
}

/// Returns a limit that may be meant: many chips have 0 where nobody set one.
pub fn limit(value: Option<f64>) -> Option<f64> {
    value.filter(|it| *it > 0.0)
}

/// Tells whether an error says that the sensor has no value now, and not that it could not be asked.
pub fn has_no_value(errno: Option<&str>) -> bool {
    matches!(errno, Some("ENODATA" | "EAGAIN" | "ENXIO" | "ENETDOWN" | "EINVAL" | "EOPNOTSUPP"))
}

/// Adds the file's name to labels that are there twice, and where that is not enough, the chip's.
pub fn tell_apart(sensors: &mut [Sensor]) {
    for by in [|it: &Sensor| it.file.clone(), |it: &Sensor| it.chip.clone()] {
        let labels: Vec<String> = sensors.iter().map(|it| it.label.clone()).collect();
        for (i, sensor) in sensors.iter_mut().enumerate() {
            if labels.iter().enumerate().any(|(other, label)| other != i && *label == labels[i]) {
                sensor.label = format!("{} ({})", sensor.label, by(sensor));
            }
        }
    }
}
