//! `zypper list-patches`: patches with their kind, and `zypper list-updates`: packages (zypper(8)).

use roundsman_sdk::parse::{Field, ParseError, lines};

use crate::pending::{Package, Pending};

/// The line that is printed if there is nothing to list.
const NONE: &str = "No updates found.";

/// Reads either table. One of them or the words for none must be there: a list that was cut off is no shorter list.
pub fn parse(text: &str) -> Result<Pending, ParseError> {
    let mut pending = Pending::default();
    let mut columns: Option<Columns> = None;
    let mut counted = None;
    for line in lines(text) {
        let cells: Vec<&str> = line.text().split('|').map(str::trim).collect();
        match &columns {
            _ if line.text().trim() == NONE => return Ok(pending),
            None => columns = Columns::of(&cells),
            Some(_) if cells.len() == 1 => counted = counted.or(found(&line)?),
            Some(columns) => pending.packages.push(columns.package(&cells).ok_or_else(|| line.error("is no row"))?),
        }
    }
    match (columns, counted) {
        (None, _) => Err(ParseError::whole(format!("there is neither a table with a column Name nor {NONE:?}"))),
        (Some(columns), None) if columns.category.is_some() => {
            Err(ParseError::whole("there is no line that counts the patches: \"Found N applicable patches\""))
        }
        (_, Some(counted)) if counted != pending.packages.len() => {
            Err(ParseError::whole(format!("{} patches are listed, and {counted} counted", pending.packages.len())))
        }
        _ => Ok(pending),
    }
}

/// The columns by their places, which the header tells: newer versions have more of them.
struct Columns {
    number: usize,
    name: usize,
    category: Option<usize>,
}

impl Columns {
    fn of(header: &[&str]) -> Option<Self> {
        let at = |name: &str| header.iter().position(|it| *it == name);
        Some(Self { number: header.len(), name: at("Name")?, category: at("Category") })
    }

    fn package(&self, row: &[&str]) -> Option<Package> {
        if row.len() < self.number {
            return None;
        }
        let security = self.category.is_some_and(|at| row[at] == "security");
        Some(Package { name: row[self.name].to_owned(), security })
    }
}

/// Reads `Found 2 applicable patches:`.
fn found(line: &Field) -> Result<Option<usize>, ParseError> {
    let mut words = line.text().split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("Found"), Some(number), Some("applicable")) => Field::new(number).integer().map(Some),
        _ => Ok(None),
    }
}
