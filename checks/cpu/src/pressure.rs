//! `/proc/pressure/*` (the kernel's psi.rst): `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same for `full`.

use roundsman_sdk::parse::{ParseError, rows};

/// One line.
#[derive(Debug, PartialEq)]
pub struct Waited {
    /// `some` tasks, or `full`: all of them.
    pub tasks: String,
    /// Microseconds.
    pub total: u64,
}

pub fn parse(text: &str) -> Result<Vec<Waited>, ParseError> {
    let mut all = Vec::new();
    for row in rows(text) {
        let tasks = row.column(0)?;
        if !["some", "full"].contains(&tasks.text()) {
            return Err(tasks.error("is neither \"some\" nor \"full\""));
        }
        let (key, total) = row.columns()[row.columns().len() - 1].split_once('=')?;
        if key.text() != "total" {
            return Err(key.error("is not \"total\""));
        }
        all.push(Waited { tasks: tasks.text().to_owned(), total: total.integer()? });
    }
    if all.is_empty() { Err(ParseError::whole("the text is empty")) } else { Ok(all) }
}

impl Waited {
    pub fn key(&self, resource: &str) -> String {
        format!("pressure/{resource}/{}", self.tasks)
    }
}
