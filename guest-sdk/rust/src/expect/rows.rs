//! Tables: lines of columns, of which some tell the rows apart, some are numbers, and one may be a word with a status.

use serde::Deserialize;

use super::number::{NumberKind, ToldAs};
use super::pick::{Errors, Found, Picked, unfit};
use super::row_status::RowStatus;
use super::said::value;
use super::shape::Shape;
use super::summary::is_name;
use crate::parse::{self, Field, ParseError, Record, lines};
use crate::text::cut;
use crate::{Map, Metric, Problem, Status, Subcheck, Zone};

/// A table, as an operator describes it.
#[derive(Clone, Debug, Default, Deserialize, crate::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Rows {
    /// What stands between columns, white space by default; with `,` and `;` a column may be in quotes (RFC 4180).
    pub separator: Option<char>,
    /// Whether the first line names the columns: in small letters, with `_` for all that is no letter or digit.
    pub header: bool,
    /// Names of all columns from left to right, where no header has them.
    pub columns: Vec<String>,
    /// Columns by which rows are told apart: labels of their subchecks and metrics.
    pub labels: Vec<String>,
    /// Columns that are numbers.
    pub numbers: Map<Column>,
    /// The column whose word is judged, and statuses by the word; `"*"` is any other.
    pub status: Option<RowStatus>,
    /// Whether there may be no row.
    pub optional: bool,
}

/// A column that is a number, as an operator describes it.
#[derive(Clone, Debug, Default, Deserialize, crate::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Column {
    /// The metric's name; by default that of the column.
    pub name: Option<String>,
    /// `number`, `bytes`, `seconds`, `percent`, `celsius`, or another unit by its symbol.
    pub unit: Option<String>,
    /// Whether the number goes up and down, or only rises.
    pub kind: NumberKind,
    /// What the number is multiplied with to be in the base unit.
    pub factor: Option<f64>,
    /// What the metric tells of the numbers; `count` is none of columns.
    #[serde(rename = "as")]
    pub told_as: ToldAs,
    /// What stands between groups of three digits.
    pub thousands: Option<char>,
    /// What stands behind the number and is left out, such as `%`.
    pub suffix: Option<String>,
    /// How a moment is written, as strptime(3) has it; by default RFC 3339, or seconds since 1970.
    pub format: Option<String>,
    /// Where a moment that does not say its zone is from: `UTC` (the default), an offset such as `+02:00`, or a name such as
    /// `Europe/Berlin`.
    pub timezone: Option<Zone>,
}

impl Column {
    fn shape<'a>(&'a self, column: &'a str) -> Shape<'a> {
        Shape {
            name: self.name.as_deref().unwrap_or(column),
            unit: self.unit.as_deref(),
            kind: self.kind,
            factor: self.factor,
            told_as: self.told_as,
            thousands: self.thousands,
            format: self.format.as_deref(),
            timezone: self.timezone.as_ref(),
        }
    }

    fn read(&self, column: &str, field: &Field) -> Result<f64, ParseError> {
        match &self.suffix {
            Some(suffix) => self.shape(column).read(&field.without_end(suffix)?.trimmed()),
            None => self.shape(column).read(field),
        }
    }
}

impl Rows {
    fn shapes(&self) -> impl Iterator<Item = Shape<'_>> {
        self.numbers.iter().map(|(column, it)| it.shape(column))
    }

    pub(super) fn told(&self) -> impl Iterator<Item = (&str, ToldAs)> {
        self.shapes().map(|it| (it.name, it.told_as))
    }

    /// Returns the metrics as they will be, but for their values and those of their labels.
    pub(super) fn examples(&self) -> impl Iterator<Item = Metric> {
        self.shapes().map(|it| self.labels.iter().fold(it.metric(0.0), |metric, label| metric.label(label, "")))
    }

    /// Returns what is wrong with the table that the option `key` describes.
    pub(super) fn problems(&self, key: &str, taken: &[&str]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (column, number) in self.numbers.iter() {
            let mut say =
                |field: &str, message| problems.push(Problem::new(format!("{key}.numbers.{column}.{field}"), message));
            number.shape(column).problems(taken, &mut say);
            if number.told_as == ToldAs::Count {
                say("as", "counts matches of a pattern; a column has a number".into());
            }
        }
        let mut say = |field: &str, message: String| problems.push(Problem::new(format!("{key}.{field}"), message));
        if self.header && !self.columns.is_empty() {
            say("columns", "are named by the header already: leave one of both out".into());
        }
        if !self.header && self.columns.is_empty() {
            say("columns", "are needed where no header names them: header = true, or all of them in order".into());
        }
        if self.labels.is_empty() {
            say("labels", "needs a column by which rows are told apart".into());
        }
        if self.numbers.is_empty() && self.status.is_none() {
            say("numbers", "names no column, and there is no status: it tells nothing".into());
        }
        if self.separator.is_some_and(|it| it == '\n' || it == '"') {
            say("separator", "cannot stand between columns of a line".into());
        }
        for name in self.used() {
            if !is_name(name) {
                say("labels", format!("{name:?} is not snake_case"));
            } else if !self.header && !self.columns.iter().any(|it| it == name) {
                say("columns", format!("lack {name:?}, which labels, numbers or status name"));
            }
        }
        if let Some(twice) = self.columns.iter().enumerate().find(|(at, it)| self.columns[..*at].contains(it)) {
            say("columns", format!("have {:?} twice", twice.1));
        }
        problems
    }

    /// Returns the columns that are looked at.
    fn used(&self) -> impl Iterator<Item = &str> {
        let labels = self.labels.iter().map(String::as_str);
        labels.chain(self.numbers.keys()).chain(self.status.iter().map(|it| it.column.as_str()))
    }

    /// Adds what the text has in this table.
    pub(super) fn pick(&self, text: &str, found: &mut Vec<Found>, all: &mut Picked) {
        let mut errors = Errors::default();
        let mut records = self.records(text).into_iter();
        let names = match self.header.then(|| records.next()).flatten() {
            Some((_, Ok(header))) => header.iter().map(|it| simple(it.text())).collect(),
            Some((_, Err(error))) => {
                errors.add(|| error);
                Vec::new()
            }
            None => self.columns.clone(),
        };
        let unclear = self.used().find(|used| names.iter().filter(|it| it == used).count() != 1);
        match unclear.filter(|_| !names.is_empty()) {
            Some(column) => errors.add(|| {
                ParseError::whole(format!(
                    "there is no column {column:?}, or more than one, among {}",
                    names.join(", ")
                ))
            }),
            None if records.len() == 0 && !self.optional => errors.add(|| ParseError::whole("there is no row")),
            None => {
                for (line, record) in records {
                    match record.and_then(|it| self.row(&names, &it, line, found)) {
                        Ok(row) => all.judged.push(row),
                        Err(error) => errors.add(|| error),
                    }
                }
            }
        }
        all.broken.extend(errors.said("rows"));
    }

    /// Returns the records, each with its line.
    fn records<'a>(&self, text: &'a str) -> Vec<(usize, Result<Record<'a>, ParseError>)> {
        match self.separator {
            Some(separator @ (',' | ';')) => parse::records(text, separator),
            separator => {
                let lines = lines(text).filter(|line| !line.trimmed().text().is_empty());
                lines.map(|line| (line.line(), Ok(split(line, separator)))).collect()
            }
        }
    }

    /// Reads one row: returns its subcheck, and adds its numbers to `found`.
    fn row(&self, names: &[String], row: &Record, line: usize, found: &mut Vec<Found>) -> Result<Subcheck, ParseError> {
        if row.len() != names.len() {
            let message = format!("{} columns, not the {} that are named", row.len(), names.len());
            return Err(ParseError { line, column: 0, message });
        }
        let cell = |name: &str| names.iter().zip(row).find(|(it, _)| *it == name).map(|(_, cell)| cell.trimmed());
        let text = |name: &String| cell(name).map(|it| it.text().to_owned()).unwrap_or_default();
        let labels: Vec<(String, String)> = self.labels.iter().map(|it| (it.clone(), text(it))).collect();
        if let Some(why) = unfit(&labels) {
            return Err(ParseError { line, column: 0, message: why });
        }
        let (mut facts, mut status) = (Vec::new(), Status::Ok);
        for (column, number) in self.numbers.iter() {
            // So do tools say that there is none.
            let Some(cell) = cell(column).filter(|it| !matches!(it.text(), "" | "-")) else { continue };
            match number.read(column, &cell) {
                Ok(read) => {
                    let metric = Metric { labels: labels.clone(), ..number.shape(column).metric(read) };
                    if number.told_as == ToldAs::Value {
                        facts.push(format!("{} {}", metric.name, value(&metric, read)));
                    }
                    found.push(Found { metric, place: format!("line {line}") });
                }
                Err(error) => {
                    status = status.worse(Status::Unknown);
                    facts.push(format!("{column}: {error}"));
                }
            }
        }
        if let Some(judge) = &self.status {
            let word = text(&judge.column);
            let judged = judge.of(&word);
            status = status.worse(judged.unwrap_or(Status::Unknown));
            let strange = if judged.is_none() { ", which is none of the words of status" } else { "" };
            facts.push(format!("{} {}{strange}", judge.column, cut(&word, 200)));
        }
        let named = labels.first().map_or("", |(_, value)| value);
        Ok(Subcheck { labels: labels.clone(), ..Subcheck::new("", named, facts.join(", ")) }.judged(status))
    }
}

/// Returns the columns of a line.
fn split(line: Field<'_>, separator: Option<char>) -> Record<'_> {
    let Some(separator) = separator else { return parse::Row::of(line).columns().to_vec() };
    let mut columns = Vec::new();
    let mut rest = line;
    while let Ok((column, behind)) = rest.split_once(separator) {
        columns.push(column);
        rest = behind;
    }
    columns.push(rest);
    columns
}

/// Returns a header's name as operators write it: `Use%` is `use`, `Mounted on` is `mounted_on`.
fn simple(name: &str) -> String {
    let letters = name.trim().chars().map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { ' ' });
    letters.collect::<String>().split_whitespace().collect::<Vec<_>>().join("_")
}
