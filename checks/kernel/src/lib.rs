//! The kernel: how long it runs, whether a newer one waits for a reboot, what tainted it.
#![forbid(unsafe_code)]

mod judge;
mod options;
mod tainted;
mod version;

use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::{Check, Context, Descriptor, Error, Failure, Measure, Need, Outcome, Unit, files};

use judge::Seen;
use options::Options;

const UPTIME: &str = "/proc/uptime";
const RELEASE: &str = "/proc/sys/kernel/osrelease";
const TAINTED: &str = "/proc/sys/kernel/tainted";
/// Since Linux 6.13.
const HUNG: &str = "/proc/sys/kernel/hung_task_detect_count";
/// Files of installed kernels, below `/boot` by name and release, as almost every distribution has them.
const INSTALLED: &str = "/boot/vmlinuz-*";
/// Written by Debian and Ubuntu when a package asks for a reboot; the second names the packages.
const REQUIRED: &str = "/run/reboot-required";
const PACKAGES: &str = "/run/reboot-required.pkgs";

const AGE: Measure = Measure::gauge("uptime", Unit::Seconds, "time since the boot");
const TAINT: Measure = Measure::gauge("tainted", Unit::Number, "reasons for which the kernel calls itself tainted");
const NEEDED: Measure =
    Measure::gauge("reboot_needed", Unit::Number, "1 where a reboot is needed, else 0").between(0.0, 1.0);
const HUNG_TASKS: Measure =
    Measure::counter("hung_tasks", Unit::Number, "tasks that the kernel found hung since the boot");

/// The check; see README.md for its options and metrics.
pub struct Kernel;

impl Check for Kernel {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor =
            Descriptor::new("kernel", env!("CARGO_PKG_VERSION"), "uptime, a reboot that is needed, a tainted kernel");
        let descriptor = [&AGE, &TAINT, &NEEDED, &HUNG_TASKS].into_iter().fold(descriptor, Descriptor::metric);
        descriptor
            .need(Need::files(UPTIME, "the time since the boot"))
            .need(Need::files(RELEASE, "the kernel that runs"))
            .need(Need::files(TAINTED, "why the kernel calls itself tainted"))
            .need(Need::files(HUNG, "hung tasks, since Linux 6.13"))
            .need(Need::metadata(INSTALLED, "the kernels that are installed, by their names"))
            .need(Need::files(REQUIRED, "whether a package asks for a reboot, on Debian and Ubuntu"))
            .need(Need::files(PACKAGES, "which packages ask for it"))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let packages = optional(PACKAGES)?.unwrap_or_default();
        let mut packages: Vec<String> = packages.lines().map(str::to_owned).filter(|it| !it.is_empty()).collect();
        packages.sort_unstable();
        packages.dedup();
        let installed = files::stat_glob(INSTALLED)?;
        let name = |path: &str| path.rsplit_once("vmlinuz-").map(|(_, release)| release.to_owned());
        let seen = Seen {
            uptime: read(UPTIME, seconds)?,
            release: files::read_text(RELEASE)?.trim().to_owned(),
            tainted: read(TAINTED, |field| field.integer()),
            hung: optional(HUNG)?.map(|text| Field::new(text.trim()).integer().context(HUNG)).transpose(),
            installed: installed.iter().filter_map(|(path, _)| name(path)).collect(),
            required: optional(REQUIRED)?.is_some(),
            packages,
        };
        Ok(judge::judge(&seen, &options))
    }
}

fn read<T>(path: &str, parse: fn(&Field) -> Result<T, ParseError>) -> Result<T, Failure> {
    let text = files::read_text(path)?;
    parse(&Field::new(text.trim())).context(path)
}

/// `None` where there is no such file.
fn optional(path: &str) -> Result<Option<String>, Error> {
    match files::read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the whole seconds of `13569.49 3725.06`.
fn seconds(field: &Field) -> Result<u64, ParseError> {
    field.split_once('.')?.0.integer()
}

roundsman_sdk::export!(Kernel);

#[cfg(test)]
mod tests;
