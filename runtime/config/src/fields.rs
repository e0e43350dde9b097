//! Single values, from what was written to what it means; what is wrong is noted with its place.

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;

use super::file::Text;
use super::spans::FileProblem;
use super::values::{DurationText, Size};
use roundsman_contract::Status;
use roundsman_contract::quantity;
use roundsman_grants::nearest::nearest;

/// Largest size that may be written as a plain number: the bound of those with a unit, so that sums of them fit.
const LARGEST_SIZE: u64 = 8192 << 40;

/// Longest name of an account (`useradd(8)`).
const LONGEST_ACCOUNT: usize = 32;

/// Faults found so far; what is resolved from a file with faults is thrown away.
pub type Problems = Vec<FileProblem>;

/// Returns a duration, 0 included.
pub(crate) fn duration(written: &Spanned<DurationText>, problems: &mut Problems) -> Option<Duration> {
    let parsed = quantity::parse_duration(&written.get_ref().0);
    noted(parsed.map_err(|e| FileProblem::new(written.span(), e.to_string())), problems)
}

/// Returns a duration above 0.
pub fn time(written: &Spanned<DurationText>, problems: &mut Problems) -> Option<Duration> {
    let parsed = duration(written, problems)?;
    let above = if parsed.is_zero() { Err(zero(written.span())) } else { Ok(parsed) };
    noted(above, problems)
}

/// Returns bytes, 0 included.
pub(crate) fn size(written: &Spanned<Size>, problems: &mut Problems) -> Option<u64> {
    let parsed = match written.get_ref() {
        Size::Bytes(bytes) if *bytes > LARGEST_SIZE => {
            Err(format!("`{bytes}` bytes are more than 8192TiB, the largest size there is"))
        }
        Size::Bytes(bytes) => Ok(*bytes),
        Size::Text(text) => quantity::parse_size(text).map_err(|e| e.to_string()),
    };
    noted(parsed.map_err(|reason| FileProblem::new(written.span(), reason)), problems)
}

/// Reads a number of bytes, more than 0.
pub(crate) fn above_zero(written: &Spanned<Size>, problems: &mut Problems) -> Option<u64> {
    let parsed = size(written, problems)?;
    let above = if parsed == 0 { Err(zero(written.span())) } else { Ok(parsed) };
    noted(above, problems)
}

/// Returns a size that is no less than another one.
pub(crate) fn at_least(written: &Spanned<Size>, least: u64, problems: &mut Problems) -> Option<u64> {
    let parsed = size(written, problems)?;
    let enough = if parsed < least {
        Err(FileProblem::new(written.span(), format!("it has to be at least {} KiB", least >> 10)))
    } else {
        Ok(parsed)
    };
    noted(enough, problems)
}

pub(crate) fn zero(span: std::ops::Range<usize>) -> FileProblem {
    FileProblem::new(span, "it has to be more than 0")
}

/// Returns a path of the runtime's own, beside the file where it is relative.
pub fn beside(directory: &Path, written: &Text, problems: &mut Problems) -> Option<PathBuf> {
    let text = plain(written, problems)?;
    let of_a_shell = text == "~" || text.starts_with("~/");
    let why = "`~` is expanded by a shell alone: write the directory";
    let spelled = if of_a_shell { Err(FileProblem::new(written.span(), why)) } else { Ok(directory.join(text)) };
    noted(spelled, problems)
}

/// Reads where the log is: a file. Words that name a service of logging are none, nor is what takes its messages.
pub(crate) fn log_file(directory: &Path, written: &Text, problems: &mut Problems) -> Option<PathBuf> {
    const SERVICES: [&str; 6] = ["syslog", "rsyslog", "journald", "journal", "stdout", "stderr"];
    const TAKES_MESSAGES: [&str; 3] = ["/dev/log", "/run/systemd/journal", "/dev/kmsg"];
    let path = beside(directory, written, problems)?;
    let is_service = SERVICES.contains(&written.get_ref().as_str());
    if !is_service && !TAKES_MESSAGES.iter().any(|taker| path.starts_with(taker)) {
        return Some(path);
    }
    let reason = format!("the log is a file, and `{}` is none", written.get_ref());
    let help = "file = \"/var/log/roundsman.log\"   # rsyslog reads it with imfile, journald gets it with `tail -F FILE | systemd-cat -t roundsman`";
    noted(Err(FileProblem::new(written.span(), reason).with_help(help.to_owned())), problems)
}

/// Reads one absolute path of the host, spelled out.
pub(crate) fn literal_path(written: &Text, problems: &mut Problems) -> Option<String> {
    let text = plain(written, problems)?;
    let fault = if !text.starts_with('/') {
        Some(format!("`{text}` is not absolute: it begins with `/`"))
    } else if text.split('/').any(|part| part == "..") {
        Some(format!("`{text}` has `..` in it: write where it leads"))
    } else if text.contains(['*', '?']) {
        Some(format!("`{text}` has a wildcard, but stands here for one path"))
    } else {
        None
    };
    noted(fault.map_or(Ok(text), |reason| Err(FileProblem::new(written.span(), reason))), problems)
}

/// Returns a text that is not empty and has no NUL, which no system call takes.
pub fn plain(written: &Text, problems: &mut Problems) -> Option<String> {
    let text = written.get_ref();
    let fault = if text.is_empty() {
        Some("it is empty")
    } else if text.contains('\0') {
        Some("it has a NUL character in it, which no path and no argument can have")
    } else {
        None
    };
    noted(fault.map_or(Ok(text.clone()), |reason| Err(FileProblem::new(written.span(), reason))), problems)
}

/// Returns an account of the host, as `useradd(8)` and directories of accounts name them; whether it exists is seen later.
pub fn account(written: &Text, problems: &mut Problems) -> Option<String> {
    let name = written.get_ref();
    let usual = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-@\\$".contains(c))
        && name.len() <= LONGEST_ACCOUNT;
    let judged = if usual {
        Ok(name.clone())
    } else {
        Err(FileProblem::new(written.span(), format!("`{name}` is no name of an account"))
            .with_help("write the name of an account, such as \"root\", not its number"))
    };
    noted(judged, problems)
}

/// One of the words that a key takes.
pub fn word<T: Copy>(written: &Text, words: &[(&'static str, T)], problems: &mut Problems) -> Option<T> {
    let text = written.get_ref().as_str();
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let reason = match nearest(text, &known) {
        Some(near) => format!("`{text}` is not known here, nearest is `{near}`"),
        None => format!("`{text}` is not known here"),
    };
    let quoted: Vec<String> = known.iter().map(|word| format!("\"{word}\"")).collect();
    problems.push(FileProblem::new(written.span(), reason).with_help(format!("one of {}", quoted.join(", "))));
    None
}

/// Statuses as the configuration names them.
const STATUSES: [(&str, Status); 4] =
    [("ok", Status::Ok), ("warning", Status::Warning), ("critical", Status::Critical), ("unknown", Status::Unknown)];

pub(crate) fn status(written: &Text, problems: &mut Problems) -> Option<Status> {
    word(written, &STATUSES, problems)
}

/// Returns the word that [`status`] reads.
pub(crate) fn status_word(status: Status) -> &'static str {
    STATUSES.iter().find(|(_, known)| *known == status).map_or("unknown", |(word, _)| word)
}

/// Returns the value, or nothing and a note.
pub(crate) fn noted<T>(judged: Result<T, FileProblem>, problems: &mut Problems) -> Option<T> {
    judged.map_err(|problem| problems.push(problem)).ok()
}
