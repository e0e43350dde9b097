//! Files that show every check's last outcome to another program.

use std::collections::BTreeMap;

use super::fields::{Problems, literal_path, word};
use super::file::{OutputTable, Text};
use super::resolve::ResolvedFile;
use super::spans::FileProblem;
use super::{OutputSettings, Receiver, name, receiver};
use roundsman_verdict::outputs::scene::{OutputKeys, Series};
use roundsman_verdict::outputs::{FILE_FORMATS, FileFormat};

/// Resolves the outputs that one file gives. Whether another file gives one of that name, or writes the same path, is judged later.
pub(crate) fn outputs(
    tables: &BTreeMap<Text, OutputTable>,
    source: &ResolvedFile<'_>,
    problems: &mut Problems,
) -> (Vec<OutputSettings>, Vec<Receiver>) {
    let (mut outputs, mut receivers) = (Vec::new(), Vec::new());
    for (name, table) in tables {
        judge_name(name, problems);
        match format(name, table, problems) {
            Some(Format::File(format)) => outputs.extend(output(name, table, format, source, problems)),
            Some(Format::Receiver(kind)) => receivers.extend(receiver::receiver(name, table, kind, source, problems)),
            None => {}
        }
    }
    // As they stand in the file: the first of two that write one path holds.
    outputs.sort_by_key(|output: &OutputSettings| output.origin.line);
    (outputs, receivers)
}

/// A format, by where it goes.
#[derive(Debug, Clone, Copy)]
enum Format {
    File(&'static FileFormat),
    Receiver(receiver::ReceiverKind),
}

fn format(name: &Text, table: &OutputTable, problems: &mut Problems) -> Option<Format> {
    let files = FILE_FORMATS.iter().map(|format| (format.word, Format::File(format)));
    let words: Vec<_> = files.chain(receiver::kinds().map(|(word, kind)| (word, Format::Receiver(kind)))).collect();
    if table.format.is_none() {
        missing(name, "format", words[0].0, problems);
        // The path is judged all the same.
        table.path.as_ref().and_then(|path| literal_path(path, problems));
    }
    word(table.format.as_ref()?, &words, problems)
}

/// Notes a key that an output lacks, with an example of it.
pub(crate) fn missing(name: &Text, key: &str, example: &str, problems: &mut Problems) {
    let reason = format!("this output has no `{key}`");
    problems.push(FileProblem::new(name.span(), reason).with_help(format!("{key} = \"{example}\"")));
}

fn output(
    name: &Text,
    table: &OutputTable,
    format: &'static FileFormat,
    source: &ResolvedFile<'_>,
    problems: &mut Problems,
) -> Option<OutputSettings> {
    for (key, span) in receiver::keys(table) {
        let reason = format!("`{key}` is no key of the format {}, which is written to a file", format.word);
        problems.push(FileProblem::new(span, reason).with_help(format!("path = \"{}\"", format.usual_path)));
    }
    if table.path.is_none() {
        missing(name, "path", format.usual_path, problems);
    }
    let path = table.path.as_ref().and_then(|written| literal_path(written, problems).map(|path| (written, path)));
    let (written_path, path) = path?;
    if let Some(problem) = unread(written_path, format) {
        problems.push(problem);
        return None;
    }
    let origin = source.origin(&name.span());
    let keys = keys(table, format, problems);
    Some(OutputSettings { keys, name: name.get_ref().clone(), origin, format, path: path.into() })
}

fn judge_name(name: &Text, problems: &mut Problems) {
    let text = name.get_ref();
    if !name::is_valid(text) {
        problems
            .push(FileProblem::new(name.span(), format!("`{text}` is no name for an output")).with_help(name::RULE));
    }
}

/// Resolves the keys that only some formats have.
fn keys(table: &OutputTable, format: &FileFormat, problems: &mut Problems) -> OutputKeys {
    for (key, written) in [("service", &table.service), ("series", &table.series)] {
        if let Some(written) = written
            && !format.keys.contains(&key)
        {
            problems.push(FileProblem::new(written.span(), format!("the format {} has no `{key}`", format.word)));
        }
    }
    let standard = OutputKeys::default();
    let words = [("all", Series::All), ("states", Series::States)];
    let series = table.series.as_ref().and_then(|written| word(written, &words, problems));
    let service = table.service.as_ref().map(|written| service(written, problems));
    OutputKeys { service: service.unwrap_or(standard.service), series: series.unwrap_or(standard.series) }
}

/// Resolves how checks are called at the receiver.
pub(crate) fn service(written: &Text, problems: &mut Problems) -> String {
    if !written.get_ref().contains("{check}") {
        let reason = "without `{check}` all checks would be one service";
        problems.push(FileProblem::new(written.span(), reason).with_help("service = \"{check}\""));
    }
    written.get_ref().clone()
}

/// Returns a name that the other program passes over without a word.
fn unread(path: &Text, format: &FileFormat) -> Option<FileProblem> {
    let FileFormat { word, ending, usual_path, .. } = format;
    (!path.get_ref().ends_with(ending)).then(|| {
        let reason = format!("who reads {word} files reads only those whose names end in `{ending}`");
        FileProblem::new(path.span(), reason).with_help(format!("path = \"{usual_path}\""))
    })
}
