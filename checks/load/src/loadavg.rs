//! `/proc/loadavg` (proc(5)): `0.41 0.95 0.53 1/83 9597`.

use roundsman_sdk::parse::{Field, ParseError, rows};

#[derive(Debug, PartialEq)]
pub struct Loadavg {
    /// Over 1, 5 and 15 minutes.
    pub averages: [Result<f64, ParseError>; 3],
    pub tasks: Result<Tasks, ParseError>,
}

#[derive(Debug, PartialEq)]
pub struct Tasks {
    pub runnable: u64,
    pub all: u64,
}

/// Each number by itself, in a line that has all of them.
pub fn parse(text: &str) -> Result<Loadavg, ParseError> {
    let mut rows = rows(text);
    let row = rows.next().ok_or_else(|| ParseError::whole("the text is empty"))?;
    if let Some(second) = rows.next() {
        return Err(second.column(0)?.error("stands in a second line, where there is one only"));
    }
    let [one, five, fifteen, counts, _last_pid] = row.exactly()?;
    Ok(Loadavg { averages: [average(one), average(five), average(fifteen)], tasks: tasks(counts) })
}

fn tasks(field: &Field) -> Result<Tasks, ParseError> {
    let (runnable, all) = field.split_once('/')?;
    Ok(Tasks { runnable: runnable.integer()?, all: all.integer()? })
}

/// The kernel writes hundredths: as whole numbers they are exact, and need no parser of fractions in the component.
fn average(field: &Field) -> Result<f64, ParseError> {
    let (whole, hundredths) = field.split_once('.')?;
    if hundredths.text().len() != 2 {
        return Err(field.error("has not two decimals"));
    }
    let (whole, hundredths): (u32, u32) = (whole.integer()?, hundredths.integer()?);
    Ok((u64::from(whole) * 100 + u64::from(hundredths)) as f64 / 100.0)
}
