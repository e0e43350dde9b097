//! Names that rotation gives to files.

/// Ends that a program which compresses adds.
const COMPRESSED: [&str; 9] = [".gz", ".xz", ".zst", ".bz2", ".lz4", ".lzma", ".lzo", ".Z", ".zip"];

/// Words that stand for a number.
const WORDS: [&str; 4] = ["old", "bak", "prev", "previous"];

/// Digits of a date, at least: `260101`.
const DATE: usize = 6;

/// Returns the directory of a path, and its last part.
pub(super) fn parted(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Returns the name that a file had before it was rotated: `app.log` of `app.log.1`, `app.log.2.gz`, `app.log-20260101`,
/// `app-20260101.log`, `app.1.log` and `app.log.old`; any other name is its own.
pub(super) fn stem(name: &str) -> String {
    let plain = COMPRESSED.iter().find_map(|end| name.strip_suffix(end)).filter(|it| !it.is_empty()).unwrap_or(name);
    if let Some(before) = plain.strip_suffix('~').filter(|it| !it.is_empty()) {
        return before.to_owned();
    }
    if let Some(before) = without_mark(plain) {
        return before.to_owned();
    }
    match plain.rsplit_once('.') {
        Some((before, extension)) => match without_mark(before) {
            Some(before) => format!("{before}.{extension}"),
            None => plain.to_owned(),
        },
        None => plain.to_owned(),
    }
}

/// Without a number, a date or a word at its end. A number has a dot before it: `node-1` and `node-2` are two hosts.
fn without_mark(name: &str) -> Option<&str> {
    if let Some((before, word)) = name.rsplit_once('.')
        && !before.is_empty()
        && (is_number(word) || WORDS.contains(&word))
    {
        return Some(before);
    }
    let of_a_date = |it: char| it.is_ascii_digit() || matches!(it, '-' | '_' | '.' | ':' | 'T' | 'Z');
    let before = name.trim_end_matches(of_a_date);
    let mark = &name[before.len()..];
    let digits = mark.bytes().filter(u8::is_ascii_digit).count();
    (!before.is_empty() && digits >= DATE && mark.starts_with(['-', '_', '.'])).then_some(before)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether two names differ in their numbers alone.
pub(super) fn alike(a: &str, b: &str) -> bool {
    let shape = |name: &str| {
        let mut shape = String::new();
        for it in name.chars() {
            match it {
                '0'..='9' if shape.ends_with('#') => {}
                '0'..='9' => shape.push('#'),
                it => shape.push(it),
            }
        }
        shape
    };
    shape(a) == shape(b)
}

/// Tells how often a file was rotated that was at `from` and is at `to` now, where that can be told: `app.log.3` is the third.
pub(super) fn rotations(from: &str, to: &str) -> Option<u32> {
    let number = to.strip_prefix(from)?.strip_prefix('.')?;
    if is_number(number) { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rotation_adds_is_taken_off() {
        for (name, before) in [
            ("app.log", "app.log"),
            ("app.log.1", "app.log"),
            ("app.log.12.gz", "app.log"),
            ("messages-20260101", "messages"),
            ("messages-20260101.xz", "messages"),
            ("messages-20260101-1767225600", "messages"),
            ("app.log.2026-01-01T00:00", "app.log"),
            ("app-20260101.log", "app.log"),
            ("app.2026-01-01.log", "app.log"),
            ("app.1.log", "app.log"),
            ("app.log.old", "app.log"),
            ("app.log.bak", "app.log"),
            ("app.log~", "app.log"),
            ("syslog", "syslog"),
            ("node-1.log", "node-1.log"),
            ("app1.log", "app1.log"),
            ("postgresql.conf", "postgresql.conf"),
            (".gz", ".gz"),
            ("20260101", "20260101"),
            ("", ""),
        ] {
            assert_eq!(stem(name), before, "{name}");
        }
    }

    #[test]
    fn names_alike_differ_in_numbers_alone() {
        assert!(alike("app-1.log", "app-23.log") && alike("a.2026-01-01", "a.2026-1-2"));
        assert!(!alike("app.log.1", "app.log.1.gz") && !alike("app.log", "app.log.1"));
    }

    #[test]
    fn rotations_are_counted_where_the_name_tells() {
        assert_eq!(rotations("/l/app.log", "/l/app.log.3"), Some(3));
        for other in ["/l/app.log", "/l/app.log-20260101", "/l/app.log.", "/l/app.log.1.gz", "/l/b.1"] {
            assert_eq!(rotations("/l/app.log", other), None, "{other}");
        }
    }
}
