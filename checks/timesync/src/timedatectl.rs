//! Output of `timedatectl show` (timedatectl(1)): `NTPSynchronized=yes` is all that it tells of the time itself.

use roundsman_sdk::parse::{ParseError, key_values};

use crate::clock::Clock;

pub fn parse(text: &str) -> Result<Clock, ParseError> {
    let values = key_values(text, '=');
    let synchronised = values.get("NTPSynchronized")?;
    match synchronised.text() {
        "yes" => Ok(Clock { synchronised: true, ..Clock::default() }),
        "no" => Ok(Clock::default()),
        _ => Err(synchronised.error("is neither yes nor no")),
    }
}
