//! From the sensors to what is reported of them.

use roundsman_sdk::glob::{any, matches};
use roundsman_sdk::text::{count, decimal};
use roundsman_sdk::{Error, Failure, Outcome, Part, Range, Status, Subcheck};

use crate::options::Options;
use crate::sensor::{Reading, Sensor, Value};
use crate::{FAN_SPEED, TEMPERATURE};

/// Reports each sensor; `errors` are of what could not be looked for at all.
pub fn judge<'a>(sensors: &[Sensor], errors: impl Iterator<Item = &'a Error>, options: &Options) -> Outcome {
    let looked_at = || sensors.iter().filter(|it| !any(&options.exclude, &it.label));
    let silent: Vec<&str> =
        looked_at().filter(|it| matches!(it.reading, Ok(None))).map(|it| it.label.as_str()).collect();
    let mut outcome = Outcome::new(summary(looked_at()));
    for sensor in looked_at() {
        let part = match &sensor.reading {
            // What nothing is connected to has no series, and is no fault.
            Ok(None) => continue,
            Ok(Some(reading)) => Ok(part(reading, any(&options.ignore_alarms, &sensor.label))),
            Err(failure) => Err(failure.clone()),
        };
        outcome = outcome.part("sensor", &sensor.label, part);
    }
    let mut broken = false;
    for error in errors {
        broken = true;
        outcome = outcome.subcheck(Subcheck::failed("part", &error.on, Failure::from(error.clone())));
    }
    for wanted in &options.expected {
        let there = looked_at().any(|it| !matches!(it.reading, Ok(None)) && matches(wanted, &it.label));
        if !there {
            let without = silent.iter().any(|label| matches(wanted, label));
            let text = if without { "gives no value" } else { "is not there" };
            // Where not all could be looked at, it may be there.
            let status = if broken { Status::Unknown } else { Status::Critical };
            outcome = outcome.subcheck(Subcheck::new("expected", wanted, text).judged(status));
        }
    }
    if !silent.is_empty() {
        outcome = outcome.detail(format!("without a value now: {}", silent.join(", ")));
    }
    outcome.bounded("sensors")
}

fn summary<'a>(sensors: impl Iterator<Item = &'a Sensor>) -> String {
    let mut all = 0;
    let mut hottest: Option<(f64, &str)> = None;
    for sensor in sensors {
        let Ok(Some(reading)) = &sensor.reading else { continue };
        all += 1;
        if let Value::Temperature { value, .. } = reading.value
            && hottest.is_none_or(|(most, _)| value > most)
        {
            hottest = Some((value, &sensor.label));
        }
    }
    let hottest = hottest.map(|(value, label)| format!(", {label} is the hottest with {} °C", decimal(value, 0)));
    match all {
        0 => "no sensors".to_owned(),
        all => count(all, "sensor") + &hottest.unwrap_or_default(),
    }
}

fn part(reading: &Reading, ignored: bool) -> Part {
    let mut facts = Vec::new();
    let metric = match reading.value {
        Value::Temperature { value, max, critical } => {
            facts.push(format!("{} °C", decimal(value, 1)));
            let limits = [(max, "max"), (critical, "critical")];
            facts.extend(limits.iter().filter_map(|(limit, word)| Some(format!("{word} {}", decimal((*limit)?, 0)))));
            let mut metric = TEMPERATURE.value(value);
            metric.warning = max.map(Range::at_most);
            metric.critical = critical.map(Range::at_most);
            metric
        }
        Value::Fan { value, min } => {
            facts.push(format!("{} rpm", decimal(value, 0)));
            facts.extend(min.map(|min| format!("min {}", decimal(min, 0))));
            let mut metric = FAN_SPEED.value(value);
            metric.warning = min.map(Range::at_least);
            metric
        }
    };
    facts.extend(reading.flags.iter().map(|flag| flag.text.to_owned()));
    let worst = reading.flags.iter().fold(Status::Ok, |worst, flag| worst.worse(flag.status));
    let ignored = ignored && worst != Status::Ok;
    facts.extend(ignored.then(|| "ignored".to_owned()));
    Part::new(facts.join(", ")).metric(metric).judged(if ignored { Status::Ok } else { worst })
}
