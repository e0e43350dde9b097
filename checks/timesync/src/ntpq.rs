//! Output of `ntpq` (ntpq(8)): variables of the system, and the table of peers. Its times are milliseconds.

use roundsman_sdk::parse::{Field, ParseError, Row, lines};

use crate::chrony::octal;
use crate::clock::{Answered, Clock, Source};

/// The leap indicator of a clock that is not synchronised: `11`, or `leap_alarm` of older versions.
const ALARM: [&str; 3] = ["11", "3", "leap_alarm"];

/// Parses `rv 0 …`: `leap=00, stratum=2, offset=0.020`, over several lines.
pub fn variables(text: &str) -> Result<Clock, ParseError> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    // The line of status is of words and numbers of its own: `associd=0 status=0615 leap_none, sync_ntp, 1 event`.
    let variables = text.lines().filter(|line| !["associd=", "assID="].iter().any(|it| line.starts_with(it)));
    for part in variables.flat_map(|line| line.split(',')).map(str::trim) {
        match part.split_once('=') {
            Some((key, value)) => pairs.push((key.trim(), value.trim())),
            None if part.starts_with(|it: char| it.is_ascii_digit()) => {
                return Err(Field::new(part).error("is a number without its name: a comma stands before it"));
            }
            None => {}
        }
    }
    let find = |key: &str| pairs.iter().find(|(it, _)| *it == key).map(|(_, value)| Field::new(*value));
    let leap = find("leap").ok_or_else(|| ParseError::whole("there is no \"leap=\""))?;
    if ALARM.contains(&leap.text()) {
        return Ok(Clock::default());
    }
    let seconds = |key: &str| find(key).map(|it| seconds(&it)).transpose();
    Ok(Clock {
        synchronised: true,
        offset: seconds("offset")?,
        root_delay: seconds("rootdelay")?,
        root_dispersion: seconds("rootdisp")?,
        stratum: find("stratum").map(|it| it.integer()).transpose()?,
    })
}

/// Parses `-pn`: two lines of heading, then ten columns a source, the first with a mark before the name.
pub fn peers(text: &str) -> Result<Vec<Source>, ParseError> {
    let mut rest = lines(text).skip_while(|line| !line.text().starts_with("===="));
    if rest.next().is_none() {
        return Err(ParseError::whole("there is no line \"====\" below a heading: is this ntpq -p?"));
    }
    rest.filter(|line| !line.text().trim().is_empty()).map(source).collect()
}

fn source(line: Field) -> Result<Source, ParseError> {
    let mark = line.text().chars().next().unwrap_or(' ');
    let row = Row::of(line.clone());
    let [remote, _, stratum, _, when, _, reach, _, offset, _] = row.exactly()?;
    let answered = (when.text() != "-").then(|| {
        // Minutes, hours and days are for people: `13m`.
        let age = when.integer().ok();
        Ok::<_, ParseError>(Answered { stratum: stratum.integer()?, offset: seconds(offset)?, age })
    });
    Ok(Source {
        name: if mark == ' ' { remote.text() } else { &remote.text()[mark.len_utf8()..] }.to_owned(),
        verdict: match mark {
            '*' | 'o' => "followed",
            '+' => "combined",
            '-' | '#' | '.' => "not combined",
            'x' => "a false ticker",
            ' ' => "not usable",
            _ => return Err(line.error("begins with no mark of a source")),
        },
        answered: answered.transpose()?,
        reach: octal(reach)?,
    })
}

/// ntpq writes a sign before what is above 0.
fn seconds(field: &Field) -> Result<f64, ParseError> {
    match field.text().strip_prefix('+') {
        Some(rest) => Field::new(rest).decimal(),
        None => field.decimal(),
    }
    .map(|milliseconds| milliseconds / 1e3)
}
