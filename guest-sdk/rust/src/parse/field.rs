//! A piece of a text that knows where it stands, and what numbers can be read from it.

use std::borrow::Cow;

use super::ParseError;
use crate::json::Json;
use crate::text::cut;

/// A piece of a text, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    text: Cow<'a, str>,
    line: usize,
    column: usize,
}

/// Returns the lines of a text, without their ends (`\n` or `\r\n`).
pub fn lines(text: &str) -> impl Iterator<Item = Field<'_>> {
    text.lines().enumerate().map(|(i, line)| Field::at(line, i + 1, 1))
}

/// Whole numbers that a [`Field`] can be read as.
pub trait Integer: std::str::FromStr {}

macro_rules! integers { ($($it:ty)*) => { $(impl Integer for $it {})* } }
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl<'a> Field<'a> {
    /// Makes a text of its own: line 1, column 1.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self::at(text, 1, 1)
    }

    pub(super) fn at(text: impl Into<Cow<'a, str>>, line: usize, column: usize) -> Self {
        Self { text: text.into(), line, column }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the line that it stands in, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the part from byte `start` to byte `end`, which must be ends of characters.
    pub(crate) fn part(&self, start: usize, end: usize) -> Field<'a> {
        self.part_at(start, end, self.text[..start].chars().count())
    }

    /// Returns the same part, where it is known how many characters stand before it.
    pub(super) fn part_at(&self, start: usize, end: usize, before: usize) -> Field<'a> {
        let column = self.column + before;
        let text = match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
            Cow::Owned(text) => Cow::Owned(text[start..end].to_owned()),
        };
        Field { text, line: self.line, column }
    }

    /// Without white space at both ends.
    pub fn trimmed(&self) -> Field<'a> {
        let start = self.text.len() - self.text.trim_start().len();
        self.part(start, start + self.text.trim().len())
    }

    /// Returns the parts before and after the first `separator`.
    pub fn split_once(&self, separator: char) -> Result<(Field<'a>, Field<'a>), ParseError> {
        match self.text.find(separator) {
            Some(at) => Ok((self.part(0, at), self.part(at + separator.len_utf8(), self.text.len()))),
            None => Err(self.error(&format!("has no \"{separator}\""))),
        }
    }

    /// Without `suffix`, which must be there.
    pub fn without_end(&self, suffix: &str) -> Result<Field<'a>, ParseError> {
        match self.text.strip_suffix(suffix) {
            Some(rest) => Ok(self.part(0, rest.len())),
            None => Err(self.error(&format!("does not end in \"{suffix}\""))),
        }
    }

    /// Returns a whole number in decimal digits, with a `-` where the type has negative numbers. No `+`, no blanks, nothing
    /// that the type cannot hold.
    pub fn integer<T: Integer>(&self) -> Result<T, ParseError> {
        let digits = self.text.strip_prefix('-').unwrap_or(&self.text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.error("is not a whole number"));
        }
        let kind = std::any::type_name::<T>();
        self.text.parse().map_err(|_| self.error(&format!("is out of range for {kind}")))
    }

    /// Returns a number such as `-12`, `0.5` or `1e-3`; never infinite, never NaN, no `.5`, no `5.`, no comma.
    pub fn decimal(&self) -> Result<f64, ParseError> {
        if !is_decimal(&self.text) {
            return Err(self.error("is not a number"));
        }
        // By the reader of JSON, which is in every component, and not by `parse::<f64>`, whose tables are 17 KB more. It is exact
        // up to 15 digits, and off by a unit of the 16th at most where there are more.
        let (sign, digits) = self.text.strip_prefix('-').map_or(("", &*self.text), |digits| ("-", digits));
        let digits = digits.trim_start_matches('0');
        let zero = if digits.starts_with(|it: char| it.is_ascii_digit()) { "" } else { "0" };
        match serde_json::from_str(&format!("{sign}{zero}{digits}")) {
            Ok(Json::Natural(value)) => Ok(value as f64),
            Ok(Json::Integer(value)) => Ok(value as f64),
            Ok(Json::Number(value)) => Ok(value),
            _ => Err(self.error("is out of range for a number")),
        }
    }

    /// Hex digits after `0x`, such as the counters below `/sys/class/fc_host`.
    pub fn hex(&self) -> Result<u64, ParseError> {
        let digits = self.text.strip_prefix("0x").unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.error("is not a hex number that begins with 0x"));
        }
        u64::from_str_radix(digits, 16).map_err(|_| self.error("is out of range for u64"))
    }

    /// Returns an error about this text: `"TEXT" MESSAGE`, at its place.
    pub fn error(&self, message: &str) -> ParseError {
        let text = cut(&self.text, 80);
        let message = if text.is_empty() { format!("an empty text {message}") } else { format!("{text:?} {message}") };
        ParseError { line: self.line, column: self.column, message }
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_nothing_else() {
        assert_eq!(Field::new("18446744073709551615").integer::<u64>(), Ok(u64::MAX));
        assert_eq!(Field::new("-5").integer::<i8>(), Ok(-5));
        for wrong in ["", " ", "-", "+5", " 5", "5 ", "5\n", "1.0", "1e3", "0x10", "12kB", "\u{0665}", "NaN", "--5"] {
            let error = Field::new(wrong).integer::<i64>().unwrap_err();
            assert!(error.message.ends_with("is not a whole number"), "{wrong:?}: {error}");
        }
        let error = Field::new("256").integer::<u8>().unwrap_err();
        assert_eq!(error.to_string(), "line 1, column 1: \"256\" is out of range for u8");
        assert!(Field::new("-1").integer::<u8>().is_err());
    }

    #[test]
    fn decimals_and_nothing_else() {
        for (text, value) in [
            ("0", 0.0),
            ("-0", 0.0),
            ("007.50", 7.5),
            ("00", 0.0),
            ("-00.5", -0.5),
            ("-12.50", -12.5),
            ("1e3", 1000.0),
            ("0e5", 0.0),
            ("2.5E-1", 0.25),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("123456789012345678901234567890", 1.2345678901234568e29),
        ] {
            assert_eq!(Field::new(text).decimal(), Ok(value));
        }
        for wrong in
            ["", "inf", "-inf", "NaN", "infinity", "1e999", ".5", "5.", "1,5", "1 000", "0x1p3", "1e", "e5", "+1"]
        {
            assert!(Field::new(wrong).decimal().is_err(), "{wrong:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn decimals_are_those_of_the_standard_library(whole in 0..10_000_000_u64, part in 0..10_000_000_u64, down in -20..20_i32) {
            for text in [format!("{whole}.{part:07}"), format!("-{whole:09}"), format!("{whole}e{down}")] {
                let (read, exact) = (Field::new(text.as_str()).decimal().unwrap(), text.parse::<f64>().unwrap());
                proptest::prop_assert!((read - exact).abs() <= exact.abs() * f64::EPSILON, "{text}: {read} {exact}");
            }
        }
    }

    #[test]
    fn hex_counters_and_nothing_else() {
        assert_eq!(Field::new("0x0").hex(), Ok(0));
        assert_eq!(Field::new("0xFFFFffffffffffff").hex(), Ok(u64::MAX));
        for wrong in ["", "0x", "10", "0X1", "0x1g", "0x-1", "0x+1", "0x10000000000000000", " 0x1"] {
            assert!(Field::new(wrong).hex().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_place_is_that_of_the_part() {
        let line = lines("a\n\u{e4} b:  12x ").nth(1).unwrap();
        let (_, value) = line.split_once(':').unwrap();
        let error = value.trimmed().integer::<u8>().unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 7: \"12x\" is not a whole number");
    }

    #[test]
    fn a_long_text_is_cut_and_control_characters_are_escaped() {
        let error = Field::new("\x1b[2J".repeat(100)).integer::<u8>().unwrap_err();
        assert!(error.message.starts_with("\"\\u{1b}[2J") && error.message.len() < 250, "{error}");
    }
}
