//! Characters from data that would command a terminal, break a line, turn the order of what is read, or be seen by nobody.
//!
//! What is not our own text passes [`line()`] (a file's name [`path`]) where it is put into a message, and so cannot begin a line.
//! [`page`] is the last gate, of each place that writes: to a terminal, a mail, the log, an output.

use std::borrow::Cow;
use std::path::Path;

/// Makes one line of a text: every dangerous character as `\n`, `\t`, `\r`, `\xNN` or `\u{NNNN}`. A backslash stays as it is:
/// the result is for reading, not for reading back.
#[must_use]
pub fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            _ if is_dangerous(character) => safe.push_str(&escaped(character)),
            _ => safe.push(character),
        }
    }
    safe
}

/// Escapes a file's name as [`line()`]; bytes that are not UTF-8 as `\xNN`, so that two names stay two.
#[must_use]
pub fn path(path: &Path) -> String {
    bytes(path.as_os_str().as_encoded_bytes())
}

/// Works as [`path`], of any bytes.
#[must_use]
pub fn bytes(bytes: &[u8]) -> String {
    let mut safe = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        safe.push_str(&line(chunk.valid()));
        chunk.invalid().iter().for_each(|byte| safe.push_str(&format!("\\x{byte:02x}")));
    }
    safe
}

/// Escapes lines, each as [`line()`] has it: newlines stay.
#[must_use]
pub fn page(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| character != '\n' && is_dangerous(character)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

/// Works as [`page`]; these sequences, which are ours, stay too.
#[must_use]
pub fn page_but(text: &str, ours: &[&str]) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let (before, sequence) = rest.split_at(at);
        safe.push_str(&page(before));
        let known = ours.iter().find(|known| sequence.starts_with(*known));
        // A sequence that is not ours begins with the character that is escaped.
        let taken = known.map_or(1, |known| known.len());
        safe.push_str(&known.map_or_else(|| page("\u{1b}").into_owned(), |known| (*known).to_owned()));
        rest = &sequence[taken..];
    }
    safe + &page(rest)
}

/// JSON whose strings hold dangerous characters only as `\uNNNN`. JSON itself asks that of C0 alone; outside of its
/// strings none can stand, so that all can be replaced.
#[must_use]
pub fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_dangerous(character) {
            // RFC 8259, section 7: beyond the first plane as a pair of surrogates.
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Counts the bytes that a text takes between the quotes of JSON as [`json`] leaves it: the measure of every limit on what a
/// component says, as this is the longest that any file or output of ours makes of it but for a half more in Prometheus'
/// text. What is stored takes no more.
#[must_use]
pub fn json_length(text: &str) -> usize {
    text.chars().map(in_json).sum()
}

/// Cuts a text so that it takes at most about so many bytes in JSON: the mark of the cut comes on top.
#[must_use]
pub fn clip(text: &str, longest: usize) -> String {
    let mut taken = 0_usize;
    for (at, character) in text.char_indices() {
        taken += in_json(character);
        if taken > longest {
            return format!("{}…", &text[..at]);
        }
    }
    text.to_owned()
}

fn in_json(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        // A pair of surrogates beyond the first plane.
        _ if is_dangerous(character) => 6 * character.len_utf16(),
        _ => character.len_utf8(),
    }
}

/// C0, DEL and C1; the line and paragraph separators; the marks, embeddings, overrides and isolates of bidirectional text
/// (Unicode 16, UAX 9); and what is not seen: `Default_Ignorable_Code_Point` of Unicode 16 (zero widths, joiners, fillers, tags),
/// but the sixteen variation selectors that emojis have, and the anchors of annotations.
#[must_use]
pub fn is_dangerous(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    matches!(
        character,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn escaped(character: char) -> String {
    let code = u32::from(character);
    if code <= 0xff { format!("\\x{code:02x}") } else { format!("\\u{{{code:x}}}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines() {
        for (text, safe) in [
            ("plain ä€😀 \\ | text", "plain ä€😀 \\ | text"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[2J\0\u{7f}", "\\x1b[2J\\x00\\x7f"),
            ("\u{9b}31m\u{85}", "\\x9b31m\\x85"),
            ("\u{202e}gpj.exe\u{2069}\u{2028}", "\\u{202e}gpj.exe\\u{2069}\\u{2028}"),
            ("ro\u{200b}ot\u{feff}\u{ad}\u{e0041}", "ro\\u{200b}ot\\u{feff}\\xad\\u{e0041}"),
            ("⚠\u{fe0f} 磁盘 grün gru\u{308}n", "⚠\u{fe0f} 磁盘 grün gru\u{308}n"),
        ] {
            assert_eq!(line(text), safe);
        }
    }

    #[test]
    fn names_that_are_not_utf8_stay_two() {
        use std::os::unix::ffi::OsStrExt as _;
        let shown = |name: &[u8]| path(Path::new(std::ffi::OsStr::from_bytes(name)));
        assert_eq!(shown(b"/etc/\xff\xfe\nx\xc3\xa4.toml"), "/etc/\\xff\\xfe\\nxä.toml");
        assert_ne!(shown(b"\xff"), shown(b"\xfe"));
    }

    #[test]
    fn a_page_keeps_its_lines() {
        assert_eq!(page("a\n  b\n"), "a\n  b\n");
        assert_eq!(page("a\u{1b}[2J\n\rb\n"), "a\\x1b[2J\n\\rb\n");
        let colours = ["\u{1b}[31m", "\u{1b}[0m"];
        assert_eq!(
            page_but("\u{1b}[31mCRITICAL\u{1b}[0m: \u{1b}[2J\u{1b}[32m\n", &colours),
            "\u{1b}[31mCRITICAL\u{1b}[0m: \\x1b[2J\\x1b[32m\n"
        );
    }

    #[test]
    fn json_is_still_the_same_value() {
        let value = serde_json::Value::from("\u{7f}\u{9b}\u{202e}\u{2028}\u{e0041}\n\"ä");
        let safe = json(&value.to_string());
        assert_eq!(safe, "\"\\u007f\\u009b\\u202e\\u2028\\udb40\\udc41\\n\\\"ä\"");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn cuts_only_what_is_longer_and_never_a_character() {
        for (text, longest, cut) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc…"),
            ("aé", 2, "a…"),
            ("é", 0, "…"),
            ("a\u{1}b", 7, "a\u{1}…"),
            ("\u{1}", 5, "…"),
        ] {
            assert_eq!(clip(text, longest), cut);
        }
    }

    proptest! {
        #[test]
        fn a_text_is_as_long_as_it_is_measured(text in any::<String>(), controls in "[\\x00-\\x1f\\x7f-\u{9f}\u{200b}-\u{2029}\u{e0041}\"\\\\]{0,20}", longest in 0_usize..40) {
            for text in [text, controls] {
                let value = serde_json::Value::from(text.as_str()).to_string();
                prop_assert_eq!(json_length(&text) + 2, json(&value).len());
                prop_assert!(value.len() <= json_length(&text) + 2);
                let cut = clip(&text, longest);
                prop_assert!(cut == text || json_length(&cut) <= longest + "…".len());
                prop_assert!(json_length(&text) > longest || cut == text);
            }
        }

        #[test]
        fn nothing_dangerous_is_left(text in any::<String>(), controls in "[\\x00-\\x1f\\x7f-\\u{9f}\\u{200b}-\\u{2029}\\u{e0000}-\\u{e007f}]{0,20}") {
            for text in [text, controls] {
                let safe = line(&text);
                prop_assert!(!safe.chars().any(is_dangerous));
                prop_assert_eq!(line(&safe), safe.clone());
                prop_assert!(!page(&text).chars().any(|character| character != '\n' && is_dangerous(character)));
                prop_assert_eq!(page(&text).lines().count(), text.split_inclusive('\n').count());
                let value = serde_json::Value::from(text);
                let safe = json(&value.to_string());
                prop_assert!(!safe.chars().any(is_dangerous));
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
            }
        }
    }
}
