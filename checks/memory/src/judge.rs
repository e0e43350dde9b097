//! From what the kernel tells to what is reported of it.

use roundsman_sdk::text::{duration, size};
use roundsman_sdk::{Outcome, Status, Subcheck};

use crate::arcstats::Cache;
use crate::meminfo::{Area, Meminfo};
use crate::options::{Counted, Options};
use crate::{
    AVAILABLE, HUGE_PAGES, HUGE_PAGES_FREE, MEMINFO, OOM_KILLS, SWAP_TOTAL, SWAP_USED, SWAP_USED_PERCENT, TOTAL, USED,
    USED_PERCENT, ZFS_CACHE,
};

/// `cache` is `None` on a host without ZFS. What could not be told of one part is a subcheck, and hides no other.
pub fn judge(meminfo: &Meminfo, cache: &Result<Option<Cache>, String>, options: &Options) -> Outcome {
    let huge = meminfo.huge.as_ref().ok().copied().flatten().filter(|it| it.total > 0);
    let cache = &believable(cache, meminfo);
    let cache_known = cache.as_ref().ok().and_then(Option::as_ref);
    let mut facts = Vec::new();
    let mut outcome = Outcome::new("");

    match &meminfo.memory {
        Ok(memory) => {
            let area = ordinary(*memory, huge, cache_known, options);
            let (used, all, available) = (size(area.used()), size(area.total), size(area.available));
            facts.push(format!("{used} of {all} used, {available} available"));
            outcome = outcome
                .metrics(area.used_percent().map(|percent| USED_PERCENT.value(percent)))
                .metric(USED.count(area.used()))
                .metric(AVAILABLE.count(area.available))
                .metric(TOTAL.count(memory.total));
        }
        Err(error) => outcome = outcome.subcheck(broken("memory", &format!("{MEMINFO}: {error}"))),
    }
    match &meminfo.swap {
        Ok(swap) => {
            facts.push(match swap.total {
                0 => "no swap".to_owned(),
                total => format!("{} of {} swap used", size(swap.used()), size(total)),
            });
            outcome = outcome
                .metrics(swap.used_percent().map(|percent| SWAP_USED_PERCENT.value(percent)))
                .metric(SWAP_USED.count(swap.used()))
                .metric(SWAP_TOTAL.count(swap.total));
        }
        Err(error) => outcome = outcome.subcheck(broken("swap", &format!("{MEMINFO}: {error}"))),
    }
    if let Err(error) = &meminfo.huge {
        outcome = outcome.subcheck(broken("huge_pages", &format!("{MEMINFO}: {error}")));
    }
    if let Some(huge) = huge {
        facts.push(format!("{} of huge pages", size(huge.total)));
        outcome = outcome.metric(HUGE_PAGES.count(huge.total)).metric(HUGE_PAGES_FREE.count(huge.available));
    }
    if let Err(error) = cache {
        outcome = outcome.subcheck(broken("zfs_cache", error));
    }
    if let Some(cache) = cache_known {
        facts.push(format!("{} of ZFS cache", size(cache.size)));
        outcome = outcome.metric(ZFS_CACHE.count(cache.size));
    }
    outcome.summary = facts.join("; ");
    outcome
}

/// Adds the processes that the kernel ended in the last `span` seconds; `None` where that is not known yet.
pub fn with_kills(mut outcome: Outcome, kills: Option<u64>, span: u64) -> Outcome {
    let Some(kills) = kills else { return outcome };
    if kills > 0 {
        let processes = if kills == 1 { "process" } else { "processes" };
        outcome.summary += &format!("; {kills} {processes} ended for want of memory in {}", duration(span));
    }
    outcome.metric(OOM_KILLS.count(kills))
}

/// Refuses a cache that is larger than the memory: that is a mistake, and would show a full host as an empty one. It may be larger than what is
/// used: the kernel takes a part of it for available already.
fn believable(cache: &Result<Option<Cache>, String>, meminfo: &Meminfo) -> Result<Option<Cache>, String> {
    let (Ok(Some(cache)), Ok(memory)) = (cache, &meminfo.memory) else { return cache.clone() };
    if cache.size > memory.total {
        return Err(format!("the cache of ZFS has {}, which is more than the host", size(cache.size)));
    }
    Ok(Some(cache.clone()))
}

/// The memory that is judged.
fn ordinary(memory: Area, huge: Option<Area>, cache: Option<&Cache>, options: &Options) -> Area {
    let freed = cache.filter(|_| !options.counts(Counted::ZfsCache)).map_or(0, Cache::can_be_freed);
    let apart = huge.filter(|_| !options.counts(Counted::HugePages)).map_or(0, |it| it.total);
    memory.with_available(freed).without(apart)
}

fn broken(part: &str, error: &str) -> Subcheck {
    Subcheck::new("part", part, error).judged(Status::Unknown)
}
