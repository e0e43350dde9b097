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
    let name = match chip.find("name") {
        Ok(Some(name)) if !name.text().is_empty() => name.text().to_owned(),
        _ => "hwmon".to_owned(),
    };
    let label = chip_label(&name, place.unwrap_or(&chip.name));
    let inputs = chip.files().filter_map(|file| file.strip_suffix("_input"));
    inputs
        .map(|file| {
            let of_sensor = chip.find(&format!("{file}_label")).ok().flatten();
            let own = of_sensor.as_ref().map(Field::text).filter(|it| !it.is_empty()).unwrap_or(file);
            Sensor { label: format!("{label}/{own}"), file: file.to_owned(), reading: reading(chip, file) }
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
    // A limit or flag that cannot be read, as of a chip that has none of it, is as one that is not there.
    let degrees_of = |what: &str| chip.parsed(&format!("{file}_{what}"), degrees).ok().flatten().flatten();
    let is_set = |what: &str| chip.parsed(&format!("{file}_{what}"), flag).is_ok_and(|set| set == Some(true));
    let input = format!("{file}_input");
    let (value, known, meant) = if file.starts_with("fan") {
        let value: u32 = chip.required(&input, |it| it.integer())?;
        let min: Option<u32> = chip.parsed(&format!("{file}_min"), |it| it.integer()).ok().flatten();
        let fan = Value::Fan { value: f64::from(value), min: limit(min.map(f64::from)) };
        (fan, &OF_FAN[..], min != Some(0))
    } else {
        let Some(value) = chip.required(&input, degrees)? else { return Ok(None) };
        let max = degrees_of("max");
        let temperature = Value::Temperature { value, max: limit(max), critical: limit(degrees_of("crit")) };
        (temperature, &OF_TEMPERATURE[..], max.is_none_or(|max| max > 0.0))
    };
    // Where nobody set a limit, the alarm that compares with it means nothing.
    let needs_limit = |what: &str| matches!(what, "alarm" | "max_alarm" | "min_alarm");
    let set = known.iter().filter(|(what, ..)| (meant || !needs_limit(what)) && is_set(what));
    let flags = set.map(|(_, text, status)| Flag { text, status: *status }).collect();
    Ok(Some(Reading { value, flags }))
}

fn flag(field: &Field) -> Result<bool, ParseError> {
    Ok(field.integer::<i64>()? != 0)
}
