//! From the tree to a type that derives `Options`, without serde: its code for each type would be ten times this.

use std::fmt;

use super::{Json, Wrong};
use crate::OptionValue;

/// The keys of a table, as a derived type reads its fields from them.
#[derive(Debug)]
pub struct Keys<'a>(&'a [(String, Json)]);

impl<'a> Keys<'a> {
    /// Takes the table; one with a key that is not among `known` is an error.
    pub fn of(json: &'a Json, known: &[&str]) -> Result<Self, Wrong> {
        let Json::Table(table) = json else { return Err(json.instead_of(&"a table")) };
        match table.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, _)) => Err(Wrong::new(format!("unknown field `{key}`, expected {}", one_of(known)))),
            None => Ok(Self(table)),
        }
    }

    /// Returns the value of a key, where there is one.
    pub fn given<T: OptionValue>(&self, key: &str) -> Result<Option<T>, Wrong> {
        match self.find(key) {
            Some(json) => T::read(json).map(Some).map_err(|wrong| wrong.below_key(key)),
            None => Ok(None),
        }
    }

    /// Returns the value that a key gave, which it must have given unless a `T` may be left out.
    pub fn required<T: OptionValue>(given: Option<T>, key: &str) -> Result<T, Wrong> {
        match given {
            Some(value) => Ok(value),
            None if T::OPTIONAL => T::read(&Json::Null),
            None => Err(Wrong::new(format!("missing field `{key}`"))),
        }
    }

    fn find(&self, key: &str) -> Option<&'a Json> {
        self.0.iter().find(|(it, _)| it == key).map(|(_, json)| json)
    }
}

impl Json {
    /// Returns the place of a text among `words`.
    pub fn word_of(&self, words: &[&str]) -> Result<usize, Wrong> {
        let text = self.text()?;
        let unknown = || Wrong::new(format!("unknown variant `{text}`, expected {}", one_of(words)));
        words.iter().position(|word| *word == text).ok_or_else(unknown)
    }

    /// Returns a whole number from `low` to `high`, which `expected` names, in the 64 bits that it has as an integer.
    pub(crate) fn whole(&self, low: i64, high: u64, expected: &str) -> Result<u64, Wrong> {
        let wrong = |value: &dyn fmt::Display| {
            Err(Wrong::new(format!("invalid value: integer `{value}`, expected {expected}")))
        };
        match self {
            Self::Natural(value) if *value > high => wrong(value),
            Self::Integer(value) if *value < low => wrong(value),
            Self::Natural(value) => Ok(*value),
            Self::Integer(value) => Ok(*value as u64),
            other => Err(other.instead_of(&expected)),
        }
    }

    /// Returns a text.
    pub(crate) fn text(&self) -> Result<&str, Wrong> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(other.instead_of(&"a string")),
        }
    }

    /// Returns the keys of a table, and their values, each read by `read`.
    pub(crate) fn members<T>(&self, read: impl Fn(&Json) -> Result<T, Wrong>) -> Result<Vec<(String, T)>, Wrong> {
        let Self::Table(table) = self else { return Err(self.instead_of(&"a table")) };
        let mut all = Vec::with_capacity(table.len());
        for (key, value) in table {
            all.push((key.clone(), read(value).map_err(|wrong| wrong.below_key(key))?));
        }
        Ok(all)
    }

    /// Returns the items of a list, each read by `read`.
    pub(crate) fn each<T>(&self, read: impl Fn(&Json) -> Result<T, Wrong>) -> Result<Vec<T>, Wrong> {
        let Self::Items(items) = self else { return Err(self.instead_of(&"a list")) };
        let mut all = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            all.push(read(item).map_err(|wrong| wrong.below_index(at))?);
        }
        Ok(all)
    }
}

/// Lists words as serde does in an error.
fn one_of(words: &[&str]) -> String {
    format!("one of `{}`", words.join("`, `"))
}
