//! New lines of granted log files since the run before, judged by patterns, across rotation.
#![forbid(unsafe_code)]

mod judge;
mod options;

use roundsman_sdk::{Check, Descriptor, Failure, Measure, Need, Outcome, Problem, Unit, files, tail};

use options::Options;

const LINES: Measure = Measure::gauge("lines", Unit::Number, "lines that came since the run before").labels(&["path"]);
const MATCHES: Measure =
    Measure::gauge("matches", Unit::Number, "lines among them that a pattern of the level matches")
        .labels(&["path", "level"]);
const SKIPPED: Measure =
    Measure::gauge("skipped", Unit::Bytes, "what came and was not looked at, for it was too much").labels(&["path"]);

/// The check; see README.md for its options and metrics.
pub struct Log;

impl Check for Log {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("log", env!("CARGO_PKG_VERSION"), "new lines of log files, judged by patterns")
            .metric(&LINES)
            .metric(&MATCHES)
            .metric(&SKIPPED)
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn needs(options: &Options) -> Vec<Need> {
        options.paths.iter().map(|path| Need::files(path, "the options name this log")).collect()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let paths = if options.paths.is_empty() { files::granted().files } else { options.paths.clone() };
        if paths.is_empty() {
            return Err(Failure::options(vec![Problem::new("paths", "names no file, and none is granted")]));
        }
        let tail = tail::new_lines("log", &paths, options.max_bytes)?;
        Ok(judge::judge(&tail, &options))
    }
}

roundsman_sdk::export!(Log);

#[cfg(test)]
mod tests;
