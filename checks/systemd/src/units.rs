//! The list of units as `systemctl list-units` prints it (systemctl(1)): JSON, or a table without heading before systemd 246.

use roundsman_sdk::parse::{Node, ParseError, document, rows};

/// One unit.
#[derive(Debug, PartialEq)]
pub struct Listed {
    pub name: String,
    /// Such as `loaded` and `not-found`.
    pub load: String,
    /// Such as `active` and `failed`.
    pub active: String,
    /// State of the unit within `active`, such as `running`.
    pub sub: String,
}

/// A host with systemd has units: no text is an error, not an empty list.
pub fn parse(text: &str) -> Result<Vec<Listed>, ParseError> {
    let units = if text.trim_start().starts_with('[') { from_json(text) } else { from_table(text) }?;
    if units.is_empty() {
        return Err(ParseError::whole("no units were printed"));
    }
    Ok(units)
}

fn from_json(text: &str) -> Result<Vec<Listed>, ParseError> {
    let document = document(text)?;
    let unit = |node: &Node| {
        let word = |key: &str| Ok(node.get(key)?.text()?.to_owned());
        Ok(Listed { name: word("unit")?, load: word("load")?, active: word("active")?, sub: word("sub")? })
    };
    document.root().items()?.iter().map(unit).collect()
}

fn from_table(text: &str) -> Result<Vec<Listed>, ParseError> {
    let unit = |row: roundsman_sdk::parse::Row| {
        let name = row.column(0)?;
        if !name.text().contains('.') {
            return Err(name.error("is no name of a unit"));
        }
        let word = |index| Ok(row.column(index)?.text().to_owned());
        Ok(Listed { name: name.text().to_owned(), load: word(1)?, active: word(2)?, sub: word(3)? })
    };
    rows(text).map(unit).collect()
}
