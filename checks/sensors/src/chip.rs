//! A chip below `/sys/class/hwmon` and its sensors.

use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::tree::Thing;
use roundsman_sdk::{Failure, Status};

use crate::sensor::{Flag, Reading, Sensor, Value, degrees, has_no_value, limit};

/// Flags of a temperature, what they say, and how bad that is.
const OF_TEMPERATURE: [(&str, &str, Status); 5] = [
    ("crit_alarm", "the chip says that it is too hot", Status::Critical),
    ("emergency_alarm", "the chip says that it is far too hot", Status::Critical),
    ("max_alarm", "the chip says that it is hot", Status::Warning),
    ("alarm", "the chip has set its alarm", Status::Warning),
    ("fault", "the sensor is faulty", Status::Warning),
];
const OF_FAN: [(&str, &str, Status); 3] = [
    ("min_alarm", "the chip says that it is too slow", Status::Warning),
    ("alarm", "the chip has set its alarm", Status::Warning),
    ("fault", "the fan is faulty", Status::Warning),
];

/// Returns the sensors of a chip; `place` is what its link leads to.
pub fn sensors(chip: &Thing, place: Option<&str>) -> Vec<Sensor> {
    let (name, unnamed) = match chip.find("name") {
        Ok(Some(name)) if !name.text().is_empty() => (name.text().to_owned(), None),
        Ok(_) => ("hwmon".to_owned(), None),
        Err(error) => ("hwmon".to_owned(), Some(error)),
    };
    let label = chip_label(&name, place.unwrap_or(&chip.name));
    let inputs = chip.files().filter_map(|file| file.strip_suffix("_input"));
    inputs
        .map(|file| {
            let of_sensor = chip.find(&format!("{file}_label"));
            // Under another label its value would be that of another sensor.
            let unnamed = unnamed.as_ref().or(of_sensor.as_ref().err());
            let reading = unnamed.map_or_else(|| reading(chip, file), |error| Err(error.clone().into()));
            let of_sensor = of_sensor.ok().flatten();
            let own = of_sensor.as_ref().map(Field::text).filter(|it| !it.is_empty()).unwrap_or(file);
            let (chip_name, file_name) = (chip.name.clone(), file.to_owned());
            Sensor { label: format!("{label}/{own}"), chip: chip_name, file: file_name, reading }
        })
        .collect()
}

/// Returns the chip's name with the address of its device on a bus, which does not move as the number of `hwmon0` does:
/// `nvme-0000:02:00.0`, `coretemp.0`. Of a device on no bus, such as a thermal zone, its name.
fn chip_label(name: &str, place: &str) -> String {
    let mut above = place.split('/').filter(|part| !part.starts_with("hwmon")).rev();
    let nearest = above.clone().next();
    let address = above.find(|part| part.contains([':', '.', '-']) && part.contains(|it: char| it.is_ascii_digit()));
    match address.or(nearest).filter(|it| *it != "virtual" && *it != "..") {
        None => name.to_owned(),
        Some(device) if device.starts_with(name) => device.to_owned(),
        Some(device) => format!("{name}-{device}"),
    }
}

fn reading(chip: &Thing, file: &str) -> Result<Option<Reading>, Failure> {
    match chip.find(&format!("{file}_input")) {
        Ok(Some(_)) => {}
        Ok(None) => return Ok(None),
        Err(error) if has_no_value(error.errno()) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let has = |what: &str| is_there(chip, &format!("{file}_{what}"));
    let degrees_of = |what: &str| match has_limit(chip, &format!("{file}_{what}"))? {
        true => chip.required(&format!("{file}_{what}"), degrees),
        false => Ok(None),
    };
    let is_set =
        |what: &str| -> Result<bool, Failure> { Ok(has(what)? && chip.required(&format!("{file}_{what}"), flag)?) };
    let input = format!("{file}_input");
    let (value, known, meant) = if file.starts_with("fan") {
        let value: u32 = chip.required(&input, |it| it.integer())?;
        // Below 0 where the chip has none.
        let min: Option<i64> = match has_limit(chip, &format!("{file}_min"))? {
            true => Some(chip.required(&format!("{file}_min"), |it| it.integer())?),
            false => None,
        };
        let fan = Value::Fan { value: f64::from(value), min: limit(min.map(|it| it as f64)) };
        (fan, &OF_FAN[..], min.is_none_or(|it| it > 0))
    } else {
        let Some(value) = chip.required(&input, degrees)? else { return Ok(None) };
        let max = degrees_of("max")?;
        let temperature = Value::Temperature { value, max: limit(max), critical: limit(degrees_of("crit")?) };
        (temperature, &OF_TEMPERATURE[..], max.is_none_or(|max| max > 0.0))
    };
    // Where nobody set a limit, the alarm that compares with it means nothing.
    let needs_limit = |what: &str| matches!(what, "alarm" | "max_alarm" | "min_alarm");
    let mut flags = Vec::new();
    for (what, text, status) in known.iter().filter(|(what, ..)| meant || !needs_limit(what)) {
        if is_set(what)? {
            flags.push(Flag { text, status: *status });
        }
    }
    Ok(Some(Reading { value, flags }))
}

/// Tells whether a limit is there. Disks with NVMe have files of limits that they answer with EIO while the value reads well.
fn has_limit(chip: &Thing, file: &str) -> Result<bool, Failure> {
    match chip.find(file) {
        Err(error) if error.errno() == Some("EIO") => Ok(false),
        _ => is_there(chip, file),
    }
}

/// Tells whether a limit or flag is there: of some a driver says by an error that the chip has none.
pub fn is_there(thing: &Thing, file: &str) -> Result<bool, Failure> {
    match thing.find(file) {
        Ok(found) => Ok(found.is_some()),
        Err(error) if has_no_value(error.errno()) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn flag(field: &Field) -> Result<bool, ParseError> {
    Ok(field.integer::<i64>()? != 0)
}
