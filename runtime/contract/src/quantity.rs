//! Numbers with units, as operators write them: sizes, durations, the ends of ranges.

use std::time::Duration;

use crate::Unit;

/// Dimension that a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Bytes,
    Seconds,
    Percent,
}

impl Dimension {
    /// Returns the units that an operator may write, as a text for messages.
    #[must_use]
    pub fn units(self) -> &'static str {
        match self {
            Self::Bytes => "`KiB`, `MiB`, `GiB`, `TiB`",
            Self::Seconds => "`ms`, `s`, `m`, `h`, `d`",
            Self::Percent => "`%`",
        }
    }

    /// Returns the dimension of a metric's unit, where numbers for it may carry one.
    #[must_use]
    pub fn of(unit: &Unit) -> Option<Self> {
        match unit {
            Unit::Bytes => Some(Self::Bytes),
            Unit::Seconds => Some(Self::Seconds),
            Unit::Percent => Some(Self::Percent),
            Unit::Number | Unit::Celsius | Unit::Other(_) => None,
        }
    }
}

/// A unit that an operator may write behind a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suffix {
    pub text: &'static str,
    pub dimension: Dimension,
    /// In base units: bytes, seconds, percent.
    pub factor: f64,
}

/// Smallest first within a dimension.
pub(crate) const SUFFIXES: [Suffix; 10] = [
    Suffix { text: "KiB", dimension: Dimension::Bytes, factor: KIB },
    Suffix { text: "MiB", dimension: Dimension::Bytes, factor: KIB * KIB },
    Suffix { text: "GiB", dimension: Dimension::Bytes, factor: KIB * KIB * KIB },
    Suffix { text: "TiB", dimension: Dimension::Bytes, factor: KIB * KIB * KIB * KIB },
    Suffix { text: "ms", dimension: Dimension::Seconds, factor: 0.001 },
    Suffix { text: "s", dimension: Dimension::Seconds, factor: 1.0 },
    Suffix { text: "m", dimension: Dimension::Seconds, factor: 60.0 },
    Suffix { text: "h", dimension: Dimension::Seconds, factor: 3_600.0 },
    Suffix { text: "d", dimension: Dimension::Seconds, factor: 86_400.0 },
    Suffix { text: "%", dimension: Dimension::Percent, factor: 1.0 },
];

const KIB: f64 = 1024.0;

/// The largest whole number up to which every one is an `f64`: what is written is what is meant.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reason why a text is no quantity, with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {reason}")]
pub struct QuantityError {
    pub text: String,
    pub reason: String,
}

/// Parses a size such as `128MiB` into bytes. A fraction is rounded to a whole byte.
///
/// # Errors
/// [`QuantityError`] where the number or its unit is missing, of another kind, negative, or above 8192 TiB.
pub fn parse_size(text: &str) -> Result<u64, QuantityError> {
    let bytes = parse_with(text, Dimension::Bytes, "128MiB")?.round();
    if bytes > EXACT {
        return Err(refused(text, "is more than 8192TiB, the largest size there is".to_owned()));
    }
    // Not negative, whole and exact: the conversion loses nothing.
    Ok(bytes as u64)
}

/// Parses a duration such as `10s`.
///
/// # Errors
/// [`QuantityError`] where the number or its unit is missing, of another kind, negative, or above 100,000 days.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    const LONGEST: f64 = 100_000.0 * 86_400.0;
    let seconds = parse_with(text, Dimension::Seconds, "10s")?;
    if seconds > LONGEST {
        return Err(refused(text, "is more than 100000d, the longest duration there is".to_owned()));
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| refused(text, format!("is no duration: {error}")))
}

fn parse_with(text: &str, dimension: Dimension, example: &str) -> Result<f64, QuantityError> {
    let (number, suffix) = split_as(text, &[dimension]).map_err(|reason| refused(text, reason))?;
    match suffix {
        None => Err(refused(text, format!("has no unit; write it with one of {}: `{example}`", dimension.units()))),
        Some(suffix) if suffix.dimension != dimension => {
            Err(refused(text, format!("has the unit `{}`; here it is one of {}", suffix.text, dimension.units())))
        }
        Some(_) if number < 0.0 => Err(refused(text, "is negative".to_owned())),
        Some(suffix) => Ok(number * suffix.factor),
    }
}

/// Splits a text such as `1.5GiB` into its number and its unit, if it has one. Numbers are decimal, with a point, and
/// without exponent, thousands separator or plus.
///
/// # Errors
/// The reason, to be put behind the quoted text: "is empty", "has the unknown unit …".
pub fn split(text: &str) -> Result<(f64, Option<Suffix>), String> {
    split_as(text, &[Dimension::Bytes, Dimension::Seconds, Dimension::Percent])
}

/// Splits a text likewise; an unknown unit is answered with those of these dimensions.
fn split_as(text: &str, dimensions: &[Dimension]) -> Result<(f64, Option<Suffix>), String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let end =
        unsigned.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(unsigned.len());
    let (digits, unit) = unsigned.split_at(end);
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if unit.contains(char::is_whitespace) {
        return Err("has a blank in it; write it without".to_owned());
    }
    let plain = digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && !digits.ends_with('.');
    if let Some(why) = strange(digits, unit) {
        return Err(why.to_owned());
    }
    if !plain {
        return Err("is no number; write digits, with a point where needed: `1.5`".to_owned());
    }
    let size: f64 = digits.parse().map_err(|_| "is no number".to_owned())?;
    let number = if unsigned.len() == text.len() { size } else { -size };
    if !number.is_finite() {
        return Err("is too large a number".to_owned());
    }
    if unit.is_empty() {
        return Ok((number, None));
    }
    let suffix =
        SUFFIXES.iter().find(|suffix| suffix.text == unit).ok_or_else(|| unknown_unit(digits, unit, dimensions))?;
    Ok((number, Some(*suffix)))
}

/// Spellings of a number that other programs take and that would be misread here.
fn strange(digits: &str, unit: &str) -> Option<&'static str> {
    let after = unit.chars().nth(1).is_some_and(|character| character.is_ascii_digit() || "+-".contains(character));
    match unit.chars().next()? {
        _ if digits.is_empty() => None,
        'e' | 'E' if after => Some("has an exponent; write the number out, or with a unit"),
        'x' | 'X' if digits == "0" => Some("is hexadecimal; write the number in decimal"),
        ',' => Some("has a comma; decimals are written with a point: `1.5`"),
        '_' | '\'' => Some("has a separator between digits; write the digits only"),
        _ => None,
    }
}

fn unknown_unit(digits: &str, unit: &str, dimensions: &[Dimension]) -> String {
    let meant = match unit.to_ascii_lowercase().as_str() {
        "k" | "kb" | "kib" => Some("KiB"),
        "mb" | "mib" => Some("MiB"),
        "g" | "gb" | "gib" => Some("GiB"),
        "t" | "tb" | "tib" => Some("TiB"),
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hour" | "hours" => Some("h"),
        "day" | "days" => Some("d"),
        "msec" | "millis" | "milliseconds" => Some("ms"),
        "percent" | "pct" => Some("%"),
        _ => None,
    };
    let known = dimensions.iter().map(|dimension| dimension.units()).collect::<Vec<_>>().join(", ");
    match meant {
        Some(meant) => format!("has the unknown unit `{unit}`; write `{digits}{meant}`"),
        None if unit == "M" => format!("has the unknown unit `M`; write `{digits}MiB`, or `{digits}m` for minutes"),
        None => format!("has the unknown unit `{unit}`; known are {known}"),
    }
}

fn refused(text: &str, reason: String) -> QuantityError {
    QuantityError { text: text.to_owned(), reason }
}

/// A size as the configuration takes it: `128MiB`, or bytes where no unit is whole.
#[must_use]
pub fn size_text(bytes: u64) -> String {
    let (divisor, unit) = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        .into_iter()
        .find(|(divisor, _)| bytes >= *divisor && bytes.is_multiple_of(*divisor))
        .unwrap_or((1, ""));
    format!("{}{unit}", bytes / divisor)
}

/// A duration as the configuration takes it, in the largest unit that is whole: `5m`, `90s`, `1500ms`.
#[must_use]
pub fn duration_text(duration: Duration) -> String {
    const MILLISECOND: u128 = 1_000_000;
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let nanoseconds = duration.as_nanos();
    let whole = units
        .map(|(milliseconds, unit)| (milliseconds * MILLISECOND, unit))
        .into_iter()
        .find(|(divisor, _)| nanoseconds >= *divisor && nanoseconds.is_multiple_of(*divisor));
    match whole {
        Some((divisor, unit)) => format!("{}{unit}", nanoseconds / divisor),
        None if nanoseconds == 0 => "0s".to_owned(),
        None => format!("{}.{:06}ms", nanoseconds / MILLISECOND, nanoseconds % MILLISECOND),
    }
}

/// Returns a number as programs read it: the shortest that is exact, without exponent, and zero without a sign.
#[must_use]
pub fn number(value: f64) -> String {
    // The sum of a negative zero and zero is zero.
    (value + 0.0).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0KiB", 0),
            ("64KiB", 65_536),
            ("128MiB", 134_217_728),
            ("1.5GiB", 1_610_612_736),
            (".5KiB", 512),
            ("8192TiB", 1 << 53),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, milliseconds) in
            [("250ms", 250), ("10s", 10_000), ("1.5m", 90_000), ("2h", 7_200_000), ("30d", 2_592_000_000), ("0s", 0)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn refusals_teach() {
        for (text, message) in [
            ("", "`` is empty"),
            ("128", "`128` has no unit; write it with one of `KiB`, `MiB`, `GiB`, `TiB`: `128MiB`"),
            ("128MB", "`128MB` has the unknown unit `MB`; write `128MiB`"),
            ("128mib", "`128mib` has the unknown unit `mib`; write `128MiB`"),
            ("128M", "`128M` has the unknown unit `M`; write `128MiB`, or `128m` for minutes"),
            ("128 MiB", "`128 MiB` has a blank in it; write it without"),
            ("10s", "`10s` has the unit `s`; here it is one of `KiB`, `MiB`, `GiB`, `TiB`"),
            ("-1KiB", "`-1KiB` is negative"),
            ("1e3KiB", "`1e3KiB` has an exponent; write the number out, or with a unit"),
            ("0x10", "`0x10` is hexadecimal; write the number in decimal"),
            ("1,5GiB", "`1,5GiB` has a comma; decimals are written with a point: `1.5`"),
            ("1_000KiB", "`1_000KiB` has a separator between digits; write the digits only"),
            ("MiB", "`MiB` is no number; write digits, with a point where needed: `1.5`"),
            ("1.2.3MiB", "`1.2.3MiB` is no number; write digits, with a point where needed: `1.5`"),
            ("8193TiB", "`8193TiB` is more than 8192TiB, the largest size there is"),
            ("1parsec", "`1parsec` has the unknown unit `parsec`; known are `KiB`, `MiB`, `GiB`, `TiB`"),
        ] {
            assert_eq!(parse_size(text).unwrap_err().to_string(), message);
        }
        assert_eq!(
            parse_duration("10").unwrap_err().to_string(),
            "`10` has no unit; write it with one of `ms`, `s`, `m`, `h`, `d`: `10s`"
        );
        assert_eq!(
            parse_duration("5y").unwrap_err().to_string(),
            "`5y` has the unknown unit `y`; known are `ms`, `s`, `m`, `h`, `d`"
        );
        assert_eq!(parse_duration("5min").unwrap_err().to_string(), "`5min` has the unknown unit `min`; write `5m`");
        assert!(parse_duration("999999d").is_err());
    }

    const LARGEST: u64 = 1 << 53;

    #[test]
    fn texts_take_the_largest_whole_unit() {
        let texts = [0, 250, 1_500, 90_000, 300_000, 86_400_000].map(|ms| duration_text(Duration::from_millis(ms)));
        assert_eq!(texts, ["0s", "250ms", "1500ms", "90s", "5m", "1d"]);
        assert_eq!(duration_text(Duration::from_micros(1_250)), "1.250000ms");
        assert_eq!(parse_duration("1.250000ms"), Ok(Duration::from_micros(1_250)));
        assert_eq!([1000, 65_536, 3 << 30].map(size_text), ["1000", "64KiB", "3GiB"]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            bytes in 0..=LARGEST, shift in 0..40, seconds in 0..8_640_000_000_u64, milliseconds in 0..4_000_000_u64,
        ) {
            let bytes = bytes >> shift << (shift / 2);
            let size = size_text(bytes);
            prop_assert_eq!(parse_size(&size).or_else(|_| size.parse::<u64>()), Ok(bytes));
            for duration in [Duration::from_secs(seconds), Duration::from_millis(milliseconds)] {
                prop_assert_eq!(parse_duration(&duration_text(duration)), Ok(duration));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (parse_size(&text), parse_duration(&text));
        }
    }
}
