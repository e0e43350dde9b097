//! From what is in use to what is reported of it.

use roundsman_sdk::rates::Rates;
use roundsman_sdk::text::{count, decimal};
use roundsman_sdk::{Failure, Outcome, Part, Subcheck};

use crate::lost::{Counters, RATES};
use crate::usage::Usage;
use crate::{LIMIT, USED, USED_PERCENT};

/// A limit of which the kernel says so means that there is none: 2^63 files.
const NO_LIMIT: u64 = i64::MAX as u64;

pub fn judge(
    usages: &[(&str, Result<Usage, Failure>)],
    lost: &[(&str, Result<Counters, Failure>)],
    rates: &Rates,
) -> Outcome {
    let mut outcome = Outcome::new(summary(usages));
    for (name, usage) in usages {
        outcome = outcome.part("limit", *name, usage.as_ref().map(part).map_err(Failure::clone));
    }
    for (name, counters) in lost {
        if let Err(failure) = counters {
            outcome = outcome.subcheck(Subcheck::failed("part", *name, failure.clone()));
        }
    }
    outcome.metrics(RATES.iter().filter_map(|(name, measure)| Some(measure.value(rates.get(name)?))))
}

fn part(usage: &Usage) -> Part {
    let Usage { used, most } = *usage;
    let Some(percent) = percent(usage) else {
        return Part::new(format!("{used}, without a limit")).metric(USED.count(used));
    };
    Part::new(format!("{used} of {most}, {} %", decimal(percent, 0)))
        .metric(USED_PERCENT.value(percent))
        .metric(USED.count(used))
        .metric(LIMIT.count(most))
}

/// `None` where there is no limit.
fn percent(usage: &Usage) -> Option<f64> {
    let limited = usage.most > 0 && usage.most < NO_LIMIT;
    limited.then(|| (usage.used as f64 / usage.most as f64 * 100.0).min(100.0))
}

fn summary(usages: &[(&str, Result<Usage, Failure>)]) -> String {
    let known = usages.iter().filter_map(|(name, usage)| Some((percent(usage.as_ref().ok()?)?, name)));
    let limits = count(usages.len(), "limit");
    match known.max_by(|(one, _), (other, _)| one.total_cmp(other)) {
        Some((percent, name)) => format!("{limits}, {name} is the fullest with {} %", decimal(percent, 0)),
        None => limits,
    }
}
