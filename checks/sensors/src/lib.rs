//! Sensors of the hardware: temperatures and fans as the kernel's hwmon and thermal zones show them, with the limits and alarms
//! of the chips themselves.
#![forbid(unsafe_code)]

mod chip;
mod judge;
mod options;
mod sensor;
mod zone;

use roundsman_sdk::tree::{self, Tree};
use roundsman_sdk::{Check, Descriptor, Error, Failure, Measure, Need, Outcome, Unit, files};

use options::Options;

/// Below this, a link for each chip to the device that it belongs to.
const CHIPS: &str = "/sys/class/hwmon";
/// Below this, a link for each thermal zone.
const ZONES: &str = "/sys/class/thermal";

/// The files of each chip (the kernel's Documentation/hwmon/sysfs-interface.rst), and of each zone. Nothing else is:
/// each file is a question to a chip, and some answer slowly.
const OF_CHIPS: [&str; 10] = [
    "*/name",
    "*/temp*_label",
    "*/temp*_input",
    "*/temp*_max",
    "*/temp*_crit",
    "*/fan*_label",
    "*/fan*_input",
    "*/fan*_min",
    "*/*_alarm",
    "*/*_fault",
];
const OF_ZONES: [&str; 4] =
    ["thermal_zone*/type", "thermal_zone*/temp", "thermal_zone*/trip_point_*_type", "thermal_zone*/trip_point_*_temp"];

const TEMPERATURE: Measure =
    Measure::gauge("temperature", Unit::Celsius, "of the sensor; levels are those of the chip").labels(&["sensor"]);
const FAN_SPEED: Measure = Measure::gauge(
    "fan_speed",
    Unit::Other(std::borrow::Cow::Borrowed("rpm")),
    "of the fan; the level is the chip's own minimum",
)
.labels(&["sensor"]);

/// The check; see README.md for its options and metrics.
pub struct Sensors;

impl Check for Sensors {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor = Descriptor::new("sensors", env!("CARGO_PKG_VERSION"), "temperatures and fans of the hardware")
            .metric(&TEMPERATURE)
            .metric(&FAN_SPEED)
            .need(Need::metadata("/sys/class/hwmon/*", "where a chip is: its number moves when the host starts anew"));
        let chips = OF_CHIPS.iter().map(|it| (CHIPS, it, "readings, names, limits and alarms of chips"));
        let zones = OF_ZONES.iter().map(|it| (ZONES, it, "readings and limits of thermal zones"));
        chips
            .chain(zones)
            .fold(descriptor, |all, (root, pattern, why)| all.need(Need::files(&format!("{root}/{pattern}"), why)))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let seen = read()?;
        let places = |thing: &str| seen.places.iter().find(|(name, _)| name == thing).map(|(_, place)| place.as_str());
        let mut sensors: Vec<_> = seen.chips.things.iter().flat_map(|it| chip::sensors(it, places(&it.name))).collect();
        // A zone that has a chip of its own is read there, with more of what belongs to it.
        let of_chip = |zone: &str| seen.places.iter().any(|(_, place)| place.split('/').any(|part| part == zone));
        sensors.extend(seen.zones.things.iter().filter(|it| !of_chip(&it.name)).filter_map(zone::sensor));
        sensor::tell_apart(&mut sensors);
        let errors = seen.chips.errors.iter().chain(&seen.zones.errors);
        Ok(judge::judge(&sensors, errors, &options))
    }
}

/// The files of chips and zones.
struct Seen {
    chips: Tree,
    zones: Tree,
    /// The names of chips, such as `hwmon3`, and the paths that they lead to.
    places: Vec<(String, String)>,
}

fn read() -> Result<Seen, Error> {
    let links = files::stat_glob(&format!("{CHIPS}/*"))?;
    let place = |(path, metadata): (String, Result<files::Metadata, Error>)| {
        let name = path.rsplit('/').next()?.to_owned();
        Some((name, metadata.ok()?.link_target?))
    };
    Ok(Seen {
        chips: tree::read(CHIPS, &OF_CHIPS)?,
        zones: tree::read(ZONES, &OF_ZONES)?,
        places: links.into_iter().filter_map(place).collect(),
    })
}

roundsman_sdk::export!(Sensors);

#[cfg(test)]
mod tests;
