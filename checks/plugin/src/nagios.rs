//! Parsing of what a monitoring plugin prints: its words, and its performance data in every place where one of
//! Nagios, Icinga, Netdata and Telegraf reads it.

use roundsman_perfdata::{Part, Parts, throughout};

/// Output of a plugin, taken apart.
#[derive(Debug, PartialEq)]
pub struct Output<'a> {
    /// Line 1 up to the separator.
    pub summary: &'a str,
    /// The text of further lines.
    pub details: Vec<&'a str>,
    pub perfdata: Vec<Part<'a>>,
}

/// Bars of a line that are looked at as its separator, of those with a quote behind them: looking at one costs a pass
/// over the line.
const CANDIDATES: usize = 100;

/// Takes output apart. `None`: it printed nothing but blanks.
pub fn parse(output: &str) -> Option<Output<'_>> {
    let mut lines = output.trim_end().split('\n').skip_while(|line| line.trim().is_empty());
    let first = lines.next()?;
    let (summary, data) = separated(first).unwrap_or((first, ""));
    let mut perfdata: Vec<Part<'_>> = Parts::new(data.trim_end()).collect();
    let mut details = Vec::new();
    // From the first separator beyond line 1 on, Nagios takes every line for performance data.
    let mut any_may_be_data = false;
    for line in lines.map(str::trim_end) {
        if any_may_be_data && !line.is_empty() && throughout(line) {
            perfdata.extend(Parts::new(line));
        } else if let Some((text, data)) = separated(line) {
            any_may_be_data = true;
            perfdata.extend(Parts::new(data));
            details.extend(Some(text.trim_end()).filter(|text| !text.is_empty()));
        } else {
            details.push(line);
        }
    }
    while details.last().is_some_and(|line| line.is_empty()) {
        details.pop();
    }
    Some(Output { summary: summary.trim(), details, perfdata })
}

/// Splits a line at its separator: the first `|` whose right side is performance data throughout, else the first that an
/// `=` follows.
fn separated(line: &str) -> Option<(&str, &str)> {
    let bars: Vec<usize> = line.match_indices('|').map(|(at, _)| at).collect();
    let (first, last) = (*bars.first()?, *bars.last()?);
    // Where another bar follows, it is within the quotes of a label, which begin between the two.
    let quoted = bars.windows(2).filter(|two| line[two[0]..two[1]].contains('\'')).map(|two| two[0]);
    let at = quoted
        .take(CANDIDATES)
        .chain([last])
        .find(|bar| throughout(line[bar + 1..].trim_end()))
        .or_else(|| line[first..].contains('=').then_some(first))?;
    Some((&line[..at], &line[at + 1..]))
}

/// The word at the start of a summary that says a status, as `NAME STATUS - ` or `STATUS: `, and the text behind it.
pub fn stated(summary: &str) -> Option<(&str, &str)> {
    const WORDS: [&str; 6] = ["OK", "WARNING", "WARN", "CRITICAL", "CRIT", "UNKNOWN"];
    let behind = |text: &str| -> Option<(&str, usize)> {
        WORDS.into_iter().find_map(|word| {
            let rest = text.strip_prefix(word)?;
            let text = rest.strip_prefix(": ").or_else(|| rest.strip_prefix(" - "))?;
            Some((word, text.len()))
        })
    };
    let (word, left) = behind(summary).or_else(|| {
        let (name, rest) = summary.split_once(' ')?;
        let is_name = name.chars().all(|it| it.is_alphanumeric() || "_-./".contains(it));
        (is_name && !name.eq_ignore_ascii_case("not")).then(|| behind(rest)).flatten()
    })?;
    let text = summary[summary.len() - left..].trim_start();
    (!text.is_empty()).then_some((word, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_nothing_but_bars_and_quotes_takes_no_time() {
        let hostile = ["'|".repeat(200_000), "|".repeat(400_000), "|=".repeat(200_000), "a='|' ".repeat(70_000)];
        for line in &hostile {
            let output = format!("x\n{line}\n");
            assert_eq!(parse(&output).unwrap().summary, "x");
        }
    }

    #[test]
    fn words_of_a_status() {
        for (summary, expected) in [
            ("OK: fine", Some(("OK", "fine"))),
            ("WARN - x", Some(("WARN", "x"))),
            ("WARNING - x", Some(("WARNING", "x"))),
            ("FILE_AGE CRITICAL: x", Some(("CRITICAL", "x"))),
            ("NOT OK: x", None),
            ("a b OK: x", None),
            ("OK:x", None),
            ("OKAY: x", None),
            ("OK - ", None),
            ("", None),
        ] {
            assert_eq!(stated(summary), expected, "{summary}");
        }
    }
}
