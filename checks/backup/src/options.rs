//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Problem;
use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Globs of backups: each must match one, and the newest of each is judged.
    pub backups: Vec<String>,
    /// Globs of the files that are backups, where no program lists them.
    pub files: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { backups: vec!["*".into()], files: Vec::new() }
    }
}

impl Options {
    pub fn problems(&self) -> Vec<Problem> {
        let none = || Problem::new("backups", "has no glob: nothing would be judged; \"*\" is any backup");
        self.backups.is_empty().then(none).into_iter().collect()
    }
}
