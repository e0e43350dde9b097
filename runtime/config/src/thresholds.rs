//! Thresholds as written, to entries in the order in which they are tried.

use toml::Spanned;

use super::Origin;
use super::fields::{Problems, noted, status};
use super::file::{EntryTable, ThresholdsTable};
use super::resolve::ResolvedFile;
use super::spans::FileProblem;
use super::values::{OneOrMany, RangeValue};
use roundsman_contract::range::RangeSpec;
use roundsman_grants::glob::Glob;
use roundsman_verdict::judge::thresholds::{ThresholdEntry, Thresholds};

pub fn thresholds(written: &ThresholdsTable, source: &ResolvedFile<'_>, problems: &mut Problems) -> Thresholds {
    let entries = |tables: &Spanned<OneOrMany<EntryTable>>, problems: &mut Problems| match tables.get_ref() {
        OneOrMany::One(table) => vec![entry(table, source.origin(&tables.span()), problems)],
        OneOrMany::Many(list) => {
            list.iter().map(|table| entry(table.get_ref(), source.origin(&table.span()), problems)).collect()
        }
    };
    written.iter().map(|(metric, tables)| (metric.get_ref().clone(), entries(tables, problems))).collect()
}

fn entry(table: &EntryTable, origin: Origin, problems: &mut Problems) -> ThresholdEntry {
    let selector = table.selector.iter().filter_map(|(label, written)| {
        let glob = Glob::parse(written.get_ref()).map_err(|e| FileProblem::new(written.span(), e.to_string()));
        Some((label.get_ref().clone(), noted(glob, problems)?))
    });
    ThresholdEntry {
        selector: selector.collect(),
        warning: table.warning.as_ref().and_then(|written| range(written, problems)),
        critical: table.critical.as_ref().and_then(|written| range(written, problems)),
        absent: table.absent.as_ref().and_then(|written| status(written, problems)),
        origin,
    }
}

fn range(written: &Spanned<RangeValue>, problems: &mut Problems) -> Option<RangeSpec> {
    let parsed = match written.get_ref() {
        RangeValue::Number(number) => RangeSpec::from_number(*number),
        RangeValue::Text(text) => RangeSpec::parse(text),
    };
    noted(parsed.map_err(|e| FileProblem::new(written.span(), e.to_string())), problems)
}
