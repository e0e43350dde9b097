//! Nagios ranges, with units.

use std::fmt;

use crate::quantity::{self, Dimension, SUFFIXES, Suffix, number};
use crate::{Range, Unit};

/// A range as an operator wrote it, in base units.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeSpec {
    pub range: Range,
    /// Kind of number that its ends are; `None` if no unit says so.
    pub dimension: Option<Dimension>,
}

/// Reason why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no range: {reason}")]
pub struct RangeError {
    pub text: String,
    pub reason: String,
}

impl RangeSpec {
    /// Parses a Nagios range whose numbers may carry units, such as `80`, `~:5`, `@10:20`, `50GiB:`.
    ///
    /// The grammar is that of the monitoring plugins' guidelines: `["@"] ( end | start ":" [end] | ":" end )`, where
    /// `~` as start is minus infinity. Where implementations disagree (an empty text, `1e3`, `0x10`, `1,5`, `10:~`,
    /// `2:1`) it is refused.
    ///
    /// # Errors
    /// [`RangeError`] says what was wrong.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        parse(text).map_err(|reason| RangeError { text: text.to_owned(), reason })
    }

    /// Returns the range that a bare number stands for: from 0 to the number.
    ///
    /// # Errors
    /// [`RangeError`] where the number is negative, infinite or NaN.
    pub fn from_number(number: f64) -> Result<Self, RangeError> {
        let refused = |reason| Err(RangeError { text: number.to_string(), reason });
        if !number.is_finite() {
            return refused("an end is a number; leave the end out where there is none: `10:`".to_owned());
        }
        if number < 0.0 {
            return refused(negative_end(&number.to_string()));
        }
        Ok(Self { range: Range { low: 0.0, high: number, inside: false }, dimension: None })
    }

    /// Tells whether its ends, as written, can be compared with values of this unit.
    #[must_use]
    pub fn fits(&self, unit: &Unit) -> bool {
        self.dimension.is_none() || self.dimension == Dimension::of(unit)
    }
}

fn parse(text: &str) -> Result<RangeSpec, String> {
    if text.is_empty() {
        return Err("it is empty; a range that never alerts is `~:`".to_owned());
    }
    if text.contains(char::is_whitespace) {
        return Err("there is a blank in it".to_owned());
    }
    let (inside, ends) = text.strip_prefix('@').map_or((false, text), |ends| (true, ends));
    let (start, end) = match ends.split_once(':') {
        Some(("", "")) | None if ends.len() <= 1 && !ends.starts_with(|first: char| first.is_ascii_digit()) => {
            return Err("it has no number; write `10`, `10:`, `:10` or `10:20`".to_owned());
        }
        Some((_, end)) if end.contains(':') => return Err("it has more than one colon".to_owned()),
        Some((start, end)) => (start, end),
        None => ("", ends),
    };
    if end.contains('~') {
        return Err(
            "`~` is minus infinity and stands before the colon; for no upper end write nothing: `10:`".to_owned()
        );
    }
    let low = if start == "~" { None } else { some_end(start)? };
    let high = some_end(end)?;
    let dimension = common_dimension(low, high)?;
    let range = Range {
        low: if start == "~" { f64::NEG_INFINITY } else { low.map_or(0.0, End::base) },
        high: high.map_or(f64::INFINITY, End::base),
        inside,
    };
    if range.low > range.high {
        return Err(if start.is_empty() {
            negative_end(end)
        } else {
            format!("the start {start} is above the end {end}")
        });
    }
    Ok(RangeSpec { range, dimension })
}

fn negative_end(end: &str) -> String {
    format!("it would go from 0 to {end}, which is below; for all up to {end} write `~:{end}`")
}

/// A written end: the number before its unit, and the unit.
#[derive(Debug, Clone, Copy)]
struct End {
    number: f64,
    suffix: Option<Suffix>,
}

impl End {
    fn base(self) -> f64 {
        self.number * self.suffix.map_or(1.0, |suffix| suffix.factor)
    }
}

fn some_end(text: &str) -> Result<Option<End>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let (number, suffix) = quantity::split(text).map_err(|reason| format!("`{text}` {reason}"))?;
    Ok(Some(End { number, suffix }))
}

/// An end without a unit is in base units; beside one in GiB that would surprise, so it is refused there.
fn common_dimension(low: Option<End>, high: Option<End>) -> Result<Option<Dimension>, String> {
    let (Some(low), Some(high)) = (low, high) else {
        return Ok(low.or(high).and_then(|end| end.suffix).map(|suffix| suffix.dimension));
    };
    match (low.suffix, high.suffix) {
        (Some(of_low), Some(of_high)) if of_low.dimension != of_high.dimension => {
            Err(format!("`{}` and `{}` do not measure the same", of_low.text, of_high.text))
        }
        (Some(suffix), None) => agree(suffix, high.number).map(Some),
        (None, Some(suffix)) => agree(suffix, low.number).map(Some),
        (of_low, _) => Ok(of_low.map(|suffix| suffix.dimension)),
    }
}

fn agree(suffix: Suffix, bare: f64) -> Result<Dimension, String> {
    // The factor of a base unit and a written zero are exact.
    let same = suffix.factor == 1.0 || bare == 0.0;
    if same {
        Ok(suffix.dimension)
    } else {
        Err(format!("{bare} has no unit beside one in `{0}`; write `{bare}{0}`", suffix.text))
    }
}

impl Range {
    /// Tells whether a value alerts. NaN never does: it means "no value".
    #[must_use]
    pub fn alerts(&self, value: f64) -> bool {
        !value.is_nan() && (self.low..=self.high).contains(&value) == self.inside
    }

    /// Tells whether it could have been written: no end is NaN, no lower end above the upper one, no infinite end that
    /// holds no number.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.low <= self.high && self.low < f64::INFINITY && self.high > f64::NEG_INFINITY
    }

    /// Works as [`fmt::Display`], with units where they say the same number more shortly, such as `50GiB:`.
    #[must_use]
    pub fn for_people(&self, unit: &Unit) -> String {
        let in_base_units = |end: f64| end == 0.0 || end.is_infinite();
        match Dimension::of(unit) {
            Some(dimension @ (Dimension::Bytes | Dimension::Seconds))
                // Both ends with a unit or none: mixed, it could not be read back.
                if [self.low, self.high].iter().all(|end| in_base_units(*end) || with_unit(*end, dimension).is_some()) =>
            {
                self.write_with(|end| with_unit(end, dimension).unwrap_or_else(|| number(end)))
            }
            // Percent goes without saying.
            _ => self.to_string(),
        }
    }

    /// Returns the shortest form: readers of perfdata drop what they see a colon in, so `0:10` is written `10`.
    fn write_with(&self, end: impl Fn(f64) -> String) -> String {
        let high = if self.high == f64::INFINITY { String::new() } else { end(self.high) };
        let ends = match self.low {
            f64::NEG_INFINITY => format!("~:{high}"),
            0.0 if !high.is_empty() => high,
            low => format!("{}:{high}", end(low)),
        };
        if self.inside { format!("@{ends}") } else { ends }
    }
}

/// In base units, as [`RangeSpec::parse`] reads it.
impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.write_with(number))
    }
}

/// As [`RangeSpec::parse`] reads it, the same units included.
impl fmt::Display for RangeSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dimension {
            Some(dimension) => {
                formatter.write_str(&self.range.write_with(|end| {
                    let shortest = shortest_with_unit(end, dimension);
                    let (factor, unit) = match dimension {
                        Dimension::Bytes => (1024.0, "KiB"),
                        Dimension::Seconds => (1.0, "s"),
                        Dimension::Percent => (1.0, "%"),
                    };
                    // Dividing by one or by a power of two is exact.
                    shortest.unwrap_or_else(|| format!("{}{unit}", number(end / factor)))
                }))
            }
            None => self.range.fmt(formatter),
        }
    }
}

/// Returns the shortest text with a unit that is exactly this number of bytes or seconds; `None` where plain bytes are
/// shorter.
fn with_unit(value: f64, dimension: Dimension) -> Option<String> {
    if value == 0.0 {
        return None;
    }
    let shortest = shortest_with_unit(value, dimension);
    match dimension {
        Dimension::Seconds => Some(shortest.unwrap_or_else(|| format!("{}s", number(value)))),
        Dimension::Bytes | Dimension::Percent => shortest.filter(|text| text.len() < number(value).len()),
    }
}

fn shortest_with_unit(value: f64, dimension: Dimension) -> Option<String> {
    SUFFIXES
        .iter()
        .filter(|suffix| suffix.dimension == dimension)
        .filter_map(|suffix| Some((exact_number(value, suffix.factor)?, suffix.text)))
        .map(|(number, unit)| format!("{number}{unit}"))
        .min_by_key(String::len)
}

/// Returns the number that is exactly this value in a unit of this size, where three decimals can say it.
fn exact_number(value: f64, factor: f64) -> Option<String> {
    let scaled = number((value / factor * 1_000.0).round() / 1_000.0);
    let same = scaled.parse::<f64>().is_ok_and(|scaled| scaled * factor == value);
    same.then_some(scaled)
}

#[cfg(test)]
#[path = "range_tests.rs"]
mod tests;
