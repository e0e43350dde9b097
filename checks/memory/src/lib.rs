//! Memory and swap of the host, with huge pages and the cache of ZFS apart.
#![forbid(unsafe_code)]

mod arcstats;
mod judge;
mod kills;
mod meminfo;
mod options;
mod vmstat;

use roundsman_sdk::{
    Check, Context, Descriptor, Error, Failure, Measure, Need, Outcome, Problem, Range, Reason, Subcheck, Unit, clock,
    files, log, rates, state,
};

use kills::Kept;
use options::Options;

const MEMINFO: &str = "/proc/meminfo";
const ARCSTATS: &str = "/proc/spl/kstat/zfs/arcstats";
const VMSTAT: &str = "/proc/vmstat";
/// Below this key the state has what is known of the counter.
const KILLS_KEPT: &str = "oom_kills";

const USED_PERCENT: Measure =
    Measure::gauge("used_percent", Unit::Percent, "memory that programs cannot have, of all that is not set apart")
        .between(0.0, 100.0)
        .warning(Range::up_to(90.0))
        .critical(Range::up_to(95.0));
const USED: Measure = Measure::gauge("used", Unit::Bytes, "memory that programs cannot have");
const AVAILABLE: Measure = Measure::gauge("available", Unit::Bytes, "memory that programs can have without swapping");
const TOTAL: Measure = Measure::gauge("total", Unit::Bytes, "memory of the host");
const SWAP_USED_PERCENT: Measure =
    Measure::gauge("swap_used_percent", Unit::Percent, "swap in use, of all").between(0.0, 100.0);
const SWAP_USED: Measure = Measure::gauge("swap_used", Unit::Bytes, "swap in use");
const SWAP_TOTAL: Measure = Measure::gauge("swap_size", Unit::Bytes, "swap of the host; 0 without any");
const HUGE_PAGES: Measure = Measure::gauge("huge_pages", Unit::Bytes, "static huge pages, where there are any");
const HUGE_PAGES_FREE: Measure =
    Measure::gauge("huge_pages_free", Unit::Bytes, "those of the default size that no program has");
const ZFS_CACHE: Measure = Measure::gauge("zfs_cache", Unit::Bytes, "cache of ZFS, where there is one");
const OOM_KILLS: Measure = Measure::gauge(
    "oom_kills",
    Unit::Number,
    "processes that the kernel ended for want of memory in the last oom_kills_within",
)
.warning(Range::up_to(0.0));
const SWAPPED_OUT: Measure = Measure::gauge("swapped_out", Unit::Number, "pages written to swap a second");
const SWAPPED_IN: Measure = Measure::gauge("swapped_in", Unit::Number, "pages read back from swap a second");

/// The check; see README.md for its metrics.
pub struct Memory;

impl Check for Memory {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("memory", env!("CARGO_PKG_VERSION"), "memory and swap in use")
            .metric(&USED_PERCENT)
            .metric(&USED)
            .metric(&AVAILABLE)
            .metric(&TOTAL)
            .metric(&SWAP_USED_PERCENT)
            .metric(&SWAP_USED)
            .metric(&SWAP_TOTAL)
            .metric(&HUGE_PAGES)
            .metric(&HUGE_PAGES_FREE)
            .metric(&ZFS_CACHE)
            .metric(&OOM_KILLS)
            .metric(&SWAPPED_OUT)
            .metric(&SWAPPED_IN)
            .need(Need::files(MEMINFO, "the kernel tells memory and swap here"))
            .need(Need::files(ARCSTATS, "the cache of ZFS; not needed on a host without").optional())
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn needs(options: &Options) -> Vec<Need> {
        options
            .needs_counters()
            .then(|| Need::files(VMSTAT, "the kernel counts kills and pages here"))
            .into_iter()
            .collect()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let text = files::read_text(MEMINFO)?;
        let outcome = judge::judge(&meminfo::parse(&text), &cache(), &options);
        if options.needs_counters() {
            let counters = files::read_text(VMSTAT).map_err(Failure::from);
            return Ok(with_counters(outcome, &counters, &options));
        }
        Ok(outcome)
    }
}

/// Adds what the options ask of the kernel's counters.
fn with_counters(outcome: Outcome, counters: &Result<String, Failure>, options: &Options) -> Outcome {
    let outcome = match options.oom_kills_within {
        Some(span) => with_kills(outcome, counters, span.seconds),
        None => outcome,
    };
    if options.swap_rates { with_swap_rates(outcome, counters) } else { outcome }
}

/// Adds what the kernel ended; what cannot be told is a part, UNKNOWN.
fn with_kills(outcome: Outcome, counters: &Result<String, Failure>, span: u64) -> Outcome {
    match recent_kills(counters, span) {
        Ok(kills) => judge::with_kills(outcome, kills, span),
        Err(failure) => outcome.subcheck(Subcheck::failed("part", "oom_kills", failure)),
    }
}

/// Returns the kills of the last `span` seconds; `None` in the first run, which does not know when the counter rose.
fn recent_kills(counters: &Result<String, Failure>, span: u64) -> Result<Option<u64>, Failure> {
    let counter = vmstat::oom_kills(counters.as_ref().map_err(Failure::clone)?).context(VMSTAT)?;
    let before = match state::get_json::<Kept>(KILLS_KEPT) {
        Err(Error { reason: Reason::Unreadable(why), .. }) => {
            log::warning(&format!("when processes were ended is unreadable and begins anew: {why}"));
            None
        }
        before => before?,
    };
    let known = before.as_ref().map(|before| before.next(counter, clock::now(), span));
    let kills = known.as_ref().map(Kept::count);
    state::set_json(KILLS_KEPT, &known.unwrap_or_else(|| Kept::first(counter)))?;
    Ok(kills)
}

/// Adds the rates of swap; what cannot be told is a part, UNKNOWN.
fn with_swap_rates(outcome: Outcome, counters: &Result<String, Failure>) -> Outcome {
    let text = counters.as_ref().map_err(Failure::clone);
    let seen = text.and_then(|text| vmstat::swapped(text).context(VMSTAT));
    match seen {
        Ok(swapped) => {
            let counters = [("out".to_owned(), swapped.written), ("in".to_owned(), swapped.read)];
            let (rates, unkept) = rates::per_second_or_part("swap", counters);
            let metrics = [("out", SWAPPED_OUT), ("in", SWAPPED_IN)];
            let metrics = metrics.iter().filter_map(|(key, measure)| Some(measure.value(rates.get(key)?)));
            outcome.metrics(metrics).subchecks(unkept)
        }
        Err(failure) => outcome.subcheck(Subcheck::failed("part", "swap_rates", failure)),
    }
}

/// The cache of ZFS; `None` where it is not granted, or the host has none. Only what is granted is asked for, so that a host
/// without ZFS needs no grant.
fn cache() -> Result<Option<arcstats::Cache>, String> {
    if !files::is_granted(ARCSTATS) {
        return Ok(None);
    }
    match files::read_text(ARCSTATS) {
        Ok(text) => arcstats::parse(&text).map(Some).map_err(|error| format!("{ARCSTATS}: {error}")),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

roundsman_sdk::export!(Memory);

#[cfg(test)]
mod tests;
