//! Patterns that an operator gives as options.

mod literals;

use std::fmt;

use regex_lite::{Captures, Regex};
use serde::de::{Deserialize, Deserializer, Error};

/// A regular expression (syntax of the `regex` crate, ASCII classes), matched against one line. As an option, one
/// that does not parse is a problem with its key.
///
/// ```
/// use roundsman_sdk::Pattern;
///
/// let pattern: Pattern = serde_json::from_str(r#""^sd[a-z]$""#).unwrap();
/// assert!(pattern.matches("sda") && !pattern.matches("sda1"));
/// assert_eq!(pattern.text(), "^sd[a-z]$");
/// ```
#[derive(Clone)]
pub struct Pattern {
    regex: Regex,
    /// A line without any of these cannot match: a search for them costs a fiftieth of the expression's.
    literals: Option<Vec<String>>,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match Regex::new(text) {
            Ok(regex) => Ok(Self { literals: literals::required(text), regex }),
            Err(error) => Err(format!("{text:?} is no regular expression: {error}")),
        }
    }

    /// Tells whether it matches somewhere in the line.
    pub fn matches(&self, line: &str) -> bool {
        self.may_match(line) && self.regex.is_match(line)
    }

    /// Returns the text of the expression.
    pub fn text(&self) -> &str {
        self.regex.as_str()
    }

    /// Returns the names of its groups, in their order.
    pub(crate) fn group_names(&self) -> impl Iterator<Item = &str> {
        self.regex.capture_names().flatten()
    }

    /// Tells how many groups it has, named or not.
    pub(crate) fn groups(&self) -> usize {
        self.regex.captures_len() - 1
    }

    /// Returns all matches in the line, from left to right, none within another.
    pub(crate) fn all<'a>(&'a self, line: &'a str) -> impl Iterator<Item = Captures<'a>> {
        self.may_match(line).then(|| self.regex.captures_iter(line)).into_iter().flatten()
    }

    fn may_match(&self, line: &str) -> bool {
        self.literals.as_ref().is_none_or(|all| all.iter().any(|literal| line.contains(literal)))
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
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
