//! What an operator sets below `[check.NAME.config]`.

use roundsman_sdk::parse::Field;
use roundsman_sdk::{Problem, glob};
use serde::Deserialize;

/// The directory in which the wrapper leaves its files, unless it is told otherwise.
pub const DIRECTORY: &str = "/var/lib/roundsman-jobs";

/// See README.md.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The directory in which the wrapper leaves its files.
    pub directory: String,
    /// Jobs that must run: one that has not succeeded for two of its periods is CRITICAL.
    pub jobs: Vec<Expected>,
    /// Globs of jobs that are not looked at.
    pub exclude: Vec<String>,
}

/// A job that must run.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The name that the wrapper was given.
    pub name: String,
    /// How often it runs, such as `1d`.
    pub every: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { directory: DIRECTORY.into(), jobs: Vec::new(), exclude: Vec::new() }
    }
}

impl Expected {
    /// Returns the period in seconds. Validated before a run.
    pub fn period(&self) -> u64 {
        Field::new(self.every.as_str()).duration().unwrap_or_default()
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

    pub fn looks_at(&self, name: &str) -> bool {
        !glob::any(&self.exclude, name)
    }
}
