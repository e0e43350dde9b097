//! The text format of Prometheus, read as strictly as its own parsers do: what is not right is a panic.

use std::collections::{BTreeMap, BTreeSet};

/// A series: the name of its family, and its labels.
pub type Series = (String, BTreeMap<String, String>);

/// Returns the samples of a text. Labels with an empty value are none, as Prometheus has it.
///
/// # Panics
/// If the text is malformed: a family in two places, without its HELP or TYPE, or a series twice.
#[must_use]
pub fn samples(text: &str) -> BTreeMap<Series, f64> {
    assert!(text.is_empty() || text.ends_with('\n'), "the last line has no end");
    let mut samples = BTreeMap::new();
    let mut begun = BTreeSet::new();
    let mut family = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap_or_else(|| panic!("no words: {line}"));
            assert!(!words.trim().is_empty(), "no words: {line}");
            assert!(begun.insert(name.to_owned()), "the family {name} is in two places");
            let kind = lines.next().and_then(|line| line.strip_prefix(&format!("# TYPE {name} "))).map(str::to_owned);
            assert!(kind.as_deref().is_some_and(|kind| ["counter", "gauge"].contains(&kind)), "{name}: {kind:?}");
            name.clone_into(&mut family);
            continue;
        }
        let (series, value) = sample(line);
        assert_eq!(series.0, family, "a sample outside of its family: {line}");
        assert!(samples.insert(series, value).is_none(), "a series twice: {line}");
    }
    samples
}

fn sample(line: &str) -> (Series, f64) {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no value: {line}"));
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(open) = rest.strip_prefix('{') {
        rest = open;
        while !rest.starts_with('}') {
            let (label, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {line}"));
            let (value, after) = quoted(after);
            if !value.is_empty() {
                assert!(labels.insert(label.to_owned(), value).is_none(), "a label twice: {line}");
            }
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    let value = rest.trim_start().parse().unwrap_or_else(|error| panic!("{error}: {line}"));
    ((name.to_owned(), labels), value)
}

/// Returns the text up to the closing quote, and what follows it.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => value.push('\n'),
                Some(escaped @ ('\\' | '"')) => value.push(escaped),
                other => panic!("the escape {other:?} in {text}"),
            },
            other => value.push(other),
        }
    }
    panic!("no closing quote: {text}")
}
