//! `/proc/vmstat`: counters since the boot, as far as this check needs them. A name and a number a line.

use roundsman_sdk::parse::{ParseError, key_values};

/// Pages that were written to swap, and read back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swapped {
    pub written: u64,
    pub read: u64,
}

/// Returns how many processes the kernel ended as it had no memory left (Linux 4.13 and later).
pub fn oom_kills(text: &str) -> Result<u64, ParseError> {
    key_values(text, ' ').get("oom_kill")?.integer()
}

/// Returns what went to swap and came back.
pub fn swapped(text: &str) -> Result<Swapped, ParseError> {
    let all = key_values(text, ' ');
    Ok(Swapped { written: all.get("pswpout")?.integer()?, read: all.get("pswpin")?.integer()? })
}
