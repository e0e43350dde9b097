//! Memory and swap of the host, from `/proc/meminfo`.
#![forbid(unsafe_code)]

mod meminfo;

use roundsman_sdk::text::size;
use roundsman_sdk::{Check, Context, Descriptor, Failure, Measure, Need, NoOptions, Outcome, Range, Unit, files};

use meminfo::Meminfo;

const MEMINFO: &str = "/proc/meminfo";

const USED_PERCENT: Measure = Measure::gauge("used_percent", Unit::Percent, "memory that programs cannot have, of all")
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

/// The check; see README.md for its metrics.
pub struct Memory;

impl Check for Memory {
    type Options = NoOptions;

    fn describe() -> Descriptor {
        Descriptor::new("memory", env!("CARGO_PKG_VERSION"), "memory and swap in use")
            .metric(&USED_PERCENT)
            .metric(&USED)
            .metric(&AVAILABLE)
            .metric(&TOTAL)
            .metric(&SWAP_USED_PERCENT)
            .metric(&SWAP_USED)
            .metric(&SWAP_TOTAL)
            .need(Need::files(MEMINFO, "the kernel tells memory and swap here"))
    }

    fn run(_: NoOptions) -> Result<Outcome, Failure> {
        let text = files::read_text(MEMINFO)?;
        let meminfo = meminfo::parse(&text).context(MEMINFO)?;
        Ok(judge(&meminfo))
    }
}

fn judge(Meminfo { memory, swap }: &Meminfo) -> Outcome {
    let used = memory.used();
    let summary = format!("{} of {} used, {} available", size(used), size(memory.total), size(memory.available));
    let swap_said = match swap.total {
        0 => "no swap".to_owned(),
        total => format!("{} of {} swap used", size(swap.used()), size(total)),
    };
    Outcome::new(format!("{summary}; {swap_said}"))
        .metrics(memory.used_percent().map(|percent| USED_PERCENT.value(percent)))
        .metric(USED.count(used))
        .metric(AVAILABLE.count(memory.available))
        .metric(TOTAL.count(memory.total))
        .metrics(swap.used_percent().map(|percent| SWAP_USED_PERCENT.value(percent)))
        .metric(SWAP_USED.count(swap.used()))
        .metric(SWAP_TOTAL.count(swap.total))
}

roundsman_sdk::export!(Memory);

#[cfg(test)]
mod tests;
