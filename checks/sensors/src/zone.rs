//! A thermal zone below `/sys/class/thermal` (the kernel's Documentation/driver-api/thermal/sysfs-api.rst).

use roundsman_sdk::Failure;
use roundsman_sdk::parse::Field;
use roundsman_sdk::tree::Thing;

use crate::sensor::{Reading, Sensor, Value, degrees, has_no_value, limit};

/// Returns the sensor of a zone; `None` of one that vanished.
pub fn sensor(zone: &Thing) -> Option<Sensor> {
    let kind = zone.find("type").ok().flatten()?.text().to_owned();
    let reading = match zone.find("temp") {
        Ok(None) => return None,
        Err(error) if has_no_value(error.errno()) => Ok(None),
        Err(error) => Err(Failure::from(error)),
        Ok(Some(_)) => reading(zone),
    };
    Some(Sensor { label: format!("thermal/{kind}"), file: zone.name.clone(), reading })
}

fn reading(zone: &Thing) -> Result<Option<Reading>, Failure> {
    let Some(value) = zone.required("temp", degrees)? else { return Ok(None) };
    let (max, critical) = (lowest(zone, "hot"), lowest(zone, "critical"));
    Ok(Some(Reading { value: Value::Temperature { value, max, critical }, flags: Vec::new() }))
}

/// Returns the lowest of the zone's trip points of this kind.
fn lowest(zone: &Thing, kind: &str) -> Option<f64> {
    let points = zone.files().filter_map(|file| file.strip_suffix("_type")).filter(|point| {
        let is = zone.find(&format!("{point}_type")).ok().flatten();
        is.as_ref().map(Field::text) == Some(kind)
    });
    let limits = points.filter_map(|point| limit(zone.parsed(&format!("{point}_temp"), degrees).ok()??));
    limits.reduce(f64::min)
}
