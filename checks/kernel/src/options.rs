//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Status;
use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Status where a reboot is needed: a newer kernel is installed than runs, or a package asks for it.
    pub reboot_needed: Status,
    /// Status of a tainted kernel; some modules, such as those of NVIDIA and ZFS, taint every kernel.
    pub tainted: Status,
}

impl Default for Options {
    fn default() -> Self {
        Self { reboot_needed: Status::Warning, tainted: Status::Ok }
    }
}
