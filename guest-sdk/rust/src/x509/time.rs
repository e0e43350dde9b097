//! Times of certificates: `260101000000Z`, or with four digits of the year since 2050 (RFC 5280, 4.1.2.5).

use super::der::Element;
use crate::parse::{ParseError, days};

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Returns seconds since 1970 UTC.
pub(super) fn seconds(element: &Element) -> Result<i64, ParseError> {
    let wrong = || element.error("is no time in UTC");
    let text = std::str::from_utf8(element.content).map_err(|_| wrong())?;
    let digits = text.strip_suffix('Z').filter(|it| it.bytes().all(|byte| byte.is_ascii_digit())).ok_or_else(wrong)?;
    let (year, rest) = match (element.tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year = number(&digits[..2]);
            (if year < 50 { 2000 + year } else { 1900 + year }, &digits[2..])
        }
        (GENERALIZED_TIME, 14) => (number(&digits[..4]), &digits[4..]),
        _ => return Err(wrong()),
    };
    let part = |at: usize| number(&rest[at..at + 2]);
    let (month, day, hour, minute, second) = (part(0), part(2), part(4), part(6), part(8));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return Err(wrong());
    }
    Ok(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn number(digits: &str) -> i64 {
    digits.bytes().fold(0, |all, digit| all * 10 + i64::from(digit - b'0'))
}
