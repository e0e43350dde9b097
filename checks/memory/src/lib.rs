//! Memory and swap of the host, with huge pages and the cache of ZFS apart.
#![forbid(unsafe_code)]

mod arcstats;
mod judge;
mod meminfo;
mod options;

use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Range, Unit, files};

use options::Options;

const MEMINFO: &str = "/proc/meminfo";
const ARCSTATS: &str = "/proc/spl/kstat/zfs/arcstats";

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
            .need(Need::files(MEMINFO, "the kernel tells memory and swap here"))
            .need(Need::files(ARCSTATS, "the cache of ZFS; not needed on a host without").optional())
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let text = files::read_text(MEMINFO)?;
        Ok(judge::judge(&meminfo::parse(&text), &cache(), &options))
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
