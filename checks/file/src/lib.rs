//! A granted file, or the newest of many: whether it is there, its size and age, what it must or must not say, and numbers picked out of it.
#![forbid(unsafe_code)]

mod judge;
mod look;
mod options;

use roundsman_sdk::expect;
use roundsman_sdk::{Check, Descriptor, Failure, Measure, MetricInfo, Need, Outcome, Problem, Unit, clock};

use options::Options;

const SIZE: Measure = Measure::gauge("size", Unit::Bytes, "bytes of the file; of many, of the newest");
const AGE: Measure = Measure::gauge("age", Unit::Seconds, "time since it was modified; negative if that is to come");
const LINES: Measure = Measure::gauge("lines", Unit::Number, "lines of the file, where it is read");
const OLDEST_AGE: Measure =
    Measure::gauge("oldest_age", Unit::Seconds, "age of the oldest file that a pattern matches");
const FILES: Measure = Measure::gauge("files", Unit::Number, "files that a pattern matches");
const TOTAL_SIZE: Measure = Measure::gauge("total_size", Unit::Bytes, "bytes of all files that a pattern matches");

/// The names that an operator's numbers cannot have.
const OWN_METRICS: [&str; 6] = ["size", "age", "lines", "oldest_age", "files", "total_size"];

/// The check; see README.md for its options and metrics.
pub struct File;

impl Check for File {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("file", env!("CARGO_PKG_VERSION"), "a file's size, age and text")
            .metric(&SIZE)
            .metric(&AGE)
            .metric(&LINES)
            .metric(&OLDEST_AGE)
            .metric(&FILES)
            .metric(&TOTAL_SIZE)
            .free_metrics()
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn replaced(key: &str, config: &str) -> Option<String> {
        expect::replaced(key, config)
    }

    fn needs(options: &Options) -> Vec<Need> {
        let file = options.path.iter().map(|path| match options.reads_content(path) {
            true => Need::files(path, "the options name this file"),
            false => Need::metadata(path, "the options ask for its size and age only"),
        });
        file.chain(options.wanted().needs()).collect()
    }

    fn metrics(options: &Options) -> Option<Vec<MetricInfo>> {
        options.other_series.is_none().then(|| options.wanted().declared())
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let (path, now) = (look::choose(&options)?, clock::now());
        if look::is_pattern(&path) {
            return run_many(&path, now, &options);
        }
        Ok(match look::one(&path, now, &options)? {
            Some(seen) => judge::present(&seen, now, &options),
            None => Outcome::new(format!("{path} does not exist")).judged(options.of_missing()),
        })
    }
}

/// Age, size and text are those of the newest file.
fn run_many(pattern: &str, now: i64, options: &Options) -> Result<Outcome, Failure> {
    let mut many = look::many(pattern, now, options)?;
    while let Some((path, metadata)) = many.newest().cloned() {
        if let Some(seen) = look::read(&path, metadata, options.reads_content(pattern))? {
            return Ok(judge::with_others(judge::present(&seen, now, options), &many, now));
        }
        // It vanished meanwhile.
        many.settled.retain(|(it, _)| *it != path);
    }
    let text = judge::none(pattern, &many);
    Ok(judge::with_others(Outcome::new(text).judged(options.of_missing()), &many, now))
}

roundsman_sdk::export!(File);

#[cfg(test)]
mod tests;
