//! Options that an operator sets below `[check.NAME.config]`.

use serde::Deserialize;

/// Options of the check, as its README explains them.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The disks to ask; without, all that the kernel has.
    pub disks: Vec<Device>,
    /// Devices that are not asked, such as /dev/sdc.
    pub ignore: Vec<String>,
    /// Disks that must be there, by their serial numbers or names; one that is not is CRITICAL.
    pub expected: Vec<String>,
}

/// A disk, also one behind a controller.
#[derive(Clone, Debug, Deserialize, PartialEq, roundsman_sdk::Options)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The device that smartctl opens
    pub device: String,
    /// Its type for smartctl -d, such as megaraid,4
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// Its label in place of the serial number, such as slot 4
    #[serde(default)]
    pub name: Option<String>,
}
