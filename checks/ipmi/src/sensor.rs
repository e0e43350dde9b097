//! A sensor as the management controller tells it.

use roundsman_sdk::parse::ParseError;
use roundsman_sdk::{Failure, Metric, Status};

use crate::{CURRENT, FAN_SPEED, POWER, TEMPERATURE, VOLTAGE};

/// A sensor by the name that the vendor gave it.
pub struct Sensor {
    pub name: String,
    /// Tells two of one name apart.
    pub id: String,
    /// `None` of one that has neither a reading nor a state now.
    pub seen: Result<Option<Seen>, Failure>,
}

/// A reading in words, its number where it has one, and the state that the controller gives it.
pub struct Seen {
    pub text: String,
    pub status: Status,
    pub metric: Option<Metric>,
}

/// Returns the metric of a number with its unit; `None` of a unit that is not known.
pub fn metric(value: f64, unit: &str) -> Option<Metric> {
    let measure = match unit {
        "C" | "degrees C" => &TEMPERATURE,
        "RPM" => &FAN_SPEED,
        "V" | "Volts" => &VOLTAGE,
        "A" | "Amps" => &CURRENT,
        "W" | "Watts" => &POWER,
        _ => return None,
    };
    Some(measure.value(value))
}

/// Returns the sensors that were listed: a controller without any is one that was not asked.
pub fn listed(sensors: Vec<Sensor>) -> Result<Vec<Sensor>, ParseError> {
    if sensors.is_empty() { Err(ParseError::whole("no sensor was printed")) } else { Ok(sensors) }
}

/// Adds the id to names that are there twice.
pub fn tell_apart(sensors: &mut [Sensor]) {
    let names: Vec<String> = sensors.iter().map(|it| it.name.clone()).collect();
    for (i, sensor) in sensors.iter_mut().enumerate() {
        if names.iter().filter(|it| **it == names[i]).count() > 1 {
            sensor.name = format!("{} ({})", sensor.name, sensor.id);
        }
    }
}
