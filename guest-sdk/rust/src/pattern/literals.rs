//! Literal text that a line must hold to match an expression, as far as that is easy to see.

use std::iter::Peekable;
use std::str::Chars;

/// Returns a literal for each alternative of an expression that parses: a line that holds none of them does not match. Nothing
/// where that is not certain, as with flags (`(?i)`), escapes by number, and alternatives without a literal.
pub(super) fn required(expression: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut alternative = Alternative::default();
    let mut rest = expression.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '\\' => match rest.next()? {
                'x' | 'u' | 'U' | 'p' | 'P' | '0'..='9' => return None,
                class if class.is_ascii_alphanumeric() => alternative.end_run(),
                '<' | '>' => alternative.end_run(),
                literal => alternative.run.push(literal),
            },
            '(' => {
                skip_group(&mut rest)?;
                alternative.end_run();
            }
            '[' => {
                skip_class(&mut rest)?;
                alternative.end_run();
            }
            '{' => {
                rest.by_ref().find(|it| *it == '}')?;
                alternative.drop_last();
            }
            '*' | '?' => alternative.drop_last(),
            '+' | '.' | '^' | '$' => alternative.end_run(),
            '|' => found.push(std::mem::take(&mut alternative).longest()?),
            literal => alternative.run.push(literal),
        }
    }
    found.push(alternative.longest()?);
    Some(found)
}

/// The runs of literal characters of one alternative.
#[derive(Default)]
struct Alternative {
    longest: String,
    run: String,
}

impl Alternative {
    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        if run.len() > self.longest.len() {
            self.longest = run;
        }
    }

    /// The last character may be missing.
    fn drop_last(&mut self) {
        self.run.pop();
        self.end_run();
    }

    fn longest(mut self) -> Option<String> {
        self.end_run();
        (!self.longest.is_empty()).then_some(self.longest)
    }
}

/// Skips a group. `None` for a group that may set flags, which would hold behind it too.
fn skip_group(rest: &mut Peekable<Chars>) -> Option<()> {
    if rest.next_if_eq(&'?').is_some() {
        rest.next_if(|it| matches!(it, ':' | '<' | 'P'))?;
    }
    loop {
        match rest.next()? {
            ')' => return Some(()),
            '(' => skip_group(rest)?,
            '[' => skip_class(rest)?,
            '\\' => drop(rest.next()),
            _ => {}
        }
    }
}

/// Skips a class. `None` for a class that holds another.
fn skip_class(rest: &mut Peekable<Chars>) -> Option<()> {
    rest.next_if_eq(&'^');
    rest.next_if_eq(&']');
    loop {
        match rest.next()? {
            ']' => return Some(()),
            '[' => return None,
            '\\' => drop(rest.next()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use regex_lite::Regex;

    use super::*;

    const EXPRESSIONS: &[(&str, Option<&[&str]>)] = &[
        ("I/O error", Some(&["I/O error"])),
        ("^Dirty: +(\\d+) kB$", Some(&["Dirty: "])),
        ("fail|error", Some(&["fail", "error"])),
        ("colou?r", Some(&["colo"])),
        ("ab*c", Some(&["a"])),
        ("ab+?c", Some(&["ab"])),
        ("ab{0}cd", Some(&["cd"])),
        ("ab{2,3}", Some(&["a"])),
        ("(fail|error) of", Some(&[" of"])),
        ("(?<a>x(y|\\))z) w", Some(&[" w"])),
        ("[]x]y", Some(&["y"])),
        ("[^]x]y", Some(&["y"])),
        ("[\\]a]bc", Some(&["bc"])),
        ("a\\.b\\d", Some(&["a.b"])),
        ("a\\b|b", Some(&["a", "b"])),
        ("\\[x\\]", Some(&["[x]"])),
        ("(?i)warn", None),
        ("x(?i)warn", None),
        ("(?i:warn)x", None),
        ("a\\x41", None),
        ("[[:alpha:]]x", None),
        ("a|", None),
        ("a|.*", None),
        (".*", None),
        ("", None),
        ("a?", None),
        ("(?x) a b", None),
    ];

    #[test]
    fn literals_are_found_where_they_are_certain() {
        for (expression, literals) in EXPRESSIONS {
            let literals = literals.map(|all| all.iter().map(|it| it.to_string()).collect::<Vec<_>>());
            assert_eq!(required(expression), literals, "{expression}");
        }
    }

    /// Every text of up to four characters that the expressions could care about, and some lines.
    #[test]
    fn no_line_that_matches_is_ever_left_out() {
        let mut texts = vec![String::new()];
        let mut begin = 0;
        for _ in 0..4 {
            let longer =
                texts[begin..].iter().flat_map(|text| "abcxy]W. [A".chars().map(move |it| format!("{text}{it}")));
            let longer: Vec<String> = longer.collect();
            begin = texts.len();
            texts.extend(longer);
        }
        let lines =
            ["Dirty:   12 kB", "color", "colour", "an error of", "I/O errors", "xyz w", "x)z w", "warn", "xWARN"];
        texts.extend(lines.map(String::from));
        for (expression, _) in EXPRESSIONS {
            let Some(literals) = required(expression) else { continue };
            let regex = Regex::new(expression).unwrap();
            for text in &texts {
                let kept = literals.iter().any(|literal| text.contains(literal.as_str()));
                assert!(kept || !regex.is_match(text), "{expression} matches {text:?}");
            }
        }
    }
}
