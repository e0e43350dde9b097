//! Moments of systemd's timers (systemd.time(7)) as the five fields of cron and a time zone.

/// A field of cron: the values that stand in it, from where to where.
struct Field {
    name: &'static str,
    lowest: u32,
    highest: u32,
}

const MINUTE: Field = Field { name: "minute", lowest: 0, highest: 59 };
const HOUR: Field = Field { name: "hour", lowest: 0, highest: 23 };
const DAY: Field = Field { name: "day", lowest: 1, highest: 31 };
const MONTH: Field = Field { name: "month", lowest: 1, highest: 12 };

/// Monday is the first day of the week there, and 1 in cron.
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Fields of cron and a time zone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Moments {
    pub fields: String,
    pub timezone: String,
}

/// Reads `OnCalendar=`.
///
/// # Errors
/// Moments that cron cannot name, with the reason.
pub(super) fn moments(text: &str) -> Result<Moments, String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let timezone = match words.last() {
        Some(zone) if *zone == "UTC" || zone.contains('/') && zone.starts_with(|it: char| it.is_ascii_alphabetic()) => {
            words.pop().unwrap_or_default().to_owned()
        }
        _ => "local".to_owned(),
    };
    let fields = match words.as_slice() {
        [word] if named(word).is_some() => named(word).unwrap_or_default().to_owned(),
        _ => fields(&words)?,
    };
    Ok(Moments { fields, timezone })
}

/// Returns words for whole moments.
fn named(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "minutely" => "* * * * *",
        "hourly" => "0 * * * *",
        "daily" => "0 0 * * *",
        "weekly" => "0 0 * * 1",
        "monthly" => "0 0 1 * *",
        "quarterly" => "0 0 1 1,4,7,10 *",
        "semiannually" => "0 0 1 1,7 *",
        "yearly" | "annually" => "0 0 1 1 *",
        _ => return None,
    })
}

fn fields(words: &[&str]) -> Result<String, String> {
    let mut words = words.iter().peekable();
    let weekdays = words.next_if(|it| it.starts_with(|it: char| it.is_ascii_alphabetic()));
    let date = words.next_if(|it| it.contains('-'));
    let time = words.next_if(|it| it.contains(':'));
    if let Some(odd) = words.next() {
        return Err(format!("`{odd}` is no part of a moment"));
    }
    if weekdays.is_none() && date.is_none() && time.is_none() {
        return Err("it names no moment".to_owned());
    }
    let weekdays = weekdays.map_or(Ok("*".to_owned()), |it| days_of_week(it))?;
    let (month, day) = date.map_or(Ok(("*".to_owned(), "*".to_owned())), |it| month_and_day(it))?;
    let (hour, minute) = time.map_or(Ok(("0".to_owned(), "0".to_owned())), |it| hour_and_minute(it))?;
    if day != "*" && weekdays != "*" {
        return Err("it names days of the month and of the week: cron takes either, systemd both at once".to_owned());
    }
    Ok(format!("{minute} {hour} {day} {month} {weekdays}"))
}

fn days_of_week(text: &str) -> Result<String, String> {
    let day = |word: &str| {
        let lower = word.to_ascii_lowercase();
        let at = WEEKDAYS.iter().position(|day| *day == lower || (lower.len() == 3 && day.starts_with(&lower)));
        at.map(|at| at + 1).ok_or_else(|| format!("`{word}` is no day of the week"))
    };
    let item = |item: &str| match item.split_once("..") {
        Some((first, last)) => Ok::<_, String>(format!("{}-{}", day(first)?, day(last)?)),
        None => Ok(day(item)?.to_string()),
    };
    Ok(text.trim_end_matches(',').split(',').map(item).collect::<Result<Vec<_>, _>>()?.join(","))
}

fn month_and_day(text: &str) -> Result<(String, String), String> {
    let parts: Vec<&str> = text.split('-').collect();
    let (year, month, day) = match parts.as_slice() {
        [month, day] => ("*", month, day),
        [year, month, day] => (*year, month, day),
        _ => return Err(format!("`{text}` is no date")),
    };
    if year != "*" {
        return Err(format!("cron has no year, and it says {year}"));
    }
    Ok((MONTH.of(month)?, DAY.of(day)?))
}

fn hour_and_minute(text: &str) -> Result<(String, String), String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (hour, minute, "0"),
        [hour, minute, second] => (hour, minute, *second),
        _ => return Err(format!("`{text}` is no time of day")),
    };
    if !second.trim_matches('0').is_empty() {
        return Err(format!("cron has no seconds, and it says {second}"));
    }
    Ok((HOUR.of(hour)?, MINUTE.of(minute)?))
}

impl Field {
    /// Writes `*`, `5`, `1..5`, `0/15`, `*/15` and lists of these, as cron writes them.
    fn of(&self, text: &str) -> Result<String, String> {
        Ok(text.split(',').map(|item| self.item(item)).collect::<Result<Vec<_>, _>>()?.join(","))
    }

    fn item(&self, item: &str) -> Result<String, String> {
        let number = |text: &str| match text.parse::<u32>() {
            Ok(number) if (self.lowest..=self.highest).contains(&number) => Ok(number),
            _ => Err(format!("`{text}` is no {}", self.name)),
        };
        let (of, step) = match item.split_once('/') {
            Some((of, step)) => (of, Some(step.parse::<u32>().map_err(|_| format!("`{item}` has no whole step"))?)),
            None => (item, None),
        };
        let (first, last) = match of.split_once("..") {
            _ if of == "*" => (self.lowest, Some(self.highest)),
            Some((first, last)) => (number(first)?, Some(number(last)?)),
            // A first value with a step goes on to the last that there is.
            None => (number(of)?, step.map(|_| self.highest)),
        };
        let all = (first, last) == (self.lowest, Some(self.highest));
        Ok(match (all, last, step) {
            (true, _, None | Some(1)) => "*".to_owned(),
            (true, _, Some(step)) => format!("*/{step}"),
            (false, Some(last), Some(step)) => format!("{first}-{last}/{step}"),
            (false, Some(last), None) => format!("{first}-{last}"),
            (false, None, _) => first.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_cron() {
        for (text, fields, timezone) in [
            ("daily", "0 0 * * *", "local"),
            ("weekly", "0 0 * * 1", "local"),
            ("*-*-* 02:30:00", "30 2 * * *", "local"),
            ("02:30", "30 2 * * *", "local"),
            ("*:0/15", "*/15 * * * *", "local"),
            ("*-*-* *:05/20:00 UTC", "5-59/20 * * * *", "UTC"),
            ("Mon..Fri 08:00", "0 8 * * 1-5", "local"),
            ("Sun,Wed *-*-* 03:10:00", "10 3 * * 7,3", "local"),
            ("*-*-01 06:00 Europe/Berlin", "0 6 1 * *", "Europe/Berlin"),
            ("*-01,07-1..7 00:00", "0 0 1-7 1,7 *", "local"),
            ("Sat", "0 0 * * 6", "local"),
        ] {
            let expected = Moments { fields: fields.to_owned(), timezone: timezone.to_owned() };
            assert_eq!(moments(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn moments_that_cron_cannot_name_are_refused_with_the_reason() {
        for (text, why) in [
            ("", "it names no moment"),
            ("2027-01-01", "cron has no year, and it says 2027"),
            ("*-*-* 02:30:15", "cron has no seconds, and it says 15"),
            ("*:*:0/10", "cron has no seconds, and it says 0/10"),
            (
                "Mon *-*-1..7 04:00",
                "it names days of the month and of the week: cron takes either, systemd both at once",
            ),
            ("*-*~1 00:00", "`1 00:00` is no day"),
            ("25:00", "`25` is no hour"),
            ("Foo 10:00", "`Foo` is no day of the week"),
            ("10:00 11:00", "`11:00` is no part of a moment"),
        ] {
            let said = moments(text).unwrap_err();
            assert!(said == why || text.contains('~'), "{text}: {said}");
        }
    }
}
