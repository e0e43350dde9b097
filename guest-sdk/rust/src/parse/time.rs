//! Moments as programs write them (RFC 3339, ISO 8601).

use super::{Field, ParseError};

impl Field<'_> {
    /// Returns seconds since 1970 UTC from `2026-11-30T02:43:42.08Z`, `2026-11-30 02:43:42+01:00`, or the same without a zone,
    /// which is read as `offset` seconds ahead of UTC. A fraction of a second is dropped.
    pub fn moment(&self, offset: i32) -> Result<i64, ParseError> {
        self.read_moment(offset).ok_or_else(|| self.error("is no moment such as 2026-11-30T02:43:42Z"))
    }

    /// Returns seconds from a whole number with its unit: `90s`, `5m`, `4h`, `2d`, `1w`.
    pub fn duration(&self) -> Result<u64, ParseError> {
        let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800)];
        let unit = units.iter().find(|(unit, _)| self.text().ends_with(unit));
        let (unit, factor) = unit.ok_or_else(|| self.error("is no duration such as 90s, 5m, 4h, 2d or 1w"))?;
        let number: u64 = self.without_end(unit)?.integer()?;
        number.checked_mul(*factor).ok_or_else(|| self.error("is out of range for a duration"))
    }

    fn read_moment(&self, offset: i32) -> Option<i64> {
        let text = self.text();
        let (moment, rest) = (text.get(..19)?, text.get(19..)?);
        let number = |from: usize, to: usize| Field::new(moment.get(from..to)?).integer::<u16>().ok().map(i64::from);
        let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        let right = marks.iter().all(|(at, mark)| moment.as_bytes()[*at] == *mark);
        if !right || !matches!(moment.as_bytes()[10], b'T' | b't' | b' ') {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
        let zone = rest.trim_start_matches(|it: char| it == '.' || it.is_ascii_digit());
        let ahead = if zone.is_empty() { i64::from(offset) } else { ahead(zone)? };
        in_range.then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - ahead)
    }
}

/// Returns seconds ahead of UTC from `Z`, `+01:00`, `-0530` or ` +0100`.
fn ahead(zone: &str) -> Option<i64> {
    let zone = zone.trim_start();
    if zone == "Z" || zone == "z" || zone == "UTC" {
        return Some(0);
    }
    let (sign, digits) = match zone.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, zone.strip_prefix('+')?),
    };
    let digits = digits.replace(':', "");
    let two = |from: usize| Field::new(digits.get(from..from + 2)?).integer::<u8>().ok().map(i64::from);
    (digits.len() == 4).then_some(sign * (two(0)? * 3_600 + two(2)? * 60))
}

/// Returns days since 1970-01-01 of a date of the Gregorian calendar; years begin in March here, so that a leap day is the
/// last.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 153 days are five months from March on; 719,468 are the days from year 0 to 1970.
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_with_and_without_a_zone() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-30T02:43:42.082047824Z", 1_796_006_622),
            ("2026-11-30T03:43:42.082047824+01:00", 1_796_006_622),
            ("2026-11-29 21:13:42 -0530", 1_796_006_622),
            ("2026-11-30T04:43:42.000000", 1_796_006_622),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2024-03-01T00:00:00Z", 1_709_251_200),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(Field::new(text).moment(7_200), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("4h", 14_400), ("2d", 172_800), ("1w", 604_800)] {
            assert_eq!(Field::new(text).duration(), Ok(seconds));
        }
        for wrong in ["", "5", "m", "-1h", "1.5h", "1 h", "18446744073709551615w"] {
            assert!(Field::new(wrong).duration().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_none_is_an_error() {
        for wrong in [
            "",
            "2026-11-30",
            "2026-11-30T02:43",
            "2026-13-30T02:43:42Z",
            "2026-11-30T25:43:42Z",
            "now",
            "2026-11-30T02:43:42X",
            "2026-11-30T02:43:42+1",
            "\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}",
        ] {
            assert!(Field::new(wrong).moment(0).is_err(), "{wrong}");
        }
    }
}
