//! What an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// See README.md.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    pub expected: usize,
    pub ignore: Vec<String>,
}
