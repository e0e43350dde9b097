//! Globs by which an operator names things: labels, mount points, sensors. `*` stands for any characters, `/` among them, and
//! `?` for one.
//!
//! ```
//! use roundsman_sdk::glob;
//!
//! assert!(glob::matches("/data/*", "/data/a/b") && !glob::matches("sd?", "sd"));
//! assert!(glob::any(&["lo".to_owned(), "veth*".to_owned()], "veth3"));
//! ```

/// Tells whether one of the globs matches the whole text.
pub fn any(globs: &[String], text: &str) -> bool {
    globs.iter().any(|glob| matches(glob, text))
}

/// Tells whether the glob matches the whole text.
pub fn matches(glob: &str, text: &str) -> bool {
    let (glob, text): (&[u8], &[u8]) = (glob.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // The last star, and how much of the text it stands for: only this one needs to take more, so time stays bounded by the
    // product of both lengths.
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        if glob.get(at) == Some(&b'*') {
            star = Some((at, seen));
            at += 1;
        } else if glob.get(at).is_some_and(|it| *it == b'?' && is_start(text, seen)) {
            at += 1;
            seen += 1;
            while seen < text.len() && !is_start(text, seen) {
                seen += 1;
            }
        } else if glob.get(at) == Some(&text[seen]) {
            at += 1;
            seen += 1;
        } else if let Some((before, taken)) = star {
            star = Some((before, taken + 1));
            (at, seen) = (before + 1, taken + 1);
        } else {
            return false;
        }
    }
    glob[at..].iter().all(|it| *it == b'*')
}

/// Tells whether a character of UTF-8 begins at this byte.
fn is_start(text: &[u8], at: usize) -> bool {
    text[at] & 0xc0 != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_cross_slashes_and_question_marks_are_one_character() {
        for (glob, text, fits) in [
            ("/data/*", "/data/a/b", true),
            ("/data/*", "/data", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "a1b2b3c", true),
            ("a*b*c", "a1b2b3", false),
            ("sd?", "sda", true),
            ("sd?", "sd", false),
            ("?", "\u{e4}", true),
            ("??", "\u{e4}", false),
            ("*?", "x\u{e4}", true),
            ("**", "ab", true),
        ] {
            assert_eq!(matches(glob, text), fits, "{glob} {text}");
        }
        assert!(any(&["x".into(), "a*".into()], "ab") && !any(&[], "ab"));
    }

    #[test]
    fn many_stars_take_no_longer() {
        assert!(!matches(&"*a".repeat(50), &"a".repeat(10_000).replace("aaaaaaaaaa", "aaaaaaaaab")));
    }
}
