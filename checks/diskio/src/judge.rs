//! From the disks to what is reported of them.

use roundsman_sdk::parse::ParseError;
use roundsman_sdk::rates::Rates;
use roundsman_sdk::text::{count, decimal, size};
use roundsman_sdk::{Failure, Measure, Outcome, Part, Status, Subcheck, glob};

use crate::diskstats::Disk;
use crate::options::Options;
use crate::{BUSY, QUEUE, READ_AWAIT, READ_RATE, READS, STATISTICS, WRITE_AWAIT, WRITE_RATE, WRITES};

/// `odd` are lines that are no device.
pub fn judge(disks: &[Disk], rates: &Rates, odd: &[ParseError], options: &Options) -> Outcome {
    let mut outcome = Outcome::new(summary(disks, rates));
    for disk in disks {
        outcome = outcome.part("disk", &disk.name, Ok::<_, Failure>(part(disk, rates)));
    }
    for wanted in options.expected.iter().filter(|wanted| !disks.iter().any(|it| glob::matches(wanted, &it.name))) {
        outcome = outcome.subcheck(Subcheck::new("disk", wanted, "there is no such disk").judged(Status::Critical));
    }
    if let Some(error) = odd.first() {
        let text = format!("{STATISTICS}: {error}; {} of that kind", count(odd.len(), "line"));
        outcome = outcome.subcheck(Subcheck::new("part", "diskstats", text).judged(Status::Unknown));
    }
    outcome.bounded("disks")
}

/// Nothing is known of a time in which nothing was counted: a disk without reads has no time of a read, not 0.
fn part(disk: &Disk, rates: &Rates) -> Part {
    let rate = |counter: &str| rates.get(&disk.key(counter));
    // Milliseconds a second, of all the milliseconds that there are.
    let busy = busy(disk, rates);
    let each = |time: &str, number: &str| rate(time).zip(rate(number)).filter(|(_, number)| *number > 0.0);
    let each = |time, number| each(time, number).map(|(time, number)| time / number / 1e3);
    let (reading, writing) = (each("reading", "reads"), each("writing", "writes"));
    let mut facts = Vec::new();
    if let (Some(busy), Some(read), Some(written)) = (busy, rate("bytes_read"), rate("bytes_written")) {
        let (read, written) = (size(read as u64), size(written as u64));
        facts.push(format!("{} % busy, {read}/s read, {written}/s written", decimal(busy, 0)));
    }
    let milliseconds = |word: &str, time: Option<f64>| time.map(|it| format!("{} ms a {word}", decimal(it * 1e3, 1)));
    facts.extend(milliseconds("read", reading));
    facts.extend(milliseconds("write", writing));
    facts.push(format!("{} under way", count(disk.under_way.try_into().unwrap_or(usize::MAX), "request")));
    let value = |measure: &Measure, value: Option<f64>| value.map(|value| measure.value(value));
    Part::new(facts.join(", "))
        .metrics(value(&BUSY, busy))
        .metrics(value(&QUEUE, rate("weighted").map(|it| it / 1e3)))
        .metrics(value(&READ_AWAIT, reading))
        .metrics(value(&WRITE_AWAIT, writing))
        .metrics(value(&READ_RATE, rate("bytes_read")))
        .metrics(value(&WRITE_RATE, rate("bytes_written")))
        .metrics(value(&READS, rate("reads")))
        .metrics(value(&WRITES, rate("writes")))
}

/// The clock of the counter and ours differ by some milliseconds: never more than all.
fn busy(disk: &Disk, rates: &Rates) -> Option<f64> {
    rates.get(&disk.key("busy")).map(|it| (it / 10.0).min(100.0))
}

fn summary(disks: &[Disk], rates: &Rates) -> String {
    let known = disks.iter().filter_map(|disk| Some((busy(disk, rates)?, &disk.name)));
    let busiest = known.max_by(|(one, _), (other, _)| one.total_cmp(other));
    let disks = count(disks.len(), "disk");
    match busiest {
        Some((busy, name)) => format!("{disks}, {name} is the busiest with {} %", decimal(busy, 0)),
        None => format!("{disks}, rates from the next run on"),
    }
}
