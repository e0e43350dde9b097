//! Schedule of a check: `every` or `cron`, exactly one.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;

use super::Schedule;
use super::fields::{Problems, time};
use super::file::{Shared, Text};
use super::layered::KeyRules;
use super::spans::FileProblem;
use super::values::DurationText;
use roundsman_verdict::schedule::expression;

/// The zone of the host.
const LOCAL: &str = "local";
/// The zone that needs no file: a small host may have none.
const UTC: &str = "UTC";

/// The schedule so far, table over table: `[defaults]` may leave all of it to the checks.
#[derive(Debug, Clone, Default)]
pub struct LayeredSchedule {
    pub schedule: Option<Schedule>,
    /// For the next `cron`.
    timezone: Option<String>,
    /// Written, but wrong and noted: no check is blamed for having none.
    is_wrong: bool,
}

/// Returns the schedule with what one more table says.
pub(crate) fn layered(
    written: &Shared<'_>,
    below: &LayeredSchedule,
    rules: &KeyRules<'_>,
    problems: &mut Problems,
) -> LayeredSchedule {
    let zone = zone(written, rules, problems);
    let timezone = zone.clone().or_else(|| below.timezone.clone());
    if written.every.is_some() || written.cron.is_some() {
        let schedule = own(written, timezone.as_deref(), rules, problems);
        return LayeredSchedule { is_wrong: schedule.is_none(), schedule, timezone };
    }
    let schedule = below.schedule.clone().map(|schedule| match (schedule, zone) {
        (Schedule::Cron { expression, .. }, Some(timezone)) => Schedule::Cron { expression, timezone },
        (schedule, _) => schedule,
    });
    LayeredSchedule { schedule, timezone, is_wrong: below.is_wrong }
}

/// Refuses a `timezone` of a check without a `cron`, its own or one from below; that of `[defaults]` may wait for one.
pub(crate) fn judge_zone(written: &Shared<'_>, layered: &LayeredSchedule, problems: &mut Problems) {
    if let (Some(timezone), Some(Schedule::Every(_))) = (written.timezone, &layered.schedule) {
        let reason = "`timezone` means something only with `cron`";
        problems.push(FileProblem::new(timezone.span(), reason).with_help("take it out"));
    }
}

/// Refuses a check without a schedule, which would never run; `name` is where its name stands.
pub(crate) fn judge_needed(layered: &LayeredSchedule, name: Range<usize>, problems: &mut Problems) {
    if layered.schedule.is_none() && !layered.is_wrong {
        problems.push(
            FileProblem::new(name, "this check has no schedule")
                .with_help("every = \"5m\"\nor cron = \"0 3 * * *\", five fields as in crontab(5)"),
        );
    }
}

fn own(
    written: &Shared<'_>,
    timezone: Option<&str>,
    rules: &KeyRules<'_>,
    problems: &mut Problems,
) -> Option<Schedule> {
    match (written.every, written.cron) {
        (Some(_), Some(cron)) => {
            let reason = "`every` and `cron` exclude each other";
            problems.push(FileProblem::new(cron.span(), reason).with_help("keep one of the two"));
            None
        }
        (Some(every), None) => interval(every, rules.tick, problems).map(Schedule::Every),
        (None, Some(cron)) => match judge_cron(cron.get_ref()) {
            Ok(()) => Some(Schedule::Cron {
                expression: cron.get_ref().clone(),
                timezone: timezone.unwrap_or(LOCAL).to_owned(),
            }),
            Err(reason) => {
                let help = "five fields: minute hour day-of-month month day-of-week, such as \"0 3 * * *\"";
                problems.push(FileProblem::new(cron.span(), reason).with_help(help));
                None
            }
        },
        (None, None) => None,
    }
}

/// Time between two runs, which the tick has to be able to serve.
pub(crate) fn interval(every: &Spanned<DurationText>, tick: Duration, problems: &mut Problems) -> Option<Duration> {
    let interval = time(every, problems)?;
    if interval < tick {
        let reason = format!("`{}` is shorter than the {tick:?} between two rounds (run.tick)", every.get_ref().0);
        problems.push(
            FileProblem::new(every.span(), reason)
                .with_help("cron starts a round only every run.tick: raise this, or lower run.tick and the cron line"),
        );
        return None;
    }
    Some(interval)
}

fn zone(written: &Shared<'_>, rules: &KeyRules<'_>, problems: &mut Problems) -> Option<String> {
    zone_named(written.timezone?, rules.knows_zone, problems)
}

/// Judges the name of a zone.
pub(crate) fn zone_named(text: &Text, knows_zone: &dyn Fn(&str) -> bool, problems: &mut Problems) -> Option<String> {
    let name = text.get_ref();
    if [LOCAL, UTC].contains(&name.as_str()) || knows_zone(name) {
        return Some(name.clone());
    }
    let reason = format!("`{name}` is no time zone that this host knows");
    let help = "\"local\", or a name below /usr/share/zoneinfo (package tzdata), such as \"Europe/Stockholm\"";
    problems.push(FileProblem::new(text.span(), reason).with_help(help));
    None
}

fn judge_cron(text: &str) -> Result<(), String> {
    let cron = expression::parse(text)?;
    // From a day that every calendar rule comes after within a few years, leap days included.
    let from = jiff::civil::date(2000, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).map_err(|e| e.to_string())?;
    match cron.find_next_occurrence(&from, true) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("`{text}` never comes: there is no such day")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_fields_are_taken() {
        for good in ["0 3 * * *", "*/5 0-6 1,15 jan-mar mon", "59 23 31 12 7", "0 0 29 2 *", "0 0 31 2 mon"] {
            assert_eq!(judge_cron(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn others_are_refused_with_the_reason() {
        for (bad, reason) in [
            ("", "has 0 fields"),
            ("* * * *", "has 4 fields, a cron expression has five"),
            ("0 0 3 * * *", "has 6 fields"),
            ("@daily", "is a nickname"),
            ("60 * * * *", "is no cron expression: "),
            ("*/0 * * * *", "is no cron expression: "),
            ("a b c d e", "is no cron expression: "),
            ("ä ö ü ß €", "is no cron expression: "),
            ("0 0 30 2 *", "never comes"),
            ("0 0 31 2,4,6,9,11 *", "never comes"),
        ] {
            let error = judge_cron(bad).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
