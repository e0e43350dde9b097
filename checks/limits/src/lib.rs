//! Limits of the kernel, how much of each is in use, and what was lost as one was reached.
#![forbid(unsafe_code)]

mod inotify;
mod judge;
mod lost;
mod options;
mod usage;

use roundsman_sdk::rates;
use roundsman_sdk::{Check, Context, Descriptor, Error, Failure, Measure, Need, Outcome, Range, Unit, files};

use options::Options;
use usage::LIMITS;

const NETSTAT: &str = "/proc/net/netstat";
const SOFTNET: &str = "/proc/net/softnet_stat";

const USED_PERCENT: Measure = Measure::gauge("used_percent", Unit::Percent, "of the limit in use")
    .labels(&["limit"])
    .between(0.0, 100.0)
    .warning(Range::up_to(90.0))
    .critical(Range::up_to(95.0));
const USED: Measure = Measure::gauge("used", Unit::Number, "in use").labels(&["limit"]);
const LIMIT: Measure = Measure::gauge("limit", Unit::Number, "as many as there may be").labels(&["limit"]);

/// The check; see README.md for its options and metrics.
pub struct Limits;

impl Check for Limits {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor = Descriptor::new(
            "limits",
            env!("CARGO_PKG_VERSION"),
            "limits of the kernel: files, processes, connections, sockets",
        );
        let descriptor = [&USED_PERCENT, &USED, &LIMIT].into_iter().fold(descriptor, Descriptor::metric);
        let descriptor = lost::RATES.iter().fold(descriptor, |all, (_, rate)| all.metric(rate));
        let mut paths: Vec<&str> = LIMITS.iter().flat_map(|limit| [limit.used.0, limit.most.0]).collect();
        paths.sort_unstable();
        paths.dedup();
        let descriptor =
            paths.iter().fold(descriptor, |all, path| all.need(Need::files(path, "what is in use, or may be")));
        descriptor
            .need(Need::files(NETSTAT, "connections that were not taken, as a queue was full"))
            .need(Need::files(SOFTNET, "packets that were dropped, as the kernel did not keep up"))
    }

    fn needs(options: &Options) -> Vec<Need> {
        if options.inotify { inotify::needs().into() } else { Vec::new() }
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let mut texts: Vec<(&str, Option<String>)> = Vec::new();
        for path in LIMITS.iter().flat_map(|limit| [limit.used.0, limit.most.0]) {
            if !texts.iter().any(|(read, _)| *read == path) {
                texts.push((path, optional(path)?));
            }
        }
        let text = |path: &str| texts.iter().find(|(it, _)| *it == path).and_then(|(_, text)| text.as_deref());
        let usages = LIMITS.iter().filter_map(|limit| Some((limit.name, usage::of(limit, text)?)));
        let inotify = options.inotify.then(inotify::read);
        let usages: Vec<_> = usages.chain(inotify.into_iter().flatten()).collect();
        let netstat = optional(NETSTAT)?.map(|text| lost::connections(&text).context(NETSTAT));
        let softnet = optional(SOFTNET)?.map(|text| lost::packets(&text).context(SOFTNET));
        let lost: Vec<_> = [("connections", netstat), ("packets", softnet)]
            .into_iter()
            .filter_map(|(part, it)| Some((part, it?)))
            .collect();
        let counters = lost.iter().filter_map(|(_, it)| it.as_ref().ok()).flatten();
        let counters = counters.map(|(name, value)| ((*name).to_owned(), *value));
        let (rates, unkept) = rates::per_second_or_part("lost", counters);
        Ok(judge::judge(&usages, &lost, &rates).subchecks(unkept))
    }
}

/// `None` where there is no such file: what the kernel does not have is not full.
fn optional(path: &str) -> Result<Option<String>, Error> {
    match files::read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

roundsman_sdk::export!(Limits);

#[cfg(test)]
mod tests;
