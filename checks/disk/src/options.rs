//! What an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Status;
use serde::Deserialize;

/// See README.md. Texts are globs in which `*` crosses `/`, as in thresholds.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    pub exclude_types: Vec<String>,
    pub exclude_mounts: Vec<String>,
    pub expected: Vec<String>,
    pub read_only: Vec<String>,
    pub no_answer: Status,
}

impl Default for Options {
    fn default() -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|it| it.to_string()).collect();
        Self {
            // Images are full and read-only by their nature, and devtmpfs holds no data.
            exclude_types: owned(&["devtmpfs", "efivarfs", "erofs", "iso9660", "squashfs"]),
            // What container engines and sessions mount there shows another mount's space.
            exclude_mounts: owned(&[
                "/var/lib/docker/*",
                "/var/lib/containers/*",
                "/run/*",
                "/dev/*",
                "/proc/*",
                "/sys/*",
            ]),
            expected: Vec::new(),
            read_only: Vec::new(),
            no_answer: Status::Unknown,
        }
    }
}
