//! Thresholds of the command line: `METRIC[{LABEL=GLOB,…}]=RANGE`.

use std::path::PathBuf;

use crate::judge::thresholds::Origin;
use crate::judge::thresholds::{Selector, ThresholdEntry, Thresholds};
use roundsman_contract::range::{RangeError, RangeSpec};
use roundsman_grants::glob::{Glob, GlobError};

/// The option that was given, of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThresholdLevel {
    Warning,
    Critical,
}

impl ThresholdLevel {
    /// Returns the option as it is typed.
    #[must_use]
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Warning => "--warning",
            Self::Critical => "--critical",
        }
    }
}

/// Reason why the value of `--warning` or `--critical` is no threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    #[error("`{text}` names no metric; write `METRIC=RANGE`, such as `used_percent=80`")]
    NoMetric { text: String },
    #[error(
        "`{text}`: {reason}; write `METRIC{{LABEL=GLOB,…}}=RANGE`, a value with `,`, `}}` or `\"` in double quotes"
    )]
    Labels { text: String, reason: String },
    #[error("`{text}`: {error}")]
    Glob { text: String, error: GlobError },
    #[error("`{text}`: {error}")]
    Range { text: String, error: RangeError },
    #[error("`{option}` is given twice for `{selector}`; give it once")]
    Twice { option: &'static str, selector: String },
}

/// Returns the entries of the command line, from its options in the order in which they were typed. A `--warning` and a
/// `--critical` of one selector, its labels in any order, are one entry, where the first of the two stands.
///
/// # Errors
/// [`SelectorError`] for the first option that is no threshold.
pub fn from_options(options: &[(ThresholdLevel, &str)]) -> Result<Thresholds, SelectorError> {
    let mut thresholds = Thresholds::new();
    for (position, (level, text)) in options.iter().enumerate() {
        let (metric, selector, spec) = parse(text)?;
        let entries = thresholds.entry(metric.clone()).or_default();
        let at =
            entries.iter().position(|entry: &ThresholdEntry| same(&entry.selector, &selector)).unwrap_or_else(|| {
                // Lines of this "file" count the options.
                let origin = Origin { file: PathBuf::from("command line"), line: position + 1 };
                entries.push(ThresholdEntry { selector, warning: None, critical: None, absent: None, origin });
                entries.len() - 1
            });
        let slot = match level {
            ThresholdLevel::Warning => &mut entries[at].warning,
            ThresholdLevel::Critical => &mut entries[at].critical,
        };
        if slot.is_some() {
            let selector = text.rsplit_once('=').map_or(*text, |(selector, _)| selector).to_owned();
            return Err(SelectorError::Twice { option: level.option(), selector });
        }
        *slot = Some(spec);
    }
    Ok(thresholds)
}

fn same(one: &[(String, Glob)], other: &[(String, Glob)]) -> bool {
    one.len() == other.len() && one.iter().all(|pair| other.contains(pair))
}

fn parse(text: &str) -> Result<(String, Selector, RangeSpec), SelectorError> {
    let no_metric = || SelectorError::NoMetric { text: text.to_owned() };
    let (series, range) = text.rsplit_once('=').ok_or_else(no_metric)?;
    let (metric, labels) = match series.split_once('{') {
        None => (series, Vec::new()),
        Some((metric, rest)) => {
            let pairs = pairs(rest).map_err(|reason| SelectorError::Labels { text: text.to_owned(), reason })?;
            (metric, pairs)
        }
    };
    if metric.is_empty() {
        return Err(no_metric());
    }
    let mut selector = Selector::new();
    for (label, glob) in labels {
        let glob = Glob::parse(&glob).map_err(|error| SelectorError::Glob { text: text.to_owned(), error })?;
        selector.push((label, glob));
    }
    let spec = RangeSpec::parse(range).map_err(|error| SelectorError::Range { text: text.to_owned(), error })?;
    Ok((metric.to_owned(), selector, spec))
}

/// Returns the pairs behind an opening brace, up to the closing one, which must be the end.
fn pairs(mut rest: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    if rest == "}" {
        return Ok(pairs);
    }
    loop {
        let (label, after) = rest.split_once('=').ok_or("a label has no `=` and value")?;
        let label = label.trim_start();
        if label.is_empty() || label.contains(['}', ',', '"']) {
            return Err("a label has no name".to_owned());
        }
        if pairs.iter().any(|(known, _)| known == label) {
            return Err(format!("label `{label}` is there twice"));
        }
        let (value, after) = value(after)?;
        pairs.push((label.to_owned(), value));
        rest = match after.strip_prefix(',') {
            Some(more) => more,
            None if after == "}" => return Ok(pairs),
            None if after.is_empty() => return Err("the closing `}` is missing".to_owned()),
            None => return Err(format!("`{after}` follows where `,` or the closing `}}` should")),
        };
    }
}

/// A value and what follows it. Within quotes, `\"` and `\\` are the characters themselves.
fn value(text: &str) -> Result<(String, &str), String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', '}']).ok_or("the closing `}` is missing")?;
        let (value, after) = text.split_at(end);
        if value.contains('"') {
            return Err("a value has a double quote in it".to_owned());
        }
        return Ok((value.to_owned(), after));
    };
    let mut value = String::new();
    let mut rest = quoted;
    loop {
        let at = rest.find(['"', '\\']).ok_or("a closing double quote is missing")?;
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('"') {
            return Ok((value, after));
        }
        let escaped =
            ["\\\"", "\\\\"].into_iter().find_map(|pair| rest.strip_prefix(pair).map(|after| (&pair[1..], after)));
        let (character, after) = escaped.unwrap_or(("\\", &rest[1..]));
        value.push_str(character);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ThresholdLevel::{Critical, Warning};
    use super::*;

    fn selector(text: &str) -> (String, Vec<(String, String)>) {
        let (metric, selector, _) = parse(text).unwrap();
        (metric, selector.into_iter().map(|(label, glob)| (label, glob.to_string())).collect())
    }

    #[test]
    fn selectors() {
        for (text, metric, labels) in [
            ("load=4", "load", &[][..]),
            ("load{}=4", "load", &[]),
            ("used{mount=/data/*}=80:", "used", &[("mount", "/data/*")]),
            ("used{mount=/a=b,fs=ext4}=80", "used", &[("mount", "/a=b"), ("fs", "ext4")]),
            ("used{mount=/a, fs=ext4}=80", "used", &[("mount", "/a"), ("fs", "ext4")]),
            (r#"used{mount="/a,b}\"=\\\x"}=80"#, "used", &[("mount", r#"/a,b}"=\\x"#)]),
            ("used{mount=}=80", "used", &[("mount", "")]),
        ] {
            let labels: Vec<_> = labels.iter().map(|(label, glob)| ((*label).to_owned(), (*glob).to_owned())).collect();
            assert_eq!(selector(text), (metric.to_owned(), labels), "{text}");
        }
    }

    #[test]
    fn one_selector_is_one_entry_where_it_first_stands() {
        let thresholds = from_options(&[
            (Critical, "u{a=1,b=2}=90"),
            (Warning, "u=70"),
            (Warning, "u{b=2,a=1}=80"),
            (Critical, "v=50GiB:"),
        ])
        .unwrap();
        let high = |spec: &Option<RangeSpec>| spec.as_ref().map(|spec| spec.range.high);
        let shown: Vec<_> = thresholds["u"]
            .iter()
            .map(|entry| (high(&entry.warning), high(&entry.critical), entry.origin.line))
            .collect();
        assert_eq!(shown, [(Some(80.0), Some(90.0), 1), (Some(70.0), None, 2)]);
        assert_eq!(thresholds["v"][0].origin.line, 4);
    }

    #[test]
    fn refusals_teach() {
        const HOW: &str = "write `METRIC{LABEL=GLOB,…}=RANGE`, a value with `,`, `}` or `\"` in double quotes";
        for (text, message) in [
            ("80", "`80` names no metric; write `METRIC=RANGE`, such as `used_percent=80`".to_owned()),
            ("=80", "`=80` names no metric; write `METRIC=RANGE`, such as `used_percent=80`".to_owned()),
            ("u{a}=80", format!("`u{{a}}=80`: a label has no `=` and value; {HOW}")),
            ("u{=x}=80", format!("`u{{=x}}=80`: a label has no name; {HOW}")),
            ("u{a=1=80", format!("`u{{a=1=80`: the closing `}}` is missing; {HOW}")),
            ("u{a=1}x=80", format!("`u{{a=1}}x=80`: `}}x` follows where `,` or the closing `}}` should; {HOW}")),
            ("u{a=\"1}=80", format!("`u{{a=\"1}}=80`: a closing double quote is missing; {HOW}")),
            ("u{a=1,a=2}=80", format!("`u{{a=1,a=2}}=80`: label `a` is there twice; {HOW}")),
            ("u{a=1,}=80", format!("`u{{a=1,}}=80`: a label has no `=` and value; {HOW}")),
            ("u{a=[}=80", "`u{a=[}=80`: `[` has a `[` without its `]`; a literal bracket is written `[[]`".to_owned()),
            ("u=2:1", "`u=2:1`: `2:1` is no range: the start 2 is above the end 1".to_owned()),
        ] {
            assert_eq!(from_options(&[(Warning, text)]).expect_err(text).to_string(), message);
        }
        let twice = from_options(&[(Warning, "u=1"), (Warning, "u=2")]).unwrap_err();
        assert_eq!(twice.to_string(), "`--warning` is given twice for `u`; give it once");
    }

    proptest! {
        #[test]
        fn quoted_values_are_read_as_written(value in "[^\\[]{0,12}") {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assert_eq!(selector(&format!("m{{a=\"{quoted}\"}}=1")), ("m".to_owned(), vec![("a".to_owned(), value)]));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), close in "[m{}=,\"\\\\a1:]{0,12}") {
            let _ = (parse(&text), parse(&close));
        }
    }
}
