//! Texts for a person, made from bytes that anyone may have written.
//!
//! ```
//! use roundsman_sdk::text;
//!
//! assert_eq!(text::shown(b"a\xff"), "a\\xff");
//! assert_eq!(text::cut("a long line", 6), "a long…");
//! assert_eq!(text::excerpt("one\ntwo\nthree\n", 1), ["one", "… 2 more lines not shown"]);
//! assert_eq!((text::size(1536), text::decimal(2.567, 1)), ("1.5 KiB".to_owned(), "2.6".to_owned()));
//! assert_eq!((text::duration(273_600), text::count(2, "line")), ("3 d 4 h".to_owned(), "2 lines".to_owned()));
//! ```

use std::borrow::Cow;

/// Characters of one line of an excerpt.
const LINE: usize = 500;
/// Bytes of an excerpt: half of the default `limits.text`, which ends a run.
const EXCERPT: usize = 32 * 1024;

/// Returns bytes as text: what is not UTF-8 as `\xNN`, so that nothing is lost and nothing guessed.
pub fn shown(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    Cow::Owned(text)
}

/// Returns the text, or its beginning and `…` where it is longer than `max` characters.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns at least the bytes that the host counts for a text against a limit, as it takes in JSON: what is beyond ASCII may be
/// of those that are escaped.
pub(crate) fn length_in_json(text: &str) -> usize {
    let length = |character: char| match character {
        ' '..='~' if !matches!(character, '"' | '\\') => 1,
        _ => 6 * character.len_utf16(),
    };
    text.chars().map(length).sum()
}

/// Returns the first lines of a text, for details: at most `max`, long ones cut, all together within what an outcome may hold;
/// a last line says how many more there were. With a `max` of 0, nothing.
pub fn excerpt(text: &str, max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if max == 0 {
        return lines;
    }
    let mut size = 0;
    for (i, line) in text.lines().enumerate() {
        let line = cut(line, LINE);
        size += length_in_json(&line);
        if i == max || size > EXCERPT {
            lines.push(format!("… {} not shown", count(text.lines().count() - i, "more line")));
            break;
        }
        lines.push(line);
    }
    lines
}

/// Returns `bytes` in the largest unit that leaves at least 1: `512 B`, `1.5 KiB`, `20 GiB`; one decimal below 10.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = u32::from(unit > 0 && value < 9.95);
    format!("{} {}", decimal(value, decimals), UNITS[unit])
}

/// Returns a number with so many decimals (at most 9), rounded: `decimal(2.567, 1)` is `2.6`. What `format!("{value:.1}")`
/// takes to be exact in every digit of every number is 8 KB of a component; this is exact up to 2^53 units of the last
/// decimal. A number beyond 2^63 of them is `more than …`.
pub fn decimal(value: f64, decimals: u32) -> String {
    const END: f64 = 9_223_372_036_854_775_808.0;
    let scale = 10_u64.pow(decimals.min(9));
    let scaled = (value.abs() * scale as f64).round();
    let negative = value < 0.0 && scaled > 0.0;
    let sign = if negative { "-" } else { "" };
    if scaled.is_nan() {
        return "NaN".into();
    }
    if scaled >= END {
        let beyond = if negative { "less" } else { "more" };
        return format!("{beyond} than {sign}{}", END as u64 / scale);
    }
    let (whole, rest) = (scaled as u64 / scale, scaled as u64 % scale);
    match decimals.min(9) as usize {
        0 => format!("{sign}{whole}"),
        width => format!("{sign}{whole}.{rest:0width$}"),
    }
}

/// Returns a time in its two largest units: `3 d 4 h`, `1 h 0 min`, `45 s`.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// Returns `1 line`, `2 lines`: a count with its noun, whose plural takes an `s`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_units_at_most() {
        let cases = [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3_599, "59 min 59 s"), (3_600, "1 h 0 min")];
        for (seconds, said) in cases.into_iter().chain([(86_399, "23 h 59 min"), (273_600, "3 d 4 h")]) {
            assert_eq!(duration(seconds), said);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown() {
        assert_eq!(shown(b"a\xff\xc3\xa4\xc3"), "a\\xff\u{e4}\\xc3");
        assert_eq!(shown(b""), "");
    }

    #[test]
    fn cutting_keeps_characters_whole() {
        assert_eq!(cut("\u{e4}\u{f6}\u{fc}", 2), "\u{e4}\u{f6}…");
        assert_eq!(cut("ab", 2), "ab");
    }

    #[test]
    fn an_excerpt_is_bounded_in_lines_and_bytes_and_says_what_is_left_out() {
        assert_eq!(excerpt("a\nb\n", 2), ["a", "b"]);
        assert_eq!(excerpt("a\nb\nc\nd", 2), ["a", "b", "… 2 more lines not shown"]);
        assert_eq!(excerpt("a", 0), Vec::<String>::new());
        assert_eq!(excerpt("", 2), Vec::<String>::new());
        let long = format!("{}\n", "x".repeat(5000)).repeat(1000);
        let lines = excerpt(&long, 1000);
        assert!(lines.iter().map(String::len).sum::<usize>() < EXCERPT + 100);
        assert_eq!(lines.last().unwrap(), "… 936 more lines not shown");
    }

    #[test]
    fn decimals_are_those_of_the_standard_library() {
        for value in [0.0, -0.0, 0.04, 0.06, -0.04, 1.0, 2.567, -2.567, 9.96, 99.995, 1e-9, 123_456.789, 1e12, -1e15] {
            for decimals in 0..4 {
                let said = format!("{value:.*}", decimals as usize);
                // Of what is rounded to nothing, the standard library says the sign.
                let said = said.strip_prefix('-').filter(|rest| rest.parse() == Ok(0.0)).unwrap_or(&said);
                assert_eq!(decimal(value, decimals), said, "{value:?} with {decimals}");
            }
        }
    }

    #[test]
    fn what_has_no_digits_says_so() {
        assert_eq!(decimal(f64::NAN, 1), "NaN");
        assert_eq!(decimal(9e18, 0), "9000000000000000000");
        assert_eq!(decimal(1e30, 0), "more than 9223372036854775808");
        assert_eq!(decimal(f64::NEG_INFINITY, 2), "less than -92233720368547758");
        assert_eq!(decimal(0.1, 100), "0.100000000");
    }

    #[test]
    fn sizes_are_short() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (20 << 30, "20 GiB"),
            (u64::MAX, "16 EiB"),
        ];
        for (bytes, said) in cases {
            assert_eq!(size(bytes), said);
        }
    }
}
