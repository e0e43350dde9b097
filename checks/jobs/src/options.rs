//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::parse::Field;
use roundsman_sdk::{Problem, glob};
use serde::Deserialize;

/// The directory in which the wrapper leaves its files, unless it is told otherwise.
pub const DIRECTORY: &str = "/var/lib/roundsman-jobs";

/// End of the name of a timer.
const TIMER: &str = ".timer";

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The directory in which the wrapper leaves its files.
    pub directory: String,
    /// Jobs that must run: one that has not succeeded for two of its periods is CRITICAL.
    pub jobs: Vec<Expected>,
    /// Globs of systemd's timers that are jobs; those that `jobs` names are always.
    pub timers: Vec<String>,
    /// Globs of jobs that are not looked at.
    pub exclude: Vec<String>,
}

/// A job that must run.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The name that the wrapper was given, or of a timer of systemd, such as `backup.timer`.
    pub name: String,
    /// How often it runs, such as `1d`.
    pub every: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { directory: DIRECTORY.into(), jobs: Vec::new(), timers: Vec::new(), exclude: Vec::new() }
    }
}

impl Expected {
    /// Returns the period in seconds. Validated before a run.
    pub fn period(&self) -> u64 {
        Field::new(self.every.as_str()).duration().unwrap_or_default()
    }

    pub fn is_timer(&self) -> bool {
        self.name.ends_with(TIMER)
    }
}

impl Options {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (i, job) in self.jobs.iter().enumerate() {
            if let Err(error) = Field::new(job.every.as_str()).duration() {
                problems.push(Problem::new(format!("jobs[{i}].every"), error.message));
            }
            if self.jobs[..i].iter().any(|it| it.name == job.name) {
                problems.push(Problem::new(format!("jobs[{i}].name"), format!("{:?} is there twice", job.name)));
            }
        }
        problems
    }

    /// Returns the period of a job, in seconds, where it must run.
    pub fn period(&self, name: &str) -> Option<u64> {
        self.jobs.iter().find(|it| it.name == name).map(Expected::period)
    }

    pub fn has_timers(&self) -> bool {
        !self.timers.is_empty() || self.jobs.iter().any(Expected::is_timer)
    }

    /// Tells whether a timer of systemd is one of the jobs.
    pub fn is_timer(&self, name: &str) -> bool {
        glob::any(&self.timers, name) || self.jobs.iter().any(|it| it.name == name)
    }

    pub fn looks_at(&self, name: &str) -> bool {
        !glob::any(&self.exclude, name)
    }
}
