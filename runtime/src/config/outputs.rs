//! Files that show every check's last outcome to another program.

use toml::Spanned;

use super::fields::{Problems, literal_path, word};
use super::file::OutputTable;
use super::resolve::Source;
use super::spans::Problem;
use super::{OutputFormat, OutputSettings};

/// The words of `format`.
const FORMATS: [(&str, OutputFormat); 1] = [("prometheus", OutputFormat::Prometheus)];

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
        missing("format", FORMATS[0].0);
    }
    if table.path.is_none() {
        missing("path", "/var/lib/prometheus/node-exporter/roundsman.prom");
    }
    let format = table.format.as_ref().and_then(|format| word(format, &FORMATS, problems));
    let path = table.path.as_ref().and_then(|path| literal_path(path, problems));
    Some(OutputSettings { origin: source.origin(&written.span()), format: format?, path: path?.into() })
}
