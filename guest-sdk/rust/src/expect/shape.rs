//! A metric as options describe it, whatever its number is picked out of.

use std::borrow::Cow;

use super::number::{NumberKind, ToldAs};
use super::summary::is_name;
use super::when;
use crate::parse::{Field, ParseError};
use crate::{Metric, Unit, Zone};

/// The keys that all numbers share.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape<'a> {
    pub(super) name: &'a str,
    pub(super) unit: Option<&'a str>,
    pub(super) kind: NumberKind,
    pub(super) factor: Option<f64>,
    pub(super) told_as: ToldAs,
    pub(super) thousands: Option<char>,
    pub(super) format: Option<&'a str>,
    pub(super) timezone: Option<&'a Zone>,
}

impl Shape<'_> {
    pub(super) fn metric(&self, value: f64) -> Metric {
        let unit = match self.unit {
            Some(unit) => Unit::named(unit),
            None if self.told_as.is_moment() => Unit::Seconds,
            None => self.unit_of_name(),
        };
        Metric::new(self.name, value, unit, self.told_as.kind(self.kind))
    }

    /// Returns the unit that the name ends in: `size_bytes` is in bytes without another word.
    fn unit_of_name(&self) -> Unit {
        match Unit::named(self.name.rsplit_once('_').map_or(self.name, |(_, last)| last)) {
            Unit::Other(_) => Unit::Number,
            unit => unit,
        }
    }

    /// Returns the number of a text in the base unit; of a moment, its seconds since 1970.
    pub(super) fn read(&self, field: &Field) -> Result<f64, ParseError> {
        if self.told_as.is_moment() {
            let read = self.moment(field)?;
            return Ok(if self.format.is_none() && is_digits(field.text()) { read * self.scale() } else { read });
        }
        let plain = self.plain(field.text());
        match Field::new(plain).decimal() {
            Ok(value) => self.scaled(value).ok_or_else(|| field.error("is out of range for a number")),
            Err(_) => Err(field.decimal().err().unwrap_or_else(|| field.error("is not a number"))),
        }
    }

    /// Returns the number in the base unit; `None` where that is out of range.
    pub(super) fn scaled(&self, value: f64) -> Option<f64> {
        Some(value * self.scale()).filter(|it| it.is_finite())
    }

    /// What is wrong with these keys.
    pub(super) fn problems(&self, taken: &[&str], say: &mut dyn FnMut(&str, String)) {
        if !is_name(self.name) {
            say("name", format!("{:?} is not snake_case", self.name));
        } else if taken.contains(&self.name) {
            say("name", format!("{:?} is a metric of the check itself", self.name));
        }
        if self.thousands.is_some_and(|it| it.is_ascii_digit() || matches!(it, '.' | '-' | '+' | 'e' | 'E')) {
            say("thousands", "is part of numbers themselves".into());
        }
        if self.factor.is_some_and(|it| !it.is_finite() || it == 0.0) {
            say("factor", "must be a number other than 0".into());
        }
        if let Some(problem) = self.format.and_then(when::problem) {
            say("format", problem);
        }
        if !self.told_as.is_moment() && (self.format.is_some() || self.timezone.is_some()) {
            say("format", "and timezone are of moments: as = \"until\" or as = \"since\"".into());
        }
    }

    fn scale(&self) -> f64 {
        self.factor.unwrap_or(1.0)
    }

    fn moment(&self, field: &Field) -> Result<f64, ParseError> {
        let seconds = |offset| when::seconds(field.text(), self.format, offset);
        let read = seconds(0).ok_or_else(|| match self.format {
            Some(format) => field.error(&format!("is no moment of the format {format:?}")),
            None => field.error("is no moment: neither RFC 3339 nor seconds since 1970; a format may describe it"),
        })?;
        match self.timezone {
            // A text that says its zone is the same moment wherever it is read.
            Some(zone) if seconds(60) != Some(read) => match zone.utc(read as i64) {
                Ok(utc) => Ok(utc as f64),
                Err(why) => Err(ParseError::whole(why)),
            },
            _ => Ok(read),
        }
    }

    /// Returns the digits of a number, without its plus and what stands between its thousands.
    fn plain<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = text.strip_prefix('+').filter(|it| it.starts_with(|it: char| it.is_ascii_digit())).unwrap_or(text);
        match self.thousands {
            Some(between) if text.contains(between) => without(text, between).map_or(text.into(), Cow::Owned),
            _ => text.into(),
        }
    }
}

fn is_digits(text: &str) -> bool {
    text.trim().bytes().all(|it| it.is_ascii_digit())
}

/// Returns `1234567.8` of `1,234,567.8`; `None` where what is between stands elsewhere than between groups of three digits.
fn without(text: &str, between: char) -> Option<String> {
    let end = text.find('.').unwrap_or(text.len());
    let (whole, fraction) = text.split_at(end);
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut groups = digits.split(between);
    let first = groups.next().filter(|it| (1..=3).contains(&it.len()))?;
    let rest: Vec<&str> = groups.collect();
    rest.iter().all(|it| it.len() == 3).then(|| format!("{sign}{first}{}{fraction}", rest.concat()))
}
