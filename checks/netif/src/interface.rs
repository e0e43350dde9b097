//! One interface as `/sys/class/net` shows it (the kernel's sysfs-class-net).

use roundsman_sdk::Failure;
use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::tree::Thing;

/// The flag by which an operator has switched it on (IFF_UP).
const ON: u64 = 1;

#[derive(Debug, PartialEq)]
pub struct Interface {
    /// Such as `up`, `down` and `lowerlayerdown`.
    pub state: String,
    pub on: bool,
    /// Mbit/s; `None` if none is negotiated, and for virtual interfaces.
    pub speed: Option<u64>,
    pub changes: Option<u64>,
}

impl Interface {
    /// Drivers that do not tell their state say `unknown` while they work.
    pub fn is_up(&self) -> bool {
        self.on && matches!(self.state.as_str(), "up" | "unknown")
    }
}

/// `None` of one that vanished while the check looked.
pub fn parse(files: &Thing) -> Result<Option<Interface>, Failure> {
    let word = |field: &Field| match field.text() {
        "" => Err(field.error("is no state of an interface")),
        word => Ok(word.to_owned()),
    };
    let Some(state) = files.parsed("operstate", word)? else { return Ok(None) };
    let Some(flags) = files.parsed("flags", Field::hex)? else { return Ok(None) };
    Ok(Some(Interface {
        state,
        on: flags & ON != 0,
        // What has no speed answers EINVAL.
        speed: match files.find("speed") {
            Err(error) if error.errno() == Some("EINVAL") => None,
            _ => files.parsed("speed", speed)?.flatten(),
        },
        changes: files.parsed("carrier_changes", |it| it.integer())?,
    }))
}

/// -1 and 4294967295, the same without a sign, mean that none is known.
fn speed(field: &Field) -> Result<Option<u64>, ParseError> {
    let speed: i64 = field.integer()?;
    Ok(u64::try_from(speed).ok().filter(|it| *it != 0 && *it != u64::from(u32::MAX)))
}
