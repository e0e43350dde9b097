//! One item of performance data.

use std::borrow::Cow;

use crate::number::leading;
use crate::parts::{Part, Parts};
use crate::refused::Reason;
use crate::unit::known;

/// An item as a plugin printed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// All of it, without a comma behind it.
    pub text: &'a str,
    /// Without its quotes; `''` within them is one.
    pub label: Cow<'a, str>,
    pub reading: Reading,
    /// As printed; empty where there is none.
    pub unit: &'a str,
    /// Value and unit as printed.
    pub value: &'a str,
    /// The fields behind the value as printed; empty where there is none.
    pub warning: &'a str,
    pub critical: &'a str,
    pub min: &'a str,
    pub max: &'a str,
    /// Bytes of the text up to the end of the value.
    head: usize,
}

/// The value of an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    Number(f64),
    /// `U`, `inf` or `nan`: the plugin has none.
    NoValue,
}

impl<'a> Item<'a> {
    /// Returns the one item that a whole text is.
    #[must_use]
    pub fn only(text: &'a str) -> Option<Self> {
        match Parts::new(text).next() {
            Some(Part::Item(item)) if item.text == text => Some(item),
            _ => None,
        }
    }

    /// `text` is all of the item, `fields` its part behind the `=`.
    pub(crate) fn new(text: &'a str, label: Cow<'a, str>, fields: &'a str) -> Result<Self, (Cow<'a, str>, Reason<'a>)> {
        let before = text.len() - fields.len();
        let mut fields = fields.split(';');
        let mut next = || fields.next().unwrap_or_default();
        let value = next();
        match reading(value) {
            Ok((reading, unit)) => {
                let (warning, critical, min, max) = (next(), next(), next(), next());
                Ok(Self { text, label, reading, unit, value, warning, critical, min, max, head: before + value.len() })
            }
            Err(reason) => Err((label, reason)),
        }
    }

    /// Returns the item with other ranges and all else as it was printed, without the semicolons at its end.
    #[must_use]
    pub fn with_ranges(&self, warning: &str, critical: &str) -> String {
        let (head, tail) = self.text.split_at(self.head);
        let tail = tail.splitn(4, ';').nth(3).unwrap_or_default();
        format!("{head};{warning};{critical};{tail}").trim_end_matches(';').to_owned()
    }
}

fn reading(value: &str) -> Result<(Reading, &str), Reason<'_>> {
    if value.is_empty() {
        return Err(Reason::NoValue);
    }
    if let Some(unit) = no_value(value) {
        return Ok((Reading::NoValue, unit));
    }
    let (number, unit) = leading(value).ok_or(Reason::NoNumber(value))?;
    if !is_unit(unit) {
        let comma = unit.strip_prefix(',').is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()));
        return Err(if comma { Reason::DecimalComma(value) } else { Reason::NoNumber(value) });
    }
    if !number.is_finite() {
        return Err(Reason::TooLarge(value));
    }
    Ok((Reading::Number(number), unit))
}

/// Returns the unit behind a word that says that there is no value.
fn no_value(value: &str) -> Option<&str> {
    if value == "U" {
        return Some("");
    }
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    ["infinity", "inf", "nan"].into_iter().find_map(|word| {
        let (head, unit) = unsigned.split_at_checked(word.len())?;
        (head.eq_ignore_ascii_case(word) && known(unit, true).is_some()).then_some(unit)
    })
}

/// A unit is anything but what numbers and items are made of: a digit in it would be the rest of a number that was not
/// understood.
fn is_unit(text: &str) -> bool {
    !text.chars().any(|it| it.is_ascii_digit() || it.is_control() || it.is_whitespace() || ";=,.'\"|".contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ranges_are_replaced() {
        for (text, warning, critical, expected) in [
            ("a=5", "1", "2", "a=5;1;2"),
            ("a=5;8;9", "", "", "a=5"),
            ("a=5MB;8;9;0;10", "1", "", "a=5MB;1;;0;10"),
            ("'a;b = c'=5ms;8;9;;;x", "", "2", "'a;b = c'=5ms;;2;;;x"),
            ("a=5;x=1;y;z", "1", "2", "a=5;1;2;z"),
            ("a;b=5;8", "1", "2", "a;b=5;1;2"),
            ("'a' = 5;;;0", "1:", "", "'a' = 5;1:;;0"),
        ] {
            assert_eq!(Item::only(text).unwrap().with_ranges(warning, critical), expected, "{text}");
        }
    }

    #[test]
    fn a_text_of_more_than_one_item_or_with_blanks_around_it_is_not_one() {
        for text in ["", " a=1", "a=1 ", "a=1 b=2", "a=1,", "a", "a=1 b", "a=1\tb=2"] {
            assert_eq!(Item::only(text), None, "{text:?}");
        }
        assert_eq!(Item::only("a b=1").unwrap().label, "a b");
    }
}
