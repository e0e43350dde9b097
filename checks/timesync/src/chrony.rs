//! Output of `chronyc -c` (chronyc(1)): values with commas between them.

use roundsman_sdk::parse::{Field, ParseError, csv};

use crate::clock::{Answered, Clock, Source};

/// Value that chrony prints for a source which never answered.
const NEVER: u64 = u32::MAX as u64;

/// Parses `tracking`: 14 values.
pub fn tracking(text: &str) -> Result<Clock, ParseError> {
    let records = csv(text, ',')?;
    let [record] = &records[..] else {
        return Err(ParseError::whole(format!("{} lines, not one: is this chronyc -c?", records.len())));
    };
    let value = |index: usize| value(record, index, 14);
    let leap = value(13)?;
    if leap.text() == "Not synchronised" {
        return Ok(Clock::default());
    }
    if !["Normal", "Insert second", "Delete second"].contains(&leap.text()) {
        return Err(leap.error("is no state of a clock"));
    }
    Ok(Clock {
        synchronised: true,
        offset: Some(value(4)?.decimal()?),
        root_delay: Some(value(10)?.decimal()?),
        root_dispersion: Some(value(11)?.decimal()?),
        stratum: Some(value(2)?.integer()?),
    })
}

/// Parses `sources`: 10 values in each line.
pub fn sources(text: &str) -> Result<Vec<Source>, ParseError> {
    let source = |record: &Vec<Field>| {
        let value = |index: usize| value(record, index, 10);
        let age: u64 = value(6)?.integer()?;
        let answered = (age != NEVER).then(|| {
            let (stratum, offset) = (value(3)?.integer()?, value(7)?.decimal()?);
            Ok::<_, ParseError>(Answered { stratum, offset, age: Some(age) })
        });
        Ok(Source {
            name: value(2)?.text().to_owned(),
            verdict: verdict(value(1)?)?,
            answered: answered.transpose()?,
            reach: octal(value(5)?)?,
        })
    };
    csv(text, ',')?.iter().map(source).collect()
}

fn value<'a, 'b>(record: &'b [Field<'a>], index: usize, all: usize) -> Result<&'b Field<'a>, ParseError> {
    let short = || ParseError::whole(format!("a line has {} values, not {all}: is this chronyc -c?", record.len()));
    record.get(index).filter(|_| record.len() >= all).ok_or_else(short)
}

fn verdict(mark: &Field) -> Result<&'static str, ParseError> {
    Ok(match mark.text() {
        "*" => "followed",
        "+" => "combined",
        "-" => "not combined",
        "?" => "not usable",
        "x" => "a false ticker",
        "~" => "too variable",
        _ => return Err(mark.error("is no mark of a source")),
    })
}

/// The last 8 questions: `377` is 8 answers.
pub fn octal(field: &Field) -> Result<u8, ParseError> {
    u8::from_str_radix(field.text(), 8).map_err(|_| field.error("is no octal number up to 377"))
}
