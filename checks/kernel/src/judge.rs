//! From what was seen of the kernel to what is reported of it.

use roundsman_sdk::text::{cut, duration};
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::options::Options;
use crate::{AGE, HUNG_TASKS, NEEDED, TAINT, tainted, version};

/// Packages that are named.
const NAMED: usize = 200;

#[derive(Debug)]
pub struct Seen {
    /// Seconds.
    pub uptime: u64,
    pub release: String,
    pub tainted: Result<u64, Failure>,
    /// `None` of a kernel that does not count them.
    pub hung: Result<Option<u64>, Failure>,
    /// Releases of the kernels that are installed; none in a container, and where they are not below `/boot`.
    pub installed: Vec<String>,
    pub required: bool,
    pub packages: Vec<String>,
}

pub fn judge(seen: &Seen, options: &Options) -> Outcome {
    let up = duration(seen.uptime);
    let reboot = reboot(seen);
    let needed = !reboot.is_empty();
    let summary = format!("Linux {}, up {up}{}", seen.release, if needed { ", a reboot is needed" } else { "" });
    let text = if needed { reboot.join("; ") } else { "not needed".to_owned() };
    let status = if needed { options.reboot_needed } else { Status::Ok };
    let outcome = Outcome::new(summary)
        .metric(AGE.count(seen.uptime))
        .metric(NEEDED.count(needed.into()))
        .subcheck(Subcheck::new("part", "reboot", text).judged(status))
        .part("part", "tainted", seen.tainted.as_ref().map(|bits| taint(*bits, options)).map_err(Failure::clone));
    let reasons = seen.tainted.as_ref().ok().map(|bits| TAINT.count(bits.count_ones().into()));
    let outcome = outcome.metrics(reasons);
    match &seen.hung {
        Ok(hung) => outcome.metrics(hung.map(|it| HUNG_TASKS.count(it))),
        Err(failure) => outcome.subcheck(Subcheck::failed("part", "hung_tasks", failure.clone())),
    }
}

/// Why a reboot is needed; nothing where it is not.
fn reboot(seen: &Seen) -> Vec<String> {
    let newer = version::newer(&seen.release, &seen.installed);
    let mut reasons: Vec<String> = newer.map(|newer| format!("{newer} is installed")).into_iter().collect();
    if seen.required {
        reasons.push(match seen.packages.join(", ") {
            none if none.is_empty() => "a package asks for it".into(),
            packages => format!("asked for by {}", cut(&packages, NAMED)),
        });
    }
    reasons
}

fn taint(bits: u64, options: &Options) -> Part {
    let reasons = tainted::reasons(bits);
    let text = if reasons.is_empty() { "no".to_owned() } else { reasons.join(", ") };
    // The metric has no label of the part: there is one kernel.
    Part::new(text).judged(if bits == 0 { Status::Ok } else { options.tainted })
}
