//! Output of one start of the program: exit code, standard output, standard error.

use std::fmt;

use serde_json::Value;

/// One start of the program, ended.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Returns the one JSON object of `check --format json`.
    ///
    /// # Panics
    /// If standard output is anything else.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("standard output is no JSON object ({error}): {self}"),
        }
    }

    /// Returns the objects of `run --format json`, one a line.
    ///
    /// # Panics
    /// If a line is anything else.
    #[must_use]
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let read =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line:?}: {self}"));
        self.stdout.lines().map(read).collect()
    }

    /// Asserts a run that failed so: exit code 3, UNKNOWN, and `parts` in the failure's message or hint.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn assert_failure(&self, kind: &str, parts: &[&str]) {
        let report = self.json();
        let failure = &report["failure"];
        assert_eq!(failure["kind"], kind, "the failure's kind: {self}");
        assert_eq!((&report["state"], &report["status"]), (&"failed".into(), &"unknown".into()), "{self}");
        assert_eq!(self.code, 3, "exit code: {self}");
        let said = format!("{} {}", failure["message"].as_str().unwrap_or(""), failure["hint"].as_str().unwrap_or(""));
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in the failure: {self}");
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {}\nstdout: {}\nstderr: {}", self.code, self.stdout, self.stderr)
    }
}
