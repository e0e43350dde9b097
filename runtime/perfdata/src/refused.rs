//! Reasons why a text is no item of performance data.

use std::borrow::Cow;
use std::fmt;

/// A text that is no item, up to where the next may begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused<'a> {
    pub text: &'a str,
    /// Label of the item; `None` if it could not be read.
    pub label: Option<Cow<'a, str>>,
    pub reason: Reason<'a>,
}

/// Reason why a text is no item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    NoEquals,
    NoLabel,
    NoValue,
    /// A bar in a label without quotes.
    Bar,
    OpenQuote,
    BehindQuote,
    NoNumber(&'a str),
    DecimalComma(&'a str),
    TooLarge(&'a str),
}

/// Characters of a refused text that are shown.
const SHOWN: usize = 80;

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": {}", shown(self.text), self.reason)
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEquals => f.write_str("there is no ="),
            Self::NoLabel => f.write_str("there is no label"),
            Self::NoValue => f.write_str("there is no value"),
            Self::Bar => f.write_str("a label without quotes holds no |"),
            Self::OpenQuote => f.write_str("the quote is not closed"),
            Self::BehindQuote => f.write_str("behind the closing quote there is no ="),
            Self::NoNumber(value) => write!(f, "\"{}\" is no number", shown(value)),
            Self::DecimalComma(value) => write!(f, "\"{}\" is no number (a decimal comma)", shown(value)),
            Self::TooLarge(value) => write!(f, "\"{}\" is too large", shown(value)),
        }
    }
}

fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
