//! From what the disks told to what is reported of them.

use roundsman_sdk::text::{count, decimal, duration};
use roundsman_sdk::{Failure, Measure, Outcome, Part, Status, Subcheck};

use crate::Disk;
use crate::options::{Device, Options};
use crate::report::Answer;
use crate::{HEALTHY, HOURS, MEDIA_ERRORS, PENDING, REALLOCATED, SPARE, TEMPERATURE, UNCORRECTABLE, WEAR};

/// Meanings of the critical-warning bits of an NVMe disk (NVM Express, SMART / Health Information).
const WARNINGS: [&str; 6] = [
    "too few spare sectors",
    "too hot or too cold",
    "not reliable any more",
    "read-only",
    "the backup of its memory failed",
    "its persistent memory is read-only",
];
const HOUR: u64 = 3600;

pub fn judge(disks: &[(Device, Result<Answer, Failure>)], options: &Options) -> Outcome {
    let mut outcome = Outcome::new(summary(disks));
    let mut named: Vec<String> = Vec::new();
    for (device, answer) in disks {
        let name = name(device, answer, &named);
        let part = answer.as_ref().map_err(Failure::clone).and_then(|answer| match answer {
            Answer::Asleep => Ok(Part::new(format!("{}: asleep, not woken", device.device))),
            Answer::Told(disk) => part(device, disk),
        });
        outcome = outcome.part("disk", &name, part);
        named.push(name);
    }
    // One that sleeps or does not answer does not tell its serial number: it may be any.
    let all_told = disks.iter().all(|(_, answer)| matches!(answer, Ok(Answer::Told(_))));
    for name in options.expected.iter().filter(|name| all_told && !named.contains(name)) {
        outcome = outcome.subcheck(Subcheck::new("disk", name, "there is no such disk").judged(Status::Critical));
    }
    outcome.bounded("disks")
}

/// The name that the operator gave, the serial number, or the device; each once.
fn name(device: &Device, answer: &Result<Answer, Failure>, taken: &[String]) -> String {
    let serial = match answer {
        Ok(Answer::Told(disk)) => disk.serial.clone().filter(|it| !it.is_empty()),
        _ => None,
    };
    let whole =
        [Some(device.device.as_str()), device.kind.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = device.name.clone().or(serial).unwrap_or_else(|| whole.clone());
    if taken.contains(&name) { format!("{name} ({whole})") } else { name }
}

fn part(device: &Device, disk: &Disk) -> Result<Part, Failure> {
    let mut facts = vec![device.device.clone()];
    facts.extend(disk.model.clone());
    let mut status = Status::Ok;
    match disk.healthy {
        Some(true) => facts.push("healthy".into()),
        Some(false) => {
            facts.push("calls itself failing".into());
            status = Status::Critical;
        }
        None => {}
    }
    for (bit, words) in WARNINGS.iter().enumerate().filter(|(bit, _)| disk.warnings >> bit & 1 == 1) {
        facts.push(format!("{words} (bit {bit})"));
        status = Status::Critical;
    }
    if !disk.failing.is_empty() {
        facts.push(format!("below its limit: {}", disk.failing.join(", ")));
        status = Status::Critical;
    }
    if disk.healthy.is_none() && status == Status::Ok {
        return Err(Failure::new(format!("{}: does not tell whether it is healthy", device.device)));
    }
    if let Some(key) = disk.lacks
        && status == Status::Ok
    {
        let message = format!("{}: calls itself healthy, and tells no counts (\"{key}\")", device.device);
        return Err(Failure::new(message));
    }
    let fact = |value: Option<u64>, what: &str| value.filter(|it| *it > 0).map(|it| format!("{it} {what}"));
    facts.extend(fact(disk.pending, "pending"));
    facts.extend(fact(disk.uncorrectable, "uncorrectable"));
    facts.extend(fact(disk.reallocated, "reallocated"));
    facts.extend(fact(disk.media_errors, "media errors"));
    facts.extend(disk.temperature.map(|it| format!("{} °C", decimal(it, 0))));
    facts.extend(disk.wear.map(|it| format!("{it} % worn")));
    facts.extend(disk.hours.map(|it| format!("on for {}", duration(it.saturating_mul(HOUR)))));
    let value = |measure: &Measure, value: Option<u64>| value.map(|value| measure.count(value));
    Ok(Part::new(facts.join(", "))
        .judged(status)
        .metrics(value(&HEALTHY, disk.healthy.map(u64::from)))
        .metrics(disk.temperature.map(|it| TEMPERATURE.value(it)))
        .metrics(value(&HOURS, disk.hours.map(|it| it.saturating_mul(HOUR))))
        .metrics(value(&PENDING, disk.pending))
        .metrics(value(&UNCORRECTABLE, disk.uncorrectable))
        .metrics(value(&REALLOCATED, disk.reallocated))
        .metrics(value(&MEDIA_ERRORS, disk.media_errors))
        .metrics(value(&WEAR, disk.wear))
        .metrics(value(&SPARE, disk.spare)))
}

fn summary(disks: &[(Device, Result<Answer, Failure>)]) -> String {
    let of = |is: fn(&Answer) -> bool| disks.iter().filter(|(_, it)| it.as_ref().is_ok_and(is)).count();
    let healthy = of(|it| matches!(it, Answer::Told(disk) if disk.healthy == Some(true)));
    let asleep = of(|it| *it == Answer::Asleep);
    let all = match disks.len() {
        0 => return "no disks".into(),
        all => count(all, "disk"),
    };
    let asleep = if asleep == 0 { String::new() } else { format!(", {asleep} asleep") };
    format!("{all}, {healthy} healthy{asleep}")
}
