//! Globs over a whole text: label values of thresholds and arguments of commands. `*` crosses `/`; paths have a rule
//! of their own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A glob, checked: `*` is any text, `?` one character, `[a-z]` one of those; `[*]` is a literal star.
/// A backslash is a character like any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glob {
    text: String,
    tokens: Vec<Token>,
}

/// Reason why a text is no glob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    #[error("`{0}` has a `[` without its `]`; a literal bracket is written `[[]`")]
    Unclosed(String),
    #[error("`{0}` has an empty `[]`; a literal bracket is written `[[]`")]
    EmptyClass(String),
    #[error("`{0}` has a `[!…]` or `[^…]`: a class cannot be negated, name the characters that may stand there")]
    Negated(String),
    #[error("`{glob}` has the range `{low}-{high}`, which is backwards; write `{high}-{low}`")]
    Backwards { glob: String, low: char, high: char },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Token {
    Literal(char),
    AnyText,
    AnyCharacter,
    /// Both ends included.
    OneOf(Box<[(char, char)]>),
}

impl Token {
    fn accepts(&self, character: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == character,
            Self::AnyText | Self::AnyCharacter => true,
            Self::OneOf(ranges) => ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)),
        }
    }

    fn literal(&self) -> Option<char> {
        match self {
            Self::Literal(character) => Some(*character),
            Self::OneOf(ranges) => match ranges[..] {
                [(low, high)] if low == high => Some(low),
                _ => None,
            },
            Self::AnyText | Self::AnyCharacter => None,
        }
    }

    /// Tells whether some character is accepted by both.
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(character), token) | (token, Self::Literal(character)) => token.accepts(*character),
            (Self::OneOf(one), Self::OneOf(two)) => {
                one.iter().any(|(low, high)| two.iter().any(|(least, most)| low <= most && least <= high))
            }
            _ => true,
        }
    }
}

impl Glob {
    /// Checks a glob.
    ///
    /// # Errors
    /// [`GlobError`] says what is wrong with a class of it; anything without `[` is a glob.
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            match character {
                // Two stars in a row are one: otherwise each would cost another way to fail.
                '*' if tokens.last() == Some(&Token::AnyText) => {}
                '*' => tokens.push(Token::AnyText),
                '?' => tokens.push(Token::AnyCharacter),
                '[' => {
                    let (class, after) = rest.split_once(']').ok_or_else(|| GlobError::Unclosed(text.to_owned()))?;
                    tokens.push(Token::OneOf(class_ranges(class, text)?.into()));
                    rest = after;
                }
                literal => tokens.push(Token::Literal(literal)),
            }
        }
        // Each pattern of each check is kept as long as the round runs.
        tokens.shrink_to_fit();
        Ok(Self { text: text.to_owned(), tokens })
    }

    /// Tells whether the whole text is as the glob says. Takes at most text × glob steps, whatever the stars.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut token = 0;
        let mut rest = text.chars();
        // Only the last star can take more: what earlier ones took is already the least that fits.
        let mut last_star: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            match (self.tokens.get(token), rest.next()) {
                (None, None) => return true,
                (Some(Token::AnyText), _) => {
                    token += 1;
                    rest = before.clone();
                    last_star = Some((token, before));
                }
                (Some(wanted), Some(character)) if wanted.accepts(character) => token += 1,
                _ => {
                    let Some((after_star, taken)) = &mut last_star else { return false };
                    if taken.next().is_none() {
                        return false;
                    }
                    token = *after_star;
                    rest = taken.clone();
                }
            }
        }
    }

    /// Returns the one text that it matches, where it has no wildcard.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        self.tokens.iter().map(Token::literal).collect()
    }

    /// Returns the character that each text it matches begins with, where it begins with no wildcard.
    #[must_use]
    pub fn first_literal(&self) -> Option<char> {
        self.tokens.first().and_then(Token::literal)
    }

    /// Tells whether some text matches both. Takes at most glob × glob steps.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        // `reached[j]`: the tokens of `self` up to the row's and the first `j` of `other` have a text in common.
        let columns = other.tokens.len() + 1;
        let mut above = vec![false; columns];
        for row in 0..=self.tokens.len() {
            let token = row.checked_sub(1).map(|index| &self.tokens[index]);
            let mut reached = vec![false; columns];
            reached[0] = token.is_none() || (above[0] && token == Some(&Token::AnyText));
            for column in 1..columns {
                let beside = &other.tokens[column - 1];
                // A star takes nothing, or what the other's token takes.
                let star = token == Some(&Token::AnyText) || *beside == Token::AnyText;
                reached[column] = (star && (above[column] || reached[column - 1]))
                    || token.is_some_and(|token| above[column - 1] && token.overlaps(beside));
            }
            above = reached;
        }
        above[columns - 1]
    }

    /// Returns the text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn class_ranges(class: &str, glob: &str) -> Result<Vec<(char, char)>, GlobError> {
    let characters: Vec<char> = class.chars().collect();
    if characters.is_empty() {
        return Err(GlobError::EmptyClass(glob.to_owned()));
    }
    // Other globs negate with these; taken as literals they would silently match the opposite.
    if characters.len() > 1 && matches!(characters[0], '!' | '^') {
        return Err(GlobError::Negated(glob.to_owned()));
    }
    let mut ranges = Vec::new();
    let mut rest = &characters[..];
    loop {
        match rest {
            [] => return Ok(ranges),
            [low, '-', high, after @ ..] => {
                if low > high {
                    return Err(GlobError::Backwards { glob: glob.to_owned(), low: *low, high: *high });
                }
                ranges.push((*low, *high));
                rest = after;
            }
            [one, after @ ..] => {
                ranges.push((*one, *one));
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn matches(glob: &str, text: &str) -> bool {
        Glob::parse(glob).unwrap().matches(text)
    }

    #[test]
    fn wildcards() {
        for (glob, yes, no) in [
            ("", &[""][..], &["a"][..]),
            ("/data", &["/data"], &["/dat", "/data/", "/dataa", "x/data"]),
            ("/data/*", &["/data/", "/data/a", "/data/a/b"], &["/data", "/dat/a"]),
            ("*", &["", "/", "ä\n"], &[]),
            ("**", &["", "a"], &[]),
            ("?", &["a", "ä", "/"], &["", "ab"]),
            ("*a*b", &["ab", "aab", "abab", "xaxb"], &["a", "ba", "abx"]),
            ("/dev/sd[a-z]", &["/dev/sda"], &["/dev/sd", "/dev/sdA", "/dev/sdaa"]),
            ("[*]", &["*"], &["a", "**", ""]),
            ("[?]x[[]", &["?x["], &["axa"]),
            ("[a-c0-9_]", &["b", "5", "_"], &["d", "-"]),
            ("[-a]", &["-", "a"], &["b"]),
            ("[a-]", &["-", "a"], &["b"]),
            ("[!]", &["!"], &["a"]),
            (r"\*", &[r"\", r"\a"], &["*"]),
            ("a]", &["a]"], &["a"]),
        ] {
            for text in yes {
                assert!(matches(glob, text), "{glob:?} should match {text:?}");
            }
            for text in no {
                assert!(!matches(glob, text), "{glob:?} should not match {text:?}");
            }
        }
    }

    #[test]
    fn refusals_teach() {
        for (glob, message) in [
            ("/a[b", "`/a[b` has a `[` without its `]`; a literal bracket is written `[[]`"),
            ("a[]b", "`a[]b` has an empty `[]`; a literal bracket is written `[[]`"),
            (
                "[!a]",
                "`[!a]` has a `[!…]` or `[^…]`: a class cannot be negated, name the characters that may stand there",
            ),
            ("[z-a]", "`[z-a]` has the range `z-a`, which is backwards; write `a-z`"),
        ] {
            assert_eq!(Glob::parse(glob).unwrap_err().to_string(), message);
        }
        assert!(matches!(Glob::parse("[^a]"), Err(GlobError::Negated(_))));
    }

    #[test]
    fn a_literal_is_known_as_one() {
        assert_eq!(Glob::parse("/data[*]x").unwrap().literal().as_deref(), Some("/data*x"));
        for wild in ["*", "a?", "[ab]"] {
            assert_eq!(Glob::parse(wild).unwrap().literal(), None);
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let started = Instant::now();
        assert!(!matches(&format!("{}b", "*a".repeat(200)), &"a".repeat(5_000)));
        assert!(started.elapsed() < Duration::from_secs(2));
    }

    /// Returns the definition, without a thought for time.
    fn slow(tokens: &[Token], text: &[char]) -> bool {
        match (tokens, text) {
            ([], []) => true,
            ([Token::AnyText, rest @ ..], _) => {
                slow(rest, text) || text.split_first().is_some_and(|(_, after)| slow(tokens, after))
            }
            ([token, rest @ ..], [character, after @ ..]) => token.accepts(*character) && slow(rest, after),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn as_the_definition_says(glob in "[ab*?/]{0,8}", text in "[ab/]{0,8}") {
            let parsed = Glob::parse(&glob).unwrap();
            prop_assert_eq!(parsed.matches(&text), slow(&parsed.tokens, &text.chars().collect::<Vec<_>>()));
        }

        #[test]
        fn a_common_text_means_intersection(one in "[ab*?]{0,6}", two in "(\\[a-c\\]|[ab*?]){0,6}", text in "[abc]{0,6}") {
            let (one, two) = (Glob::parse(&one).unwrap(), Glob::parse(&two).unwrap());
            prop_assert_eq!(one.intersects(&two), two.intersects(&one));
            if one.matches(&text) && two.matches(&text) {
                prop_assert!(one.intersects(&two));
            }
        }

        #[test]
        fn a_text_intersects_as_it_matches(glob in "(\\[a-c\\]|[ab*?]){0,6}", text in "[abc]{0,6}") {
            let (glob, literal) = (Glob::parse(&glob).unwrap(), Glob::parse(&text).unwrap());
            prop_assert_eq!(glob.intersects(&literal), glob.matches(&text));
        }

        #[test]
        fn no_input_panics(glob in any::<String>(), text in any::<String>()) {
            if let Ok(parsed) = Glob::parse(&glob) {
                let _ = parsed.matches(&text);
            }
        }
    }
}
