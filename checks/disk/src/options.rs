//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Status;
use serde::Deserialize;

/// Options of the check, as its README explains them. Texts are globs in which `*` crosses `/`, as in thresholds.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Types that are not looked at.
    pub exclude_types: Vec<String>,
    /// Mount points that are not looked at.
    pub exclude_mounts: Vec<String>,
    /// Mount points that must be there, or it is CRITICAL.
    pub expected: Vec<String>,
    /// Mount points whose device may be read-only; others are CRITICAL then.
    pub read_only: Vec<String>,
    /// Status of a mount that gives no answer.
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
