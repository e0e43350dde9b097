//! Cron expressions as cron(8) of Debian reads them (Vixie's `entry.c`), and some days that it has no word for.
//!
//! A field is a list of `*`, values and ranges, the first and the last with a step if need be. What cron takes for the beginning
//! of a field with something behind it (`1-5-7`), or for no time at all (`5-1`), is refused here.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// One of the five fields.
struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    /// Names of values, from `low` on.
    names: &'static [&'static str],
    days: Days,
}

/// Syntax of a field beyond cron's.
#[derive(Clone, Copy)]
enum Days {
    None,
    /// `L` is the last day of the month, `LW` its last weekday, `15W` the weekday nearest to the 15th.
    OfMonth,
    /// `5L` is the last Friday of the month, `5#2` its second.
    OfWeek,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 5] = [
    Field { name: "minute", low: 0, high: 59, names: &[], days: Days::None },
    Field { name: "hour", low: 0, high: 23, names: &[], days: Days::None },
    Field { name: "day of month", low: 1, high: 31, names: &[], days: Days::OfMonth },
    Field { name: "month", low: 1, high: 12, names: &MONTHS, days: Days::None },
    Field { name: "day of week", low: 0, high: 7, names: &WEEKDAYS, days: Days::OfWeek },
];
const DAY_OF_MONTH: usize = 2;
const DAY_OF_WEEK: usize = 4;

/// The nicknames of crontab(5), and what to write for each.
const NICKNAMES: [(&str, &str); 8] = [
    ("@annually", ": write `0 0 1 1 *`"),
    ("@daily", ": write `0 0 * * *`"),
    ("@hourly", ": write `0 * * * *`"),
    ("@midnight", ": write `0 0 * * *`"),
    ("@monthly", ": write `0 0 1 * *`"),
    ("@reboot", "; a check has no time of its own at a boot: `every` runs it in the first round after"),
    ("@weekly", ": write `0 0 * * 0`"),
    ("@yearly", ": write `0 0 1 1 *`"),
];

/// Reads an expression.
///
/// # Errors
/// The error says what is wrong with the expression, and what to write.
pub fn parse(expression: &str) -> Result<Cron, String> {
    let texts: Vec<&str> = expression.split_whitespace().collect();
    if expression.starts_with('@') {
        let known = NICKNAMES.iter().find(|(nickname, _)| *nickname == expression);
        let instead = known.map_or("", |(_, instead)| instead);
        return Err(format!("`{expression}` is a nickname, not a cron expression{instead}"));
    }
    if texts.len() != FIELDS.len() {
        let counted = if texts.len() == 1 { "1 field".to_owned() } else { format!("{} fields", texts.len()) };
        return Err(format!("`{expression}` has {counted}, a cron expression has five"));
    }
    let plain = FIELDS.iter().zip(&texts).map(|(field, text)| field.read(text));
    let plain =
        plain.collect::<Result<Vec<_>, _>>().map_err(|why| format!("`{expression}` is no cron expression: {why}"))?;
    // crontab(5): both days must match where one of the two fields begins with a star, else either of them.
    let both = [DAY_OF_MONTH, DAY_OF_WEEK].iter().any(|field| texts[*field].starts_with('*'));
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).dom_and_dow(both).build();
    parser.parse(&plain.join(" ")).map_err(|error| format!("`{expression}` is no cron expression: {error}"))
}

impl Field {
    /// Returns the field with numbers in place of names, as every reader of expressions takes it.
    fn read(&self, text: &str) -> Result<String, String> {
        let items = text.split(',').map(|item| self.item(item));
        let items =
            items.collect::<Result<Vec<_>, _>>().map_err(|why| format!("`{text}` for the {}: {why}", self.name))?;
        // A star beside others is no less than all; cron looks at what the field begins with.
        Ok(match items.iter().any(|item| item == "*") {
            true if text.starts_with('*') => "*".to_owned(),
            true => format!("{}-{}", self.low, self.high),
            false => items.join(","),
        })
    }

    fn item(&self, item: &str) -> Result<String, String> {
        if item.is_empty() {
            return Err("a `,` has nothing before or behind it".to_owned());
        }
        if let Some(day) = self.own_day(item) {
            return Ok(day);
        }
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let values = match range.split_once('-') {
            None if range == "*" => "*".to_owned(),
            None => self.value(range)?.to_string(),
            Some((from, to)) => {
                let (from, to) = (self.value(from)?, self.value(to)?);
                if from > to {
                    return Err(format!(
                        "`{range}` goes backwards: write two ranges, `{from}-{},{}-{to}`",
                        self.high, self.low
                    ));
                }
                format!("{from}-{to}")
            }
        };
        match step {
            None => Ok(values),
            Some(step) if range == "*" || range.contains('-') => Ok(format!("{values}/{}", self.step(step)?)),
            Some(step) => Err(format!("a step stands behind `*` or a range: `{range}-{}/{step}`", self.high)),
        }
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + self.low);
        let value = named.or_else(|| number(text)).filter(|value| (self.low..=self.high).contains(value));
        value.ok_or_else(|| {
            let names = self.names.first().zip(self.names.last());
            let names = names.map_or_else(String::new, |(first, last)| format!(", or {first} to {last}"));
            format!("`{text}` is none of {} to {}{names}", self.low, self.high)
        })
    }

    /// Reads a step; one that is longer than the field leaves the first value alone.
    fn step(&self, text: &str) -> Result<u32, String> {
        let step = number(text).filter(|step| *step > 0);
        step.map(|step| step.min(self.high + 1)).ok_or_else(|| format!("`{text}` is no step: write a number from 1 on"))
    }

    fn own_day(&self, item: &str) -> Option<String> {
        let item = item.to_ascii_uppercase();
        match self.days {
            Days::None => None,
            Days::OfMonth if item == "L" || item == "LW" => Some(item),
            Days::OfMonth => {
                let day = self.value(item.strip_suffix('W')?).ok()?;
                Some(format!("{day}W"))
            }
            Days::OfWeek => {
                if let Some(day) = item.strip_suffix('L') {
                    return Some(format!("{}L", self.value(day).ok()?));
                }
                let (day, week) = item.split_once('#')?;
                let week = number(week).filter(|week| (1..=5).contains(week))?;
                Some(format!("{}#{week}", self.value(day).ok()?))
            }
        }
    }
}

/// Digits and nothing else.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
