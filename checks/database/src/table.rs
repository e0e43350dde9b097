//! Rows as clients print them when they print nothing else: columns apart by a separator, a number in the last.

use roundsman_sdk::Failure;
use roundsman_sdk::parse::{Field, ParseError, lines};

use crate::options::Options;

/// A row by the columns before its last one, and the number there; `None` for NULL.
pub struct Row {
    pub name: String,
    /// The number as the database wrote it, which may have more digits than a metric holds.
    pub written: String,
    pub value: Result<Option<f64>, Failure>,
}

/// Reads what a client printed; a row whose last column is no number hides no other.
pub fn parse(text: &str, options: &Options) -> Result<Vec<Row>, ParseError> {
    let mut rows: Vec<Row> = Vec::new();
    for line in lines(text) {
        if line.text().is_empty() && text.lines().count() > 1 {
            continue;
        }
        if rows.len() == options.max_rows {
            return Err(ParseError::whole(format!("has more than {} rows: see max_rows", options.max_rows)));
        }
        let row = row(&line, options);
        if rows.iter().any(|it| it.name == row.name) {
            return Err(line
                .error(&format!("is a second row \"{}\": select what tells them apart before the number", row.name)));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn row(line: &Field, options: &Options) -> Row {
    let (before, last) = match line.text().rsplit_once(&options.separator) {
        Some((before, last)) => (before.replace(&options.separator, " "), last.trim()),
        None => (String::new(), line.text().trim()),
    };
    let value = match options.null.iter().any(|it| it == last) {
        true => Ok(None),
        false => {
            let number =
                Field::new(last).decimal().map_err(|error| ParseError { line: line.line(), column: 0, ..error });
            number.map(Some).map_err(Failure::from)
        }
    };
    Row { name: before, written: last.to_owned(), value }
}
