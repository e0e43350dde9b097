//! Comparison of a check here with what ran before: status and words.

use super::nrpe;
use super::source::{ImportSource, SourceForm};

/// Output of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub code: i32,
    /// Its first line, without performance data.
    pub text: String,
    /// The first line of its standard error, which tells why one that printed nothing did not.
    pub error: String,
}

/// A command of NRPE's, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    pub name: String,
    /// The name that its check has here.
    pub ours: String,
    /// Command line as NRPE gives it to a shell.
    pub line: String,
}

/// Returns the commands of a file that can be run without arguments from the network.
#[must_use]
pub fn commands(source: &ImportSource) -> Vec<Old> {
    let SourceForm::Nrpe { text, prefix } = &source.form else { return Vec::new() };
    let old = |(name, line): (String, String)| Old { ours: super::drop_in::name(&name), name, line };
    nrpe::commands(text, prefix.as_deref()).map(old).collect()
}

/// Returns the account that the file says NRPE runs as.
#[must_use]
pub fn account(source: &ImportSource) -> Option<String> {
    match &source.form {
        SourceForm::Nrpe { text, .. } => nrpe::setting(text, "nrpe_user"),
        _ => None,
    }
}

impl Said {
    /// Keeps the exit code and the first line of what a plugin printed, without performance data.
    #[must_use]
    pub fn of(code: i32, output: &str, error: &str) -> Self {
        let first = |text: &str| text.lines().next().unwrap_or_default().trim().to_owned();
        let text = first(output).split('|').next().unwrap_or_default().trim().to_owned();
        Self { code, text, error: first(error) }
    }

    /// Shows it: its status and words, or its error where it has none.
    #[must_use]
    pub fn shown(&self) -> String {
        match (self.text.as_str(), self.error.as_str()) {
            ("", error) if !error.is_empty() => format!("{} '' (standard error: '{error}')", self.status()),
            (text, _) => format!("{} '{text}'", self.status()),
        }
    }

    /// Tells whether the other says the same: the same status, and the same words but for numbers and what stands before
    /// them, such as `DISK OK - ` or the threshold that was broken.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let (one, two) = (shape(&self.text), shape(&other.text));
        let same = one == two || (!one.is_empty() && two.ends_with(&one)) || (!two.is_empty() && one.ends_with(&two));
        self.status() == other.status() && same
    }

    /// Returns the word of its status.
    #[must_use]
    pub(crate) fn status(&self) -> &'static str {
        match self.code {
            0 => "OK",
            1 => "WARNING",
            2 => "CRITICAL",
            _ => "UNKNOWN",
        }
    }
}

/// Returns the words of a text without the status that we put before them, and without numbers.
fn shape(text: &str) -> String {
    let ours = ["OK: ", "WARNING: ", "CRITICAL: ", "UNKNOWN: "];
    let text = ours.iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    let letters: String = text.chars().filter(|it| !it.is_ascii_digit() && *it != '.').collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_the_word_before_them_are_no_difference() {
        for (old, new, like) in [
            ((0, "DISK OK - free space: / 65 MiB|/=1"), (0, "OK: free space: / 7 MiB | /=1"), true),
            ((1, "OK: fine"), (1, "WARNING: OK: fine"), true),
            ((0, "OK"), (0, "OK: OK"), true),
            ((2, "x 5"), (2, "CRITICAL: time 5 s (critical 3); x 6"), true),
            ((5, "x"), (3, "UNKNOWN: x (exit code 5)"), false),
            ((2, "full"), (1, "WARNING: full"), false),
            ((0, "OK: fine"), (0, "OK: other words"), false),
            ((0, "OK: fine"), (0, "OK: "), false),
            ((0, ""), (0, ""), true),
        ] {
            assert_eq!(Said::of(old.0, old.1, "").is_like(&Said::of(new.0, new.1, "")), like, "{old:?} {new:?}");
        }
    }
}
