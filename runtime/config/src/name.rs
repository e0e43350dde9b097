//! The names of checks.

/// Longest name of a check: it is part of file names, labels and service names elsewhere.
const MAX_LENGTH: usize = 64;

/// The rule of [`is_valid`], in words.
pub(crate) const RULE: &str = "letters, digits, `_`, `.` and `-`, a letter or digit first, 64 at most";

/// Returns `[A-Za-z0-9][A-Za-z0-9_.-]{0,63}`.
#[must_use]
pub fn is_valid(name: &str) -> bool {
    name.len() <= MAX_LENGTH
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["a", "9", "Disk_1.x-y", &"a".repeat(64)] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", ".a", "-a", "_a", "a b", "a/b", "ä", "a\n", &"a".repeat(65)] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
