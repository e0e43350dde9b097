//! Characters from data that would command a terminal, break a line, or turn the order of what is read.

/// One line: every dangerous character as `\n`, `\t`, `\r`, `\xNN` or `\u{NNNN}`. A backslash stays as it is: the
/// result is for reading, not for reading back.
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

/// JSON whose strings hold dangerous characters only as `\uNNNN`. JSON itself asks that of C0 alone; outside of its
/// strings none can stand, so that all can be replaced.
#[must_use]
pub fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_dangerous(character) {
            safe.push_str(&format!("\\u{:04x}", u32::from(character)));
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
        _ if is_dangerous(character) => 6,
        _ => character.len_utf8(),
    }
}

/// C0, DEL and C1; the line and paragraph separators; the marks, embeddings, overrides and isolates of bidirectional
/// text (Unicode 16, UAX 9).
#[must_use]
pub fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
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
        ] {
            assert_eq!(line(text), safe);
        }
    }

    #[test]
    fn json_is_still_the_same_value() {
        let value = serde_json::Value::from("\u{7f}\u{9b}\u{202e}\u{2028}\n\"ä");
        let safe = json(&value.to_string());
        assert_eq!(safe, "\"\\u007f\\u009b\\u202e\\u2028\\n\\\"ä\"");
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
        fn a_text_is_as_long_as_it_is_measured(text in any::<String>(), controls in "[\\x00-\\x1f\\x7f-\u{9f}\u{200e}-\u{2029}\"\\\\]{0,20}", longest in 0_usize..40) {
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
        fn nothing_dangerous_is_left(text in any::<String>(), controls in "[\\x00-\\x1f\\x7f-\\u{9f}\\u{200e}-\\u{2029}]{0,20}") {
            for text in [text, controls] {
                let safe = line(&text);
                prop_assert!(!safe.chars().any(is_dangerous));
                prop_assert_eq!(line(&safe), safe.clone());
                let value = serde_json::Value::from(text);
                let safe = json(&value.to_string());
                prop_assert!(!safe.chars().any(is_dangerous));
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
            }
        }
    }
}
