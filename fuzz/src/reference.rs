//! Globs as the documents define them, without a thought for time: what the runtime's own are compared with. Shares
//! no code with them.

/// Whether a glob that the runtime accepted matches the whole of a text.
#[must_use]
pub fn matches(glob: &[char], text: &[char]) -> bool {
    match glob {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|taken| matches(rest, &text[taken..])),
        ['?', rest @ ..] => !text.is_empty() && matches(rest, &text[1..]),
        ['[', rest @ ..] => {
            let end = rest.iter().position(|character| *character == ']').expect("a class has its end");
            !text.is_empty() && in_class(&rest[..end], text[0]) && matches(&rest[end + 1..], &text[1..])
        }
        [literal, rest @ ..] => text.first() == Some(literal) && matches(rest, &text[1..]),
    }
}

/// Single characters and ranges, both ends included; `-` at either end stands for itself.
fn in_class(class: &[char], character: char) -> bool {
    match class {
        [] => false,
        [low, '-', high, rest @ ..] => (*low <= character && character <= *high) || in_class(rest, character),
        [one, rest @ ..] => *one == character || in_class(rest, character),
    }
}

/// The character that stands first in every text that the glob matches, where its first token says so.
#[must_use]
pub fn first(glob: &[char]) -> Option<char> {
    match glob {
        [] | ['*' | '?', ..] => None,
        ['[', only, ']', ..] => Some(*only),
        ['[', low, '-', high, ']', ..] if low == high => Some(*low),
        ['[', ..] => None,
        [literal, ..] => Some(*literal),
    }
}

/// As characters.
#[must_use]
pub fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// How long a text may be for the reference to end: its time is exponential in the stars.
#[must_use]
pub fn is_small(glob: &str, text: &str) -> bool {
    glob.matches('*').count() <= 6 && text.len() <= 60
}
