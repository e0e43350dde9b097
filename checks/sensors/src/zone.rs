//! A thermal zone below `/sys/class/thermal` (the kernel's Documentation/driver-api/thermal/sysfs-api.rst).

use roundsman_sdk::Failure;
use roundsman_sdk::tree::Thing;

use crate::chip::is_there;
use crate::sensor::{Reading, Sensor, Value, degrees, has_no_value, limit};

/// Returns the sensor of a zone; `None` of one that vanished.
pub fn sensor(zone: &Thing) -> Option<Sensor> {
    let (kind, unnamed) = match zone.find("type") {
        Ok(kind) => (kind?.text().to_owned(), None),
        Err(error) => (zone.name.clone(), Some(error)),
    };
    let reading = match zone.find("temp") {
        Ok(None) => return None,
        Err(error) if has_no_value(error.errno()) => Ok(None),
        Err(error) => Err(Failure::from(error)),
        Ok(Some(_)) => unnamed.map_or_else(|| reading(zone), |error| Err(error.into())),
    };
    Some(Sensor { label: format!("thermal/{kind}"), chip: zone.name.clone(), file: zone.name.clone(), reading })
}

fn reading(zone: &Thing) -> Result<Option<Reading>, Failure> {
    let Some(value) = zone.required("temp", degrees)? else { return Ok(None) };
    let (max, critical) = (lowest(zone, "hot")?, lowest(zone, "critical")?);
    Ok(Some(Reading { value: Value::Temperature { value, max, critical }, flags: Vec::new() }))
}

/// Returns the lowest of the zone's trip points of this kind.
fn lowest(zone: &Thing, kind: &str) -> Result<Option<f64>, Failure> {
    let mut lowest: Option<f64> = None;
    for point in zone.files().filter_map(|file| file.strip_suffix("_type")) {
        let (its_kind, its_limit) = (format!("{point}_type"), format!("{point}_temp"));
        let is = is_there(zone, &its_kind)? && zone.required(&its_kind, |it| Ok(it.text() == kind))?;
        if is && is_there(zone, &its_limit)? {
            let found = limit(zone.required(&its_limit, degrees)?);
            lowest = [lowest, found].into_iter().flatten().reduce(f64::min);
        }
    }
    Ok(lowest)
}
