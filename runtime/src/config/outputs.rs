//! Files that show every check's last outcome to another program.

use toml::Spanned;

use super::OutputSettings;
use super::fields::{Problems, literal_path, word};
use super::file::{OutputTable, Text};
use super::resolve::Source;
use super::spans::Problem;
use crate::outputs::{FILE_FORMATS, FileFormat};

/// The outputs that one file gives. Which of two files may write a path is judged later.
pub fn outputs(tables: &[Spanned<OutputTable>], source: &Source<'_>, problems: &mut Problems) -> Vec<OutputSettings> {
    tables.iter().filter_map(|written| output(written, source, problems)).collect()
}

fn output(written: &Spanned<OutputTable>, source: &Source<'_>, problems: &mut Problems) -> Option<OutputSettings> {
    let table = written.get_ref();
    let mut missing = |key: &str, example: &str| {
        let reason = format!("this output has no `{key}`");
        problems.push(Problem::new(written.span(), reason).with_help(format!("{key} = \"{example}\"")));
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
    Some(OutputSettings { origin: source.origin(&written.span()), format, path: path.into() })
}

/// A name that the other program passes over without a word.
fn unread(path: &Text, format: &FileFormat) -> Option<Problem> {
    let FileFormat { word, ending, usual_path, .. } = format;
    (!path.get_ref().ends_with(ending)).then(|| {
        let reason = format!("who reads {word} files reads only those whose names end in `{ending}`");
        Problem::new(path.span(), reason).with_help(format!("path = \"{usual_path}\""))
    })
}
