//! Certificates in files: for how long they are valid, and whether they are fit for use.
#![forbid(unsafe_code)]

mod judge;
mod options;

use roundsman_sdk::x509::{Certificate, certificates};
use roundsman_sdk::{
    Check, Context, Descriptor, Error, Failure, Measure, Need, Outcome, Range, Unit, clock, files, glob,
};

use options::Options;

const DAY: f64 = 86_400.0;
const TIME_LEFT: Measure = Measure::gauge(
    "time_left",
    Unit::Seconds,
    "time until the first certificate of the file ends; below 0 of one that has ended",
)
.labels(&["file"])
.warning(Range::at_least(14.0 * DAY))
.critical(Range::at_least(7.0 * DAY));
const CERTIFICATES: Measure =
    Measure::gauge("certificates", Unit::Number, "certificates in the file").labels(&["file"]);

/// A certificate, or why it cannot be read.
type Read = Result<Certificate, Failure>;

/// The check; see README.md for its options and metrics.
pub struct Certificates;

impl Check for Certificates {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new(
            "certificate",
            env!("CARGO_PKG_VERSION"),
            "certificates in files, PEM and DER: time left, defects",
        )
        .metric(&TIME_LEFT)
        .metric(&CERTIFICATES)
    }

    fn needs(options: &Options) -> Vec<Need> {
        options.files.iter().map(|file| Need::files(file, "a certificate that is looked at")).collect()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let (mut seen, mut missing) = (Vec::new(), Vec::new());
        for pattern in &options.files {
            let found: Vec<_> = files::read_glob(pattern)?;
            if found.is_empty() {
                missing.push(pattern.as_str());
            }
            for (path, data) in found {
                if !glob::any(&options.ignore, &path) && !seen.iter().any(|(it, _)| *it == path) {
                    let all = read(&path, data);
                    seen.push((path, all));
                }
            }
        }
        Ok(judge::judge(&seen, &missing, clock::now() / 1_000_000_000, &options))
    }
}

fn read(path: &str, data: Result<Vec<u8>, Error>) -> Result<Vec<Read>, Failure> {
    let all = certificates(&data?).context(path)?;
    Ok(all.into_iter().map(|it| it.context(path)).collect())
}

roundsman_sdk::export!(Certificates);

#[cfg(test)]
mod tests;
