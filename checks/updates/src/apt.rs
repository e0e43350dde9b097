//! `apt-get -s upgrade` and `dist-upgrade`: what apt would do (apt-get(8)).

use roundsman_sdk::parse::{Field, ParseError, Row, rows};

use crate::pending::{Package, Pending};

/// Reads a simulated run. Its line of counts must be there and agree: a list that was cut off is no shorter list.
pub fn parse(text: &str) -> Result<Pending, ParseError> {
    let mut pending = Pending::default();
    let mut counted = None;
    let mut new = 0;
    for row in rows(text) {
        let columns = row.columns();
        match columns.first().map(Field::text) {
            // `Inst NAME [OLD] (NEW ORIGIN…)`: without an old version it is a new package, which another one needs.
            Some("Inst") if row.column(2)?.text().starts_with('[') => pending.packages.push(package(&row)?),
            Some("Inst") => new += 1,
            Some(_) if columns.get(1).is_some_and(|it| it.text() == "upgraded,") => {
                counted = Some((row.column(0)?.integer::<usize>()?, row.column(2)?.integer::<usize>()?));
                let not_upgraded = columns.iter().position(|it| it.text() == "and");
                let at = not_upgraded.ok_or_else(|| ParseError::whole("the line of counts has no \"and\""))?;
                pending.held_back = Some(row.column(at + 1)?.integer()?);
            }
            _ => {}
        }
    }
    let found = (pending.packages.len(), new);
    match counted {
        None => Err(ParseError::whole("there is no line that counts the packages: \"N upgraded, …\"")),
        Some(counted) if counted != found => Err(ParseError::whole(format!(
            "{} and {} new packages are listed, and {} and {} counted",
            found.0, found.1, counted.0, counted.1
        ))),
        Some(_) => Ok(pending),
    }
}

/// Reads a line of an update; its origins are such as `Debian-Security:12/stable-security`, and
/// `Ubuntu:24.04/noble-security`.
fn package(row: &Row) -> Result<Package, ParseError> {
    let security = row.columns()[3..].iter().any(|it| it.text().to_ascii_lowercase().contains("security"));
    Ok(Package { name: row.column(1)?.text().to_owned(), security })
}
