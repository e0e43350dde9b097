//! A granted file: whether it is there, its size and age, what it must or must not say, and numbers picked out of it.
#![forbid(unsafe_code)]

mod judge;
mod options;

use roundsman_sdk::files::{self, FileKind, Metadata};
use roundsman_sdk::{Check, Descriptor, Error, Failure, Measure, MetricInfo, Need, Outcome, Problem, Unit, clock};

use options::Options;

const SIZE: Measure = Measure::gauge("size", Unit::Bytes, "bytes of the file");
const AGE: Measure = Measure::gauge("age", Unit::Seconds, "time since it was modified; negative if that is to come");
const LINES: Measure = Measure::gauge("lines", Unit::Number, "lines of the file, where it is read");

/// The names that an operator's numbers cannot have.
const OWN_METRICS: [&str; 3] = ["size", "age", "lines"];

/// The check; see README.md for its options and metrics.
pub struct File;

impl Check for File {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("file", env!("CARGO_PKG_VERSION"), "a file's size, age and text")
            .metric(&SIZE)
            .metric(&AGE)
            .metric(&LINES)
            .free_metrics()
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn needs(options: &Options) -> Vec<Need> {
        let Some(path) = &options.path else { return Vec::new() };
        if options.reads_content() {
            vec![Need::files(path, "the options name this file")]
        } else {
            vec![Need::metadata(path, "the options ask for its size and age only")]
        }
    }

    fn metrics(options: &Options) -> Option<Vec<MetricInfo>> {
        Some(options.wanted().declared())
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let path = choose(&options)?;
        match look(&path, &options)? {
            Some(seen) => Ok(judge::present(&path, &seen, clock::now(), &options)),
            None => Ok(Outcome::new(format!("{path} does not exist")).judged(options.of_missing())),
        }
    }
}

/// A file that is there.
struct Seen {
    metadata: Metadata,
    /// `None` where nothing is to be looked for in it.
    content: Option<Result<Vec<u8>, Error>>,
}

fn look(path: &str, options: &Options) -> Result<Option<Seen>, Failure> {
    let metadata = match files::stat_followed(path) {
        Err(error) if error.is_not_found() => return Ok(None),
        metadata => metadata?,
    };
    if metadata.kind != FileKind::Regular {
        return Err(Failure::new(format!("{path} is not a regular file")));
    }
    let content = match options.reads_content().then(|| files::read(path)) {
        Some(Err(error)) if error.is_not_found() => return Ok(None),
        // What to grant is said with the failure.
        Some(Err(error)) if error.is_denied() => return Err(error.into()),
        content => content,
    };
    Ok(Some(Seen { metadata, content }))
}

/// The file that the options name, or the only one granted.
fn choose(options: &Options) -> Result<String, Failure> {
    if let Some(path) = &options.path {
        return Ok(path.clone());
    }
    let granted = files::granted();
    let paths: Vec<&String> = granted.files.iter().chain(&granted.metadata).collect();
    match paths.as_slice() {
        [path] if !path.contains(['*', '?', '[']) => Ok((*path).clone()),
        _ => {
            let message = format!("is needed: {} paths are granted, not a single one without wildcards", paths.len());
            Err(Failure::options(vec![Problem::new("path", message)]))
        }
    }
}

roundsman_sdk::export!(File);

#[cfg(test)]
mod tests;
