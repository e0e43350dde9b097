//! The one line that says what a text comes to, as an operator wants it.

use serde::de::{Deserialize, Deserializer, Error};

use super::said::value;
use crate::json::{Json, JsonWriter, Wrong};
use crate::text::cut;
use crate::{Metric, MetricInfo, OptionValue, Pattern};

/// Characters of a line that becomes a summary.
const LENGTH: usize = 200;

const FIRST_LINE: &str = "first-line";

/// Where the summary comes from.
#[derive(Clone, Debug)]
pub enum Summary {
    /// `"first-line"`: the first line that is not blank.
    FirstLine,
    /// A text with the values of numbers by their names: `"{depth} messages, oldest {age}"`.
    Template(String),
    /// Any other text is a pattern: the first line that it matches.
    Line(Pattern),
}

impl Summary {
    fn parse(text: &str) -> Result<Self, String> {
        if text == FIRST_LINE {
            return Ok(Self::FirstLine);
        }
        if parts(text).any(|part| matches!(part, Part::Name(_))) {
            return Ok(Self::Template(text.to_owned()));
        }
        Pattern::parse(text).map(Self::Line)
    }

    /// Tells whether all names in braces are among these.
    pub(super) fn names_only(&self, known: &[MetricInfo]) -> bool {
        let is_known = |part: Part| !matches!(part, Part::Name(name) if !known.iter().any(|it| it.name == name));
        !matches!(self, Self::Template(template) if !parts(template).all(is_known))
    }

    /// Returns the summary of a text and the numbers picked out of it; `None` where no line is the one.
    pub fn of(&self, text: &str, metrics: &[Metric]) -> Option<String> {
        match self {
            Self::FirstLine => text.lines().map(str::trim).find(|line| !line.is_empty()).map(|line| cut(line, LENGTH)),
            Self::Line(pattern) => text.lines().find(|line| pattern.matches(line)).map(|line| cut(line.trim(), LENGTH)),
            Self::Template(template) => Some(filled(template, metrics)),
        }
    }
}

impl OptionValue for Summary {
    const TYPE: &'static str = "text";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.text(match self {
            Self::FirstLine => FIRST_LINE,
            Self::Template(text) => text,
            Self::Line(pattern) => pattern.text(),
        });
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        Self::parse(json.text()?).map_err(Wrong::new)
    }
}

impl<'de> Deserialize<'de> for Summary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A piece of a template.
enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// A name in braces is that of a number; `\d{3}` and `{2,5}` are none.
fn parts(template: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let name = rest.strip_prefix('{').and_then(|it| it.split_once('}')).filter(|(name, _)| is_name(name));
        if let Some((name, behind)) = name {
            rest = behind;
            return Some(Part::Name(name));
        }
        let end = rest.char_indices().skip(1).find(|(_, it)| *it == '{').map_or(rest.len(), |(at, _)| at);
        let (text, behind) = rest.split_at(end);
        rest = behind;
        Some(Part::Text(text))
    })
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_lowercase())
        && text.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
        && !text.ends_with('_')
        && !text.contains("__")
}

/// Of many series of one name, the first; `?` where there is none.
fn filled(template: &str, metrics: &[Metric]) -> String {
    let said = |part: Part| match part {
        Part::Text(text) => text.to_owned(),
        Part::Name(name) => {
            metrics.iter().find(|it| it.name == name && !it.value.is_nan()).map_or("?".into(), |it| value(it, it.value))
        }
    };
    parts(template).map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MetricKind, Unit};

    fn summary(text: &str) -> Summary {
        serde_json::from_value(serde_json::json!(text)).unwrap()
    }

    #[test]
    fn a_summary_is_a_line_or_a_template() {
        let metrics = [Metric::new("depth", 1536.0, Unit::named("bytes"), MetricKind::Gauge)];
        let text = "\n  first  \nDepth: 3 of 4\n";
        for (wanted, said) in [
            ("first-line", Some("first")),
            ("of \\d{1,2}$", Some("Depth: 3 of 4")),
            ("nothing", None),
            ("{depth} waiting, oldest {age}, {", Some("1.5 KiB waiting, oldest ?, {")),
            ("\u{e4}{depth}", Some("\u{e4}1.5 KiB")),
        ] {
            assert_eq!(summary(wanted).of(text, &metrics).as_deref(), said, "{wanted}");
        }
        assert_eq!(summary("first-line").of("", &[]), None);
        let long = summary("first-line").of(&"x".repeat(1000), &[]).unwrap();
        assert_eq!(long.chars().count(), LENGTH + 1);
    }

    #[test]
    fn a_pattern_that_does_not_parse_says_why() {
        let error = serde_json::from_str::<Summary>("\"(a\"").unwrap_err().to_string();
        assert!(error.starts_with("\"(a\" is no regular expression: "), "{error}");
    }
}
