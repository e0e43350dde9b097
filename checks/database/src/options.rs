//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Problem;
use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What stands between two columns.
    pub separator: String,
    /// What the client prints for NULL.
    pub null: Vec<String>,
    /// The most rows of a query that are taken; more are a failure of it.
    pub max_rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { separator: "\t".into(), null: vec!["".into(), "NULL".into(), "\\N".into()], max_rows: 1_000 }
    }
}

impl Options {
    pub fn problems(&self) -> Vec<Problem> {
        let empty = || Problem::new("separator", "is empty: write what the client prints between two columns");
        self.separator.is_empty().then(empty).into_iter().collect()
    }
}
