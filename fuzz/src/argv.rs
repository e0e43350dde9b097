//! Grants of commands: what is allowed is what a slow matcher of its own allows, argument by argument.

use roundsman_grants::argv::GrantedArgv;

use super::reference::{characters, first, is_small, matches};

/// Words by line: the granted argv, an empty line, the argv asked for.
pub fn try_on(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let words = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (granted, asked) = text.split_once("\n\n").unwrap_or((text, ""));
    let (granted, asked) = (words(granted), words(asked));
    if let Ok(literal) = GrantedArgv::literal(&granted) {
        let named =
            asked.first().is_some_and(|name| *name == granted[0] || granted[0].rsplit('/').next() == Some(name));
        assert_eq!(literal.matches(&asked), named && granted[1..] == asked[1..], "{granted:?} {asked:?}");
    }
    let Ok(pattern) = GrantedArgv::pattern(&granted) else { return };
    assert!(granted[0].starts_with('/') && !granted[0].contains('*'), "{granted:?}");
    if granted.iter().zip(&asked).all(|(glob, word)| is_small(glob, word)) {
        assert_eq!(pattern.matches(&asked), slow(&granted, &asked), "{granted:?} {asked:?}");
    }
    if let Some(literal) = pattern.only_argv() {
        let is_asked = asked.first().is_some_and(|program| *program == literal[0]) && asked == literal;
        assert!(pattern.matches(&literal) || literal.iter().any(|word| word.contains('\0')), "{granted:?}");
        assert!(!is_asked || pattern.matches(&asked), "{granted:?} {asked:?}");
    }
}

fn slow(granted: &[String], asked: &[String]) -> bool {
    let (Some((program, globs)), Some((name, words))) = (granted.split_first(), asked.split_first()) else {
        return false;
    };
    let named = name == program || program.rsplit('/').next() == Some(name);
    named && globs.len() == words.len() && globs.iter().zip(words).all(|(glob, word)| allows(glob, word))
}

fn allows(glob: &str, word: &str) -> bool {
    let tokens = characters(glob);
    if word.contains('\0') || !matches(&tokens, &characters(word)) {
        return false;
    }
    let climbs = |text: &str| text.split('/').any(|part| part == "..");
    let controls = |text: &str| text.chars().any(char::is_control);
    !is_wild(&tokens)
        || (!word.is_empty()
            && (!word.starts_with('-') || first(&tokens) == Some('-'))
            && (!climbs(word) || climbs(glob))
            && (!controls(word) || controls(glob)))
}

/// Whether it matches more than one text.
fn is_wild(glob: &[char]) -> bool {
    match glob {
        [] => false,
        ['*' | '?', ..] => true,
        ['[', _, ']', rest @ ..] => is_wild(rest),
        ['[', low, '-', high, ']', rest @ ..] if low == high => is_wild(rest),
        ['[', ..] => true,
        [_, rest @ ..] => is_wild(rest),
    }
}
