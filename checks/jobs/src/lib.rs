//! Jobs of cron and of systemd's timers: when each succeeded last, how it ended and how long it took, from the files that
//! `examples/roundsman-job` leaves, and from systemd.
#![forbid(unsafe_code)]

mod job;
mod judge;
mod options;
mod timers;

use roundsman_sdk::{Check, Descriptor, Error, Failure, Measure, Need, Outcome, Problem, Range, Unit, clock, files};

use job::{ENDINGS, Job};
use options::Options;

const SUCCESS_AGE: Measure =
    Measure::gauge("success_age", Unit::Seconds, "since the job succeeded last").labels(&["job"]);
const EXIT_CODE: Measure = Measure::gauge("exit_code", Unit::Number, "of the last run that came to its end")
    .labels(&["job"])
    .between(0.0, 255.0)
    .warning(Range::up_to(0.0));
const DURATION: Measure =
    Measure::gauge("duration", Unit::Seconds, "of the last run that came to its end").labels(&["job"]);
const RUNNING_FOR: Measure =
    Measure::gauge("running_for", Unit::Seconds, "of a run that has not come to its end").labels(&["job"]);

/// The check; see README.md for its options and metrics.
pub struct Jobs;

impl Check for Jobs {
    type Options = Options;

    fn describe() -> Descriptor {
        let descriptor = Descriptor::new(
            "jobs",
            env!("CARGO_PKG_VERSION"),
            "jobs of cron and timers of systemd: last success, exit, duration",
        )
        .metric(&SUCCESS_AGE)
        .metric(&EXIT_CODE)
        .metric(&DURATION)
        .metric(&RUNNING_FOR);
        ENDINGS.iter().fold(descriptor, |all, ending| {
            let pattern = format!("{}/*{ending}", options::DIRECTORY);
            all.need(Need::files(&pattern, "what the wrapper leaves of each job").optional())
        })
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn needs(options: &Options) -> Vec<Need> {
        let other = (options.directory != options::DIRECTORY).then_some(&options.directory);
        let needs =
            other.map(|it| ENDINGS.map(|ending| Need::files(&format!("{it}/*{ending}"), "what the wrapper leaves")));
        let timers = options.has_timers().then(timers::need);
        needs.into_iter().flatten().chain(timers).collect()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let mut jobs = read(&options.directory)?;
        let timers = if options.has_timers() { timers::read(&options) } else { Ok(Vec::new()) };
        let unknown = timers.map(|timers| jobs.extend(timers)).err();
        Ok(judge::judge(&jobs, unknown.as_ref(), clock::now() / 1_000_000_000, &options))
    }
}

/// Returns the jobs that left a file, by name.
fn read(directory: &str) -> Result<Vec<Job>, Error> {
    let mut jobs: Vec<Job> = Vec::new();
    for ending in ENDINGS {
        for (path, text) in files::read_glob_text(&format!("{directory}/*{ending}"))? {
            let name = path.rsplit('/').next().and_then(|file| file.strip_suffix(ending)).unwrap_or_default();
            let at = match jobs.binary_search_by(|it| it.name.as_str().cmp(name)) {
                Ok(at) => at,
                Err(at) => {
                    jobs.insert(at, Job::new(name));
                    at
                }
            };
            jobs[at].add(ending, &path, text);
        }
    }
    Ok(jobs)
}

roundsman_sdk::export!(Jobs);

#[cfg(test)]
mod tests;
