//! One command that a run started, as an auditor wants to know it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use roundsman_grants::escape::{clip, json_length};
use roundsman_os::process::signals;

/// Longest argv that is stored, in bytes of JSON, as a line of the log is bounded. A longer one is cut, and says so.
const LONGEST_ARGV: usize = 1 << 10;
/// Bytes that are stored of what a command had printed when its time was over: its last ones.
const LONGEST_PRINTED: usize = 256;

/// Largest record of one command, encoded, in bytes.
pub const LONGEST_RECORD: u64 = 4 << 10;

/// A command, from its start to its end. Its environment and its input, which may hold secrets, are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRun {
    /// The program by its path, then its arguments, which a component may have chosen.
    pub argv: Vec<String>,
    pub uid: u32,
    pub started: Timestamp,
    pub end: CommandEnd,
    pub duration: Duration,
    /// File that would have given it more rights, and which: where it failed without them.
    pub lacking: Option<String>,
}

/// End of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandEnd {
    Code(i32),
    Signal(i32),
    /// It was ended when its time was over. What it had printed last.
    TimedOut {
        printed: String,
    },
    /// It was ended when it had printed more than it may.
    TooMuchOutput,
    /// The kernel refused to execute it.
    NotStarted,
    /// It could not be watched.
    Unknown,
}

impl CommandRun {
    /// Records a command that begins; its end is not known yet.
    #[must_use]
    pub fn begun(argv: &[String], uid: u32, started: Timestamp) -> Self {
        Self { argv: bounded(argv), uid, started, end: CommandEnd::Unknown, duration: Duration::ZERO, lacking: None }
    }

    /// Returns what may have made it fail, and what to write then.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let lacking = self.lacking.as_ref()?;
        Some(format!(
            "{lacking}, which has no effect here: if the command failed for that, write `may_gain_privileges = true` into \
             its grant"
        ))
    }

    /// Returns the argv in one line, each word in quotes where it would be misread without.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("`{}`", roundsman_grants::commands::shown(&self.argv))
    }
}

impl CommandEnd {
    /// Returns the end of one that printed this before.
    #[must_use]
    pub fn timed_out(printed: &[u8]) -> Self {
        let text = String::from_utf8_lossy(printed);
        let text = text.trim_end();
        let from = text.len().saturating_sub(LONGEST_PRINTED);
        let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let cut = if from > 0 { "…" } else { "" };
        Self::TimedOut { printed: format!("{cut}{}", &text[from..]) }
    }

    /// Returns the word of the log: an exit code, a signal, or why it was neither.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Code(code) => code.to_string(),
            Self::Signal(signal) => signals::name(*signal),
            Self::TimedOut { .. } => "timeout".to_owned(),
            Self::TooMuchOutput => "output".to_owned(),
            Self::NotStarted => "not-started".to_owned(),
            Self::Unknown => "unknown".to_owned(),
        }
    }
}

/// Returns the first words up to a length; the last says that there were more.
fn bounded(argv: &[String]) -> Vec<String> {
    let mut left = LONGEST_ARGV;
    let mut kept = Vec::new();
    for word in argv {
        if left == 0 {
            kept.push("…".to_owned());
            break;
        }
        kept.push(clip(word, left));
        // Its quotes, and a comma.
        left = left.saturating_sub(json_length(word) + 3);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argv_is_cut_to_a_length() {
        let words = |count: usize, length: usize| vec!["x".repeat(length); count];
        assert_eq!(bounded(&words(3, 10)), words(3, 10));
        for argv in [words(1, 1 << 20), words(1 << 16, 0), words(1 << 16, 1), words(100, 100)] {
            let kept = bounded(&argv);
            let size = serde_json::json!(kept).to_string().len();
            assert!(size <= LONGEST_ARGV + 16, "{size}");
            assert!(kept.last().is_some_and(|word| word.ends_with('…')), "{kept:?}");
        }
    }

    #[test]
    fn last_words_are_kept() {
        let printed = |bytes: &[u8]| match CommandEnd::timed_out(bytes) {
            CommandEnd::TimedOut { printed } => printed,
            other => panic!("{other:?}"),
        };
        assert_eq!(printed(b"connecting\n"), "connecting");
        assert_eq!(printed(b""), "");
        let long = printed(format!("{}end", "é".repeat(1000)).as_bytes());
        assert!(long.starts_with("…é") && long.ends_with("éend") && long.len() < LONGEST_PRINTED + 8, "{long}");
    }
}
