//! A moment as an operator writes it. Pure.

use anyhow::{anyhow, bail};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Reads a moment: with an offset from UTC, or by the clock of `zone` a date, a date and a time, or a time, which is the next
/// such one.
///
/// # Errors
/// It is none of these.
pub(crate) fn parse_moment(text: &str, now: Timestamp, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    // A date with a time, but not one whose offset was wrong.
    if !text.ends_with('Z')
        && let Ok(local) = text.parse::<DateTime>()
    {
        return at(local, zone);
    }
    if let Ok(date) = text.parse::<Date>() {
        return at(date.to_datetime(Time::midnight()), zone);
    }
    let Ok(time) = text.parse::<Time>() else {
        bail!("it is no time; write 18:00, 2026-12-01, \"2026-12-01 08:00\" or 2026-12-01T08:00:00Z");
    };
    let today = now.to_zoned(zone.clone()).date();
    let next = at(today.to_datetime(time), zone)?;
    if next > now { Ok(next) } else { at(today.checked_add(1.day())?.to_datetime(time), zone) }
}

fn at(local: DateTime, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    Ok(local.to_zoned(zone.clone()).map_err(|_| anyhow!("that is beyond the end of time"))?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let now: Timestamp = "2026-11-22T19:14:03Z".parse().unwrap();
        for (text, moment) in [
            ("2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"),
            ("2026-12-01T08:00+02:00", "2026-12-01T06:00:00Z"),
            ("2026-12-01 08:00", "2026-12-01T07:00:00Z"),
            ("2026-12-01T08:00", "2026-12-01T07:00:00Z"),
            ("2026-12-01", "2026-11-30T23:00:00Z"),
            ("20:15", "2026-11-22T19:15:00Z"),
            ("20:14", "2026-11-23T19:14:00Z"),
        ] {
            assert_eq!(parse_moment(text, now, &zone).unwrap(), moment.parse().unwrap(), "{text}");
        }
        for text in ["", "soon", "25:00", "2026-13-01", "tomorrow", "2h"] {
            let error = parse_moment(text, now, &zone).unwrap_err().to_string();
            assert!(error.contains("write 18:00"), "{text}: {error}");
        }
    }
}
