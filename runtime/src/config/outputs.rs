//! Files that show every check's last outcome to another program.

use std::collections::BTreeMap;

use super::fields::{Problems, literal_path, word};
use super::file::{OutputTable, Text};
use super::resolve::Source;
use super::spans::Problem;
use super::{OutputSettings, name};
use crate::outputs::{FILE_FORMATS, FileFormat};

/// Resolves the outputs that one file gives. Whether another file gives one of that name, or writes the same path, is judged later.
pub fn outputs(
    tables: &BTreeMap<Text, OutputTable>,
    source: &Source<'_>,
    problems: &mut Problems,
) -> Vec<OutputSettings> {
    let written = tables.iter().filter_map(|(name, table)| output(name, table, source, problems));
    let mut written: Vec<OutputSettings> = written.collect();
    // As they stand in the file: the first of two that write one path holds.
    written.sort_by_key(|output| output.origin.line);
    written
}

fn output(name: &Text, table: &OutputTable, source: &Source<'_>, problems: &mut Problems) -> Option<OutputSettings> {
    judge_name(name, problems);
    let mut missing = |key: &str, example: &str| {
        let reason = format!("this output has no `{key}`");
        problems.push(Problem::new(name.span(), reason).with_help(format!("{key} = \"{example}\"")));
    };
    if table.format.is_none() {
        missing("format", FILE_FORMATS[0].word);
    }
    if table.path.is_none() {
        missing("path", FILE_FORMATS[0].usual_path);
    }
    let words = FILE_FORMATS.each_ref().map(|format| (format.word, format));
    let format = table.format.as_ref().and_then(|format| word(format, &words, problems));
    let path = table.path.as_ref().and_then(|written| literal_path(written, problems).map(|path| (written, path)));
    let (format, (written_path, path)) = (format?, path?);
    if let Some(problem) = unread(written_path, format) {
        problems.push(problem);
        return None;
    }
    let origin = source.origin(&name.span());
    Some(OutputSettings { name: name.get_ref().clone(), origin, format, path: path.into() })
}

fn judge_name(name: &Text, problems: &mut Problems) {
    let text = name.get_ref();
    if !name::is_valid(text) {
        problems.push(Problem::new(name.span(), format!("`{text}` is no name for an output")).with_help(name::RULE));
    }
}

/// A name that the other program passes over without a word.
fn unread(path: &Text, format: &FileFormat) -> Option<Problem> {
    let FileFormat { word, ending, usual_path, .. } = format;
    (!path.get_ref().ends_with(ending)).then(|| {
        let reason = format!("who reads {word} files reads only those whose names end in `{ending}`");
        Problem::new(path.span(), reason).with_help(format!("path = \"{usual_path}\""))
    })
}
