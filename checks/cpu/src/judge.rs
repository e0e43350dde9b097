//! From counters and their rates to what is reported of them.

use roundsman_sdk::parse::ParseError;
use roundsman_sdk::rates::Rates;
use roundsman_sdk::text::decimal;
use roundsman_sdk::{Failure, Metric, Outcome, Subcheck};

use crate::pressure::Waited;
use crate::stat::{COLUMNS, Stat};
use crate::{BLOCKED, BUSIEST, FORKS, IOWAIT, PRESSURE_SHARE, STAT, STEAL, SWITCHES, SYSTEM, USED, USER};

pub fn judge(stat: &Stat, pressures: &[(String, Result<Vec<Waited>, Failure>)], rates: &Rates) -> Outcome {
    let mut outcome = times(rates, stat)
        .metrics(rates.get("switches").map(|it| SWITCHES.value(it)))
        .metrics(rates.get("forks").map(|it| FORKS.value(it)))
        .metrics(stat.blocked.map(|it| BLOCKED.count(it)));
    let failed = |error: &ParseError| Failure::new(format!("{STAT}: {error}"));
    let broken = stat.broken.iter().map(|(part, error)| Subcheck::failed("part", *part, failed(error)));
    outcome = outcome.subchecks(broken);
    for (resource, seen) in pressures {
        match seen {
            Ok(lines) => outcome = outcome.metrics(lines.iter().filter_map(|line| pressure(resource, line, rates))),
            Err(failure) => {
                let part = format!("pressure_{resource}");
                outcome = outcome.subcheck(Subcheck::failed("part", part, failure.clone()));
            }
        }
    }
    outcome
}

/// Shares of all the time that the CPUs had. A column that began anew, as steal does after a move of a virtual machine, leaves
/// nothing known of any.
fn times(rates: &Rates, stat: &Stat) -> Outcome {
    let known: Option<Vec<f64>> = COLUMNS.iter().map(|column| rates.get(column)).collect();
    let all: f64 = known.iter().flatten().sum();
    let cpus = stat.each.len();
    let Some(rates_of) = known.filter(|_| all > 0.0) else {
        return Outcome::new(format!("{cpus} CPUs, shares from the next run on"));
    };
    let [user, nice, system, _idle, iowait, irq, softirq, steal] = rates_of[..] else {
        return Outcome::new(format!("{cpus} CPUs"));
    };
    let share = |ticks: f64| ticks / all * 100.0;
    let used = share(user + nice + system + irq + softirq);
    let busiest = stat.each.iter().filter_map(|(name, _)| busy(name, rates)).reduce(f64::max);
    let said = |value: f64| decimal(value, 0);
    let text = format!(
        "{} % of {cpus} CPUs used, {} % waited for disks, {} % stolen",
        said(used),
        said(share(iowait)),
        said(share(steal))
    );
    Outcome::new(text)
        .metric(USED.value(used))
        .metric(USER.value(share(user + nice)))
        .metric(SYSTEM.value(share(system + irq + softirq)))
        .metric(IOWAIT.value(share(iowait)))
        .metric(STEAL.value(share(steal)))
        .metrics(busiest.map(|it| BUSIEST.value(it)))
}

/// `None` of a CPU that was switched off or on meanwhile.
fn busy(name: &str, rates: &Rates) -> Option<f64> {
    let (work, rest) = (rates.get(&format!("{name}/work"))?, rates.get(&format!("{name}/rest"))?);
    (work + rest > 0.0).then(|| work / (work + rest) * 100.0)
}

/// Microseconds a second, of all the microseconds that there are.
fn pressure(resource: &str, line: &Waited, rates: &Rates) -> Option<Metric> {
    let share = (rates.get(&line.key(resource))? / 1e4).min(100.0);
    Some(PRESSURE_SHARE.value(share).label("resource", resource).label("tasks", &line.tasks))
}
