//! Serial numbers by device: a disk that sleeps does not tell its own, and keeps its label all the same.

use roundsman_sdk::{Failure, log, state};

use crate::options::Device;
use crate::report::Answer;

const KEY: &str = "serials";

/// Devices, each with the serial number that the disk there told last. One that woke tells it anew: after a boot it may be
/// another disk.
pub fn remember(disks: &[(Device, Result<Answer, Failure>)]) -> Vec<(String, String)> {
    let before: Vec<(String, String)> = match state::get_json(KEY) {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => {
            log::warning(&format!("serial numbers of the run before cannot be read: {error}"));
            Vec::new()
        }
    };
    let serial = |device: &Device, answer: &Result<Answer, Failure>| match answer {
        Ok(Answer::Told(disk)) => disk.serial.clone().filter(|it| !it.is_empty()),
        _ => before.iter().find(|(it, _)| *it == device.whole()).map(|(_, serial)| serial.clone()),
    };
    let now: Vec<_> = disks.iter().filter_map(|(device, it)| Some((device.whole(), serial(device, it)?))).collect();
    if now != before
        && let Err(error) = state::set_json(KEY, &now)
    {
        log::warning(&format!("serial numbers cannot be remembered: {error}"));
    }
    now
}
