//! From what was seen of the mounts to what is reported.

use roundsman_sdk::files::{Mount, Space};
use roundsman_sdk::glob::any;
use roundsman_sdk::rates::Rates;
use roundsman_sdk::text::{count, decimal, size};
use roundsman_sdk::{Error, Failure, HostError, Outcome, Part, Reason, Status, Subcheck};

use crate::mountstats::{Statistics, key};
use crate::options::Options;
use crate::{ANSWERS, OPERATIONS, RESPONSE_TIME, RETRANSMISSIONS, TIMEOUTS};

pub fn judge(
    mounts: &[(Mount, Result<Space, Error>)],
    statistics: &Result<Vec<Statistics>, Failure>,
    rates: &Rates,
    options: &Options,
) -> Outcome {
    let looked_at =
        || mounts.iter().filter(|(it, _)| options.expected.contains(&it.path) || !any(&options.exclude, &it.path));
    let silent = looked_at().filter(|(_, space)| space.is_err()).count();
    let missing: Vec<&String> =
        options.expected.iter().filter(|path| !mounts.iter().any(|(it, _)| it.path == **path)).collect();
    let mut facts = vec![count(looked_at().count(), "mount") + " of NFS"];
    facts.extend((silent > 0).then(|| format!("{silent} without an answer")));
    facts.extend((!missing.is_empty()).then(|| format!("{} not mounted", missing.len())));
    let mut outcome = Outcome::new(facts.join(", "));
    for (mount, space) in looked_at() {
        outcome = outcome.part("mount", &mount.path, part(mount, space, rates, options));
    }
    for path in missing {
        outcome = outcome.subcheck(Subcheck::new("mount", path, "not mounted").judged(Status::Critical));
    }
    if let Err(failure) = statistics {
        outcome = outcome.subcheck(Subcheck::failed("part", "statistics", failure.clone()));
    }
    outcome.bounded("mounts")
}

fn part(mount: &Mount, space: &Result<Space, Error>, rates: &Rates, options: &Options) -> Result<Part, Failure> {
    let expected = options.expected.contains(&mount.path);
    let part = match space {
        Ok(space) => {
            let of = format!("{} of {} free on {}", size(space.bytes_available), size(space.bytes_total), mount.source);
            Part::new(of + &times(mount, rates)).metric(ANSWERS.count(1))
        }
        Err(Error { reason: Reason::Host(HostError::TimedOut), .. }) => {
            silent(mount, "gives no answer", expected, options)
        }
        // The server has forgotten what was mounted, or refuses it.
        Err(error) if matches!(error.errno(), Some("ESTALE" | "EIO" | "ETIMEDOUT" | "EHOSTDOWN" | "ECONNREFUSED")) => {
            silent(mount, &format!("fails with {}", error.errno().unwrap_or_default()), expected, options)
        }
        Err(error) => return Err(error.clone().into()),
    };
    let rate = |counter: &str| rates.get(&key(&mount.path, counter));
    Ok(part
        .metrics(rate("operations").map(|rate| OPERATIONS.value(rate)))
        .metrics(rate("again").map(|rate| RETRANSMISSIONS.value(rate)))
        .metrics(rate("timeouts").map(|rate| TIMEOUTS.value(rate)))
        .metrics(response_time(mount, rates).map(|time| RESPONSE_TIME.value(time))))
}

fn silent(mount: &Mount, text: &str, expected: bool, options: &Options) -> Part {
    let status = if expected { Status::Critical } else { options.no_answer };
    Part::new(format!("{text}: {}", mount.source)).metric(ANSWERS.count(0)).judged(status)
}

/// Seconds; `None` where nothing was asked since the run before.
fn response_time(mount: &Mount, rates: &Rates) -> Option<f64> {
    let operations = rates.get(&key(&mount.path, "operations"))?;
    let milliseconds = rates.get(&key(&mount.path, "response"))?;
    (operations > 0.0).then(|| milliseconds / operations / 1e3)
}

fn times(mount: &Mount, rates: &Rates) -> String {
    let time = response_time(mount, rates);
    time.map(|time| format!(", answers in {} ms", decimal(time * 1e3, 1))).unwrap_or_default()
}
