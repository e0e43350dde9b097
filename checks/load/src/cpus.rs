//! `/sys/devices/system/cpu/online`: numbers and ranges of CPUs, `0-3,8,10-11`.

use roundsman_sdk::parse::{Field, ParseError};

/// Counts the CPUs that the list names.
pub fn parse(text: &str) -> Result<u32, ParseError> {
    let mut rest = Field::new(text).trimmed();
    let mut count: u32 = 0;
    loop {
        let (part, more) = match rest.split_once(',') {
            Ok((part, more)) => (part, Some(more)),
            Err(_) => (rest, None),
        };
        let add = members(&part)?;
        count = count.checked_add(add).ok_or_else(|| part.error("is more CPUs than can be counted"))?;
        match more {
            Some(more) => rest = more,
            None => return Ok(count),
        }
    }
}

fn members(part: &Field) -> Result<u32, ParseError> {
    let Ok((first, last)) = part.split_once('-') else {
        part.integer::<u16>()?;
        return Ok(1);
    };
    match (first.integer::<u16>()?, last.integer::<u16>()?) {
        (first, last) if first <= last => Ok(u32::from(last - first) + 1),
        _ => Err(part.error("is a range that goes backwards")),
    }
}
