//! One job, and what is known of its last runs: what its wrapper left, which is four files of one number each, or what
//! systemd tells of a timer.

use roundsman_sdk::parse::Field;
use roundsman_sdk::{Context, Error, Failure};

/// The files of a job: when its last run began, how it ended, when, and when the last one that succeeded did:
/// `NAME.start`, …; times are seconds since 1970 UTC.
pub const ENDINGS: [&str; 4] = [".start", ".exit", ".end", ".success"];

/// A job, and each number that is known of it.
pub struct Job {
    pub name: String,
    pub start: Option<i64>,
    pub exit: Option<u8>,
    pub end: Option<i64>,
    pub success: Option<i64>,
    /// Cause of its end in systemd's word, where it neither ended by itself nor succeeded: `timeout`, `signal`, ….
    pub ended_by: Option<String>,
    /// Further facts to tell of it.
    pub notes: Vec<String>,
    /// Errors of what could not be read of it.
    pub broken: Option<Failure>,
}

impl Job {
    pub fn new(name: &str) -> Self {
        let name = name.to_owned();
        let (ended_by, notes) = (None, Vec::new());
        Self { name, start: None, exit: None, end: None, success: None, ended_by, notes, broken: None }
    }

    /// Adds one of its files. That it was replaced or removed meanwhile is no fault of the job.
    pub fn add(&mut self, ending: &str, path: &str, text: Result<String, Error>) {
        let text = match text {
            Ok(text) => text,
            Err(error) if error.is_not_found() => return,
            Err(error) => {
                self.broken = Some(error.into());
                return;
            }
        };
        let field = Field::new(text.trim());
        let read = if ending == ".exit" {
            field.integer().map(|code| self.exit = Some(code))
        } else {
            field.integer().map(|at| match ending {
                ".start" => self.start = Some(at),
                ".end" => self.end = Some(at),
                _ => self.success = Some(at),
            })
        };
        if let Err(failure) = read.context(path) {
            self.broken = Some(failure);
        }
    }

    /// Tells whether its last run that came to an end did not do its work.
    pub fn has_failed(&self) -> bool {
        self.ended_by.is_some() || self.exit.is_some_and(|code| code != 0)
    }

    /// Tells since when a run has not come to its end: it is still running, or was ended from outside.
    pub fn running_since(&self) -> Option<i64> {
        self.start.filter(|start| self.end.is_none_or(|end| end < *start))
    }
}
