//! Patterns that an operator gives as options.

use std::fmt;

use regex_lite::{Captures, Regex};
use serde::de::{Deserialize, Deserializer, Error};

/// A regular expression (syntax of the `regex` crate, ASCII classes), matched against one line. As an option, one
/// that does not parse is a problem with its key.
#[derive(Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Whether it matches somewhere in the line.
    pub fn matches(&self, line: &str) -> bool {
        self.0.is_match(line)
    }

    /// The text of the expression.
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// The names of its groups, in their order.
    pub(crate) fn group_names(&self) -> impl Iterator<Item = &str> {
        self.0.capture_names().flatten()
    }

    /// How many groups it has, named or not.
    pub(crate) fn groups(&self) -> usize {
        self.0.captures_len() - 1
    }

    pub(crate) fn captures<'a>(&self, line: &'a str) -> Option<Captures<'a>> {
        self.0.captures(line)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text(), f)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text(), f)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Regex::new(&text) {
            Ok(regex) => Ok(Self(regex)),
            Err(error) => Err(D::Error::custom(format!("{text:?} is no regular expression: {error}"))),
        }
    }
}
