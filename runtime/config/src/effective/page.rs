//! Lines of TOML, each key with the place where it was written.

use std::fmt::Write as _;

use crate::Origin;
use crate::origins::Origins;
use roundsman_grants::denial::toml_key;
use roundsman_os::safe_path::shown;

/// Columns of a line up to which the places behind them are aligned.
const ALIGNED: usize = 60;

/// A key below a table, and its value in TOML.
pub struct PageRow {
    pub key: Vec<String>,
    pub value: String,
}

pub(crate) fn row(key: &str, value: String) -> PageRow {
    PageRow { key: vec![key.to_owned()], value }
}

pub(crate) fn row_below(table: &str, key: &str, value: String) -> PageRow {
    PageRow { key: vec![table.to_owned(), key.to_owned()], value }
}

pub struct Page<'e> {
    text: String,
    origins: &'e Origins,
}

impl<'e> Page<'e> {
    pub fn new(origins: &'e Origins) -> Self {
        Self { text: String::new(), origins }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// A table with its header, if it has rows.
    pub(crate) fn table(&mut self, table: &[&str], rows: Vec<PageRow>) {
        if !rows.is_empty() {
            self.header("[", table, "]");
            self.rows(table, rows);
        }
    }

    pub(crate) fn header(&mut self, open: &str, table: &[&str], close: &str) {
        let blank = if self.text.is_empty() { "" } else { "\n" };
        self.line(&format!("{blank}{open}{}{close}", dotted(table)));
    }

    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Rows, each with the place of its key; `table` is where keys are looked up.
    pub(crate) fn rows(&mut self, table: &[&str], rows: Vec<PageRow>) {
        let lines: Vec<(String, Option<&Origin>)> = rows
            .into_iter()
            .map(|row| {
                let key: Vec<&str> = row.key.iter().map(String::as_str).collect();
                (format!("{} = {}", dotted(&key), row.value), self.origins.place(&[table, &key].concat()))
            })
            .collect();
        self.placed(&lines);
    }

    /// Lines with the place of each behind them, aligned; what no file says is built in.
    pub(crate) fn placed(&mut self, lines: &[(String, Option<&Origin>)]) {
        let width = |line: &str| line.chars().count();
        let column = lines.iter().map(|(line, _)| width(line)).filter(|width| *width <= ALIGNED).max().unwrap_or(0);
        for (line, origin) in lines {
            let gap = column.saturating_sub(width(line));
            let place = origin.map_or_else(|| "default".to_owned(), place);
            self.line(&format!("{line}{:gap$}  # {place}", ""));
        }
    }
}

fn place(origin: &Origin) -> String {
    format!("{}:{}", shown(&origin.file), origin.line)
}

fn dotted(path: &[&str]) -> String {
    let mut text = String::new();
    for (number, key) in path.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{}", if number == 0 { "" } else { "." }, toml_key(key));
    }
    text
}
