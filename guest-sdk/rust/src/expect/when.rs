//! Moments in the words of programs: `Nov 30 02:19:00 2027 GMT`, `2027-11-30T02:19:00Z`, seconds since 1970.

use crate::parse::{Field, days};
use crate::zone::offset;

/// Returns seconds since 1970 UTC of a text in `format`, whose directives are those of strptime(3). Where neither says the
/// zone, the text is `offset` seconds east of UTC. Without a format: RFC 3339, or seconds since 1970.
pub(super) fn seconds(text: &str, format: Option<&str>, offset: i64) -> Option<f64> {
    let text = text.trim();
    let Some(format) = format else { return standard(text, offset) };
    let mut moment = Moment { offset, ..Moment::default() };
    let rest = moment.read(text, format)?;
    rest.trim().is_empty().then(|| moment.seconds())?
}

/// Returns what is wrong with a format.
pub(super) fn problem(format: &str) -> Option<String> {
    let mut days = 0;
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match (letter, if letter == '%' { letters.next() } else { None }) {
            ('%', Some('s')) => return None,
            ('%', Some('F')) => days += 3,
            ('%', Some('Y' | 'm' | 'b' | 'B' | 'h' | 'd' | 'e')) => days += 1,
            ('%', Some('H' | 'I' | 'M' | 'S' | 'T' | 'R' | 'p' | 'a' | 'A' | 'z' | 'Z' | '%')) => {}
            ('%', other) => {
                let other = other.map(String::from).unwrap_or_default();
                return Some(format!("has %{other}; known are %Y %m %b %d %e %H %I %p %M %S %F %T %R %a %z %Z %s"));
            }
            _ => {}
        }
    }
    (days < 3).then(|| "needs year, month and day: %Y, %m or %b, %d or %e; or %s".into())
}

fn standard(text: &str, offset: i64) -> Option<f64> {
    if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        return text.parse::<u64>().ok().map(|it| it as f64);
    }
    Field::new(text).moment(i32::try_from(offset).ok()?).ok().map(|it| it as f64)
}

/// What was read of a moment.
#[derive(Default)]
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    afternoon: Option<bool>,
    offset: i64,
    /// Since 1970, where the text has just that.
    epoch: Option<i64>,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Moment {
    /// Reads what `format` describes, and returns the rest.
    fn read<'a>(&mut self, mut text: &'a str, format: &str) -> Option<&'a str> {
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if letter == '%' {
                text = self.directive(text, letters.next()?)?;
            } else if letter.is_whitespace() {
                text = text.trim_start();
            } else {
                text = text.strip_prefix(letter)?;
            }
        }
        Some(text)
    }

    fn directive<'a>(&mut self, text: &'a str, letter: char) -> Option<&'a str> {
        let text = text.trim_start();
        let (field, most) = match letter {
            'F' => return self.read(text, "%Y-%m-%d"),
            'T' => return self.read(text, "%H:%M:%S"),
            'R' => return self.read(text, "%H:%M"),
            '%' => return text.strip_prefix('%'),
            'Y' => (&mut self.year, 4),
            'm' => (&mut self.month, 2),
            'd' | 'e' => (&mut self.day, 2),
            'H' | 'I' => (&mut self.hour, 2),
            'M' => (&mut self.minute, 2),
            'S' => (&mut self.second, 2),
            's' => (self.epoch.insert(0), 18),
            _ => return self.word(text, letter),
        };
        let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at(digits);
        *field = number.parse().ok()?;
        Some(rest)
    }

    fn word<'a>(&mut self, text: &'a str, letter: char) -> Option<&'a str> {
        let is_of = |it: char| if letter == 'z' || letter == 'Z' { !it.is_whitespace() } else { it.is_alphabetic() };
        let (word, rest) = text.split_at(text.find(|it| !is_of(it)).unwrap_or(text.len()));
        let lower = word.to_ascii_lowercase();
        match letter {
            'a' | 'A' if !word.is_empty() => {}
            'p' => self.afternoon = Some(["am", "pm"].iter().position(|it| *it == lower)? == 1),
            'b' | 'B' | 'h' => {
                let is_it = |month: &&str| **month == lower || (lower.len() == 3 && month.starts_with(&lower));
                self.month = MONTHS.iter().position(is_it)? as i64 + 1;
            }
            'z' | 'Z' => self.offset = offset(word)?,
            _ => return None,
        }
        Some(rest)
    }

    fn seconds(&self) -> Option<f64> {
        if let Some(epoch) = self.epoch {
            return Some(epoch as f64);
        }
        let hour = match self.afternoon {
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let length = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + i64::from(leap),
            _ => 0,
        };
        if !(1..=length).contains(&self.day) || hour > 23 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let days = days(self.year, self.month, self.day);
        Some((days * 86_400 + hour * 3600 + self.minute * 60 + self.second - self.offset) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each as `date -u -d … +%s` tells it.
    #[test]
    fn moments_are_those_of_the_calendar() {
        for (text, format, second) in [
            ("Nov 30 02:19:00 2027 GMT", Some("%b %e %H:%M:%S %Y %Z"), 1_827_541_140.0),
            ("Mar  1 00:00:00 2024", Some("%b %e %H:%M:%S %Y"), 1_709_251_200.0),
            ("2000-02-29 23:59:59", Some("%F %T"), 951_868_799.0),
            ("1970-01-01T00:00:00Z", None, 0.0),
            ("2026-01-01T01:30:00.250+01:30", None, 1_767_225_600.0),
            ("2026-01-01 00:00:00", None, 1_767_225_600.0),
            ("1767225600", None, 1_767_225_600.0),
            ("@1767225600", Some("@%s"), 1_767_225_600.0),
            ("Thursday, 1 January 2026 12:05 AM", Some("%A, %d %B %Y %I:%M %p"), 1_767_225_900.0),
            ("2100-03-01 00:00:00 +0000", Some("%Y-%m-%d %H:%M:%S %z"), 4_107_542_400.0),
        ] {
            assert_eq!(seconds(text, format, 0), Some(second), "{text}");
        }
        assert_eq!(seconds("2026-01-01 02:00:00", None, 7200), Some(1_767_225_600.0));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "never",
            "2026-13-01 00:00:00",
            "2026-01-01 24:00:00",
            "2026-01-01",
            "-5",
            "2026-01-01T00:00:00 CEST",
            "99999999999999999999999",
            "\u{e9}\u{e9}",
        ] {
            assert_eq!(seconds(text, None, 0), None, "{text}");
        }
        for text in ["Feb 29 2026", "Nov 30 2027 x", "Foo 30 2027", "Nov 31 2027", "Nov", "Nov 30 -027", "\u{e9}"] {
            assert_eq!(seconds(text, Some("%b %d %Y"), 0), None, "{text}");
        }
        assert_eq!(seconds("2026-01-01 13:00 PM", Some("%F %I:%M %p"), 0), None);
    }

    #[test]
    fn formats_that_tell_no_day_are_problems() {
        for format in ["%H:%M", "%b %d", "%Y-%m-%q", "%", "%Y %b"] {
            assert!(problem(format).is_some(), "{format}");
        }
        for format in ["%s", "%F", "%b %e %Y", "%d/%m/%Y %T %z 100%%"] {
            assert_eq!(problem(format), None);
        }
    }
}
