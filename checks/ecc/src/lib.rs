//! Errors of memory that its controllers corrected, and those that they could not, for each module.
#![forbid(unsafe_code)]

mod judge;
mod module;
mod options;

use roundsman_sdk::rates;
use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Range, Unit, tree};

use module::Module;
use options::Options;

/// Below this, a directory for each memory controller that a driver has.
const CONTROLLERS: &str = "/sys/devices/system/edac/mc";

/// The files of each (the kernel's Documentation/admin-guide/RAS/main.rst). Drivers call what they count for `dimm0` or
/// `rank0`; those before Linux 3.6 know rows of chips only.
const FILES: [&str; 12] = [
    "mc*/ce_count",
    "mc*/ue_count",
    "mc*/ce_noinfo_count",
    "mc*/ue_noinfo_count",
    "mc*/dimm*/dimm_label",
    "mc*/dimm*/dimm_ce_count",
    "mc*/dimm*/dimm_ue_count",
    "mc*/rank*/dimm_label",
    "mc*/rank*/dimm_ce_count",
    "mc*/rank*/dimm_ue_count",
    "mc*/csrow*/ce_count",
    "mc*/csrow*/ue_count",
];

const CORRECTABLE: Measure =
    Measure::counter("correctable_errors", Unit::Number, "errors that were corrected since the driver was loaded")
        .labels(&["module"]);
const CORRECTABLE_RATE: Measure =
    Measure::gauge("correctable_rate", Unit::Number, "corrected errors a second since the run before")
        .labels(&["module"])
        .warning(Range::up_to(0.0));
const UNCORRECTABLE: Measure = Measure::counter(
    "uncorrectable_errors",
    Unit::Number,
    "errors that could not be corrected since the driver was loaded",
)
.labels(&["module"])
.critical(Range::up_to(0.0));

/// The check; see README.md for its options and metrics.
pub struct Ecc;

impl Check for Ecc {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor =
            Descriptor::new("ecc", env!("CARGO_PKG_VERSION"), "errors of memory modules, corrected or not")
                .metric(&CORRECTABLE)
                .metric(&CORRECTABLE_RATE)
                .metric(&UNCORRECTABLE);
        FILES.iter().fold(descriptor, |all, pattern| {
            all.need(Need::files(
                &format!("{CONTROLLERS}/{pattern}"),
                "the driver of the controller counts errors here",
            ))
        })
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let controllers = tree::read(CONTROLLERS, &FILES)?;
        if controllers.things.is_empty() && controllers.errors.is_empty() && options.expected == 0 {
            return Err(Failure::new(
                "no memory controller is known to the kernel, so nothing counts errors: load the EDAC driver of this \
                 hardware, or leave hosts without one out by only_if",
            ));
        }
        let modules: Vec<Module> = controllers.things.iter().flat_map(module::modules).collect();
        let counters = modules.iter().filter_map(|it| Some((it.label.clone(), *it.correctable.as_ref().ok()?)));
        let rates = rates::per_second("correctable", counters);
        Ok(judge::judge(&controllers, &modules, rates, &options))
    }
}

roundsman_sdk::export!(Ecc);

#[cfg(test)]
mod tests;
