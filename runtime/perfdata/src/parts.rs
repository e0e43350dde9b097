//! A run of performance data as its items, and what lies between them and is none.

use std::borrow::Cow;

use crate::item::Item;
use crate::refused::{Reason, Refused};

/// A piece of performance data.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<'a> {
    Item(Item<'a>),
    Refused(Refused<'a>),
}

/// The pieces of a run of performance data, in its order.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    rest: &'a str,
}

/// Tells whether a text is performance data from end to end; one that is blank is.
#[must_use]
pub fn throughout(text: &str) -> bool {
    Parts::new(text).all(|part| matches!(part, Part::Item(_)))
}

const BLANKS: [char; 2] = [' ', '\t'];

impl<'a> Parts<'a> {
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Takes the next `end` bytes; what is behind them comes next.
    fn take(&mut self, end: usize) -> &'a str {
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text
    }

    /// Finds the end of the word that holds the byte at `from`.
    fn end_of_word(&self, from: usize) -> usize {
        self.rest[from..].find(BLANKS).map_or(self.rest.len(), |at| from + at)
    }

    /// Returns a label in quotes, with `''` for one, then `=`, with blanks around it, then the value.
    fn quoted(&mut self) -> Part<'a> {
        let Some(close) = closing_quote(self.rest) else {
            return self.refuse(self.end_of_word(0), Reason::OpenQuote);
        };
        let label = &self.rest[1..close];
        let label = if label.contains("''") { Cow::Owned(label.replace("''", "'")) } else { Cow::Borrowed(label) };
        let behind = &self.rest[close + 1..];
        let Some(value) = behind.trim_start_matches(BLANKS).strip_prefix('=') else {
            let reason =
                if behind.is_empty() || behind.starts_with(BLANKS) { Reason::NoEquals } else { Reason::BehindQuote };
            return self.refuse(self.end_of_word(close), reason);
        };
        let from = self.rest.len() - value.trim_start_matches(BLANKS).len();
        self.valued(label, from)
    }

    /// Returns a label without quotes: all up to `=`.
    fn plain(&mut self) -> Part<'a> {
        let Some(equals) = self.rest.find('=') else {
            return self.refuse(self.rest.trim_end_matches(BLANKS).len(), Reason::NoEquals);
        };
        let label = self.rest[..equals].trim_end_matches(BLANKS);
        if label.contains('|') {
            return self.refuse(self.end_of_word(equals), Reason::Bar);
        }
        self.valued(Cow::Borrowed(label), equals + 1)
    }

    /// Reads what follows the `=`, from the byte `from` on.
    fn valued(&mut self, label: Cow<'a, str>, from: usize) -> Part<'a> {
        let end = self.end_of_word(from);
        if label.is_empty() {
            return self.refuse(end, Reason::NoLabel);
        }
        let text = self.take(end).trim_end_matches(',');
        let fields = text.get(from..).unwrap_or_default();
        match Item::new(text, label, fields) {
            Ok(item) => Part::Item(item),
            Err((label, reason)) => Part::Refused(Refused { text, label: Some(label), reason }),
        }
    }

    fn refuse(&mut self, end: usize, reason: Reason<'a>) -> Part<'a> {
        Part::Refused(Refused { text: self.take(end), label: None, reason })
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        self.rest = self.rest.trim_start_matches(BLANKS);
        match self.rest.bytes().next()? {
            b'\'' => Some(self.quoted()),
            _ => Some(self.plain()),
        }
    }
}

/// Finds the end of the quote that a text begins with.
fn closing_quote(text: &str) -> Option<usize> {
    let mut from = 1;
    loop {
        let at = from + text.get(from..)?.find('\'')?;
        if !text[at + 1..].starts_with('\'') {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_item_is_one_by_itself_too_and_keeps_label_and_value_under_other_ranges(
            text in prop_oneof!["[ab'=;|,. 0-9:eUs%-]{0,60}", any::<String>()],
        ) {
            for part in Parts::new(&text) {
                let Part::Item(item) = part else { continue };
                prop_assert_eq!(Item::only(item.text), Some(item.clone()), "{:?}", text);
                let other = item.with_ranges("10:", "");
                let read = Item::only(&other);
                prop_assert!(read.is_some_and(|it| it.label == item.label && it.value == item.value && it.warning == "10:"), "{}", other);
            }
        }
    }

    #[test]
    fn quotes_close_where_no_second_follows() {
        for (text, close) in [("'a'", Some(2)), ("''", Some(1)), ("'a''b'", Some(5)), ("'", None), ("'''", None)] {
            assert_eq!(closing_quote(text), close, "{text}");
        }
    }

    #[test]
    fn every_text_comes_to_an_end() {
        for text in
            ["''''", "'=", "=", "==", "'a'=", "a=", "a =  ", ", ,", "'a' =", "\u{e4}=\u{e4}", "'\u{e4}", "a=1,,"]
        {
            let parts: Vec<Part<'_>> = Parts::new(text).collect();
            assert!(!parts.is_empty() && parts.len() <= text.len(), "{text}: {parts:?}");
        }
    }
}
