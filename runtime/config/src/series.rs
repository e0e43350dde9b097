//! Names and meanings of a check's metrics in Prometheus, where the operator gives them: dashboards of a script outlive it.

use std::collections::BTreeMap;

use super::fields::Problems;
use super::file::Text;
use super::spans::FileProblem;
use roundsman_verdict::outputs::scene::{OF_OTHERS, SeriesNames};

/// Longest prefix, in bytes.
const LONGEST: usize = 60;
/// Longest text of a series, in bytes.
const LONGEST_HELP: usize = 500;

/// Resolves the keys `series_prefix` and `help` over what was said before.
pub fn series(
    prefix: Option<&Text>,
    help: &BTreeMap<Text, Text>,
    below: SeriesNames,
    problems: &mut Problems,
) -> SeriesNames {
    if let Some(written) = prefix {
        judge_prefix(written, problems);
    }
    for (name, text) in help {
        let is_name = |name: &str| {
            name.starts_with(|one: char| one.is_ascii_lowercase())
                && name.bytes().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == b'_')
        };
        if !is_name(name.get_ref()) {
            let reason = format!("`{}` is no name of a metric, which is snake_case", name.get_ref().escape_debug());
            problems.push(
                FileProblem::new(name.span(), reason).with_help("as `metric` in the output of this check as JSON"),
            );
        }
        let text_of = text.get_ref();
        if text_of.trim().is_empty() || text_of.len() > LONGEST_HELP || text_of.contains(char::is_control) {
            let reason = format!("a text of `help` is one line of 1 to {LONGEST_HELP} bytes");
            problems.push(FileProblem::new(text.span(), reason));
        }
    }
    let mut all = below.help;
    all.extend(help.iter().map(|(name, text)| (name.get_ref().clone(), text.get_ref().clone())));
    SeriesNames { prefix: prefix.map(|written| written.get_ref().clone()).or(below.prefix), help: all }
}

fn judge_prefix(written: &Text, problems: &mut Problems) {
    let text = written.get_ref();
    let is_plain = text.bytes().all(|one| one.is_ascii_alphanumeric() || one == b'_');
    let begins = text.starts_with(|one: char| one.is_ascii_alphabetic());
    if !text.is_empty() && (!is_plain || !begins || !text.ends_with('_') || text.len() > LONGEST) {
        let reason = format!("`{}` cannot stand before the names of series", text.escape_debug());
        let help =
            "series_prefix = \"app_\": letters, digits and `_`, which it ends in; or \"\", for the names as they are";
        problems.push(FileProblem::new(written.span(), reason).with_help(help));
    } else if let Some(taken) = OF_OTHERS.iter().find(|taken| text.starts_with(**taken)) {
        let reason = format!("series that begin with `{taken}` are of another program, and would be taken for those");
        problems.push(FileProblem::new(written.span(), reason).with_help("series_prefix = \"app_\""));
    }
}
