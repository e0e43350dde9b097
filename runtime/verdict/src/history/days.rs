//! Days of the history as counts: for each check, how long it had which hard status. Pure.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Change, Event, HistoryEntry, status};
use roundsman_contract::Status;

/// Days that are kept: 13 months.
const KEPT: i32 = 396;

/// Seconds of a day. Days are those of UTC.
const DAY: u32 = 86_400;

/// Counts of all checks by day, up to a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The number of the last entry of the history that is counted.
    pub through: u64,
    /// The time up to which is counted; `None` before the first entry.
    pub until: Option<Timestamp>,
    pub checks: BTreeMap<String, Course>,
}

/// One check over the days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The hard status at the end; `None` where there is none.
    #[serde(with = "status")]
    status: Option<Status>,
    /// The day from which on it is counted.
    first: Option<Date>,
    /// By date; a day that was OK from its begin to its end is left out.
    days: BTreeMap<Date, Day>,
    /// Up to when it is counted, while the others are not yet.
    #[serde(skip)]
    at: Option<Timestamp>,
}

/// One day of one check: seconds in each status; what is missing of 24 hours is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u32; 5]", into = "[u32; 5]")]
pub struct Day {
    pub ok: u32,
    pub warning: u32,
    pub critical: u32,
    pub unknown: u32,
    /// How often the status became another one.
    pub changes: u32,
}

impl From<[u32; 5]> for Day {
    fn from([ok, warning, critical, unknown, changes]: [u32; 5]) -> Self {
        Self { ok, warning, critical, unknown, changes }
    }
}

impl From<Day> for [u32; 5] {
    fn from(Day { ok, warning, critical, unknown, changes }: Day) -> Self {
        [ok, warning, critical, unknown, changes]
    }
}

impl Day {
    /// A day on which all was well.
    const WELL: Self = Self { ok: DAY, warning: 0, critical: 0, unknown: 0, changes: 0 };

    /// All statuses, in the order in which they count.
    pub(crate) const WORST_FIRST: [Status; 4] = [Status::Critical, Status::Warning, Status::Unknown, Status::Ok];

    /// Tells the worst status of the day; `None` where nothing is known of it.
    #[must_use]
    pub(crate) fn worst(&self) -> Option<Status> {
        Self::WORST_FIRST.into_iter().find(|status| self.seconds(*status) > 0)
    }

    /// Returns how long it had a status.
    #[must_use]
    pub(crate) fn seconds(&self, status: Status) -> u32 {
        match status {
            Status::Ok => self.ok,
            Status::Warning => self.warning,
            Status::Critical => self.critical,
            Status::Unknown => self.unknown,
        }
    }

    fn add(&mut self, status: Status, seconds: u32) {
        // A clock that is set back lets hours come twice. What was wrong then counts, and not that all was well.
        let room = DAY.saturating_sub(self.ok + self.warning + self.critical + self.unknown);
        if status != Status::Ok {
            self.ok = self.ok.saturating_sub(seconds.saturating_sub(room));
        }
        let seconds = seconds.min(DAY.saturating_sub(self.ok + self.warning + self.critical + self.unknown));
        *match status {
            Status::Ok => &mut self.ok,
            Status::Warning => &mut self.warning,
            Status::Critical => &mut self.critical,
            Status::Unknown => &mut self.unknown,
        } += seconds;
    }
}

impl Course {
    /// Returns the counts of a day up to `until`, or `None` where the check was not there yet.
    fn day(&self, date: Date, until: Date) -> Option<Day> {
        self.first.filter(|first| (*first..=until).contains(&date))?;
        Some(self.days.get(&date).copied().unwrap_or(if date < until { Day::WELL } else { Day::default() }))
    }

    /// Counts the status up to a time.
    fn count(&mut self, to: Timestamp) {
        let from = self.at.replace(to).unwrap_or(to);
        self.first.get_or_insert(date(from));
        let Some(status) = self.status else {
            // A day of which nothing is known is not one on which all was well.
            let mut day = date(from).max(oldest(date(to)));
            while day <= date(to) {
                self.days.entry(day).or_default();
                let Ok(next) = day.tomorrow() else { break };
                day = next;
            }
            return;
        };
        let mut begin = from;
        while begin < to {
            let day = date(begin);
            let end = midnight_after(day).min(to);
            // Begun seconds count: what was so for a moment was so.
            let seconds = u32::try_from((end.as_millisecond() - begin.as_millisecond() + 999) / 1_000).unwrap_or(0);
            self.days.entry(day).or_default().add(status, seconds);
            begin = end;
        }
    }

    fn change(&mut self, change: &Change, at: Timestamp) {
        self.count(at);
        if change.from.is_some() {
            self.days.entry(date(at)).or_default().changes += 1;
        }
        self.status = change.to;
    }

    /// Leaves out what is not said of a day: that all was well, and days that are too old.
    fn settle(&mut self, until: Date) {
        self.at = None;
        let oldest = oldest(until);
        self.days.retain(|date, day| *date >= oldest && (*date >= until || *day != Day::WELL));
        self.first = self.first.map(|first| first.max(oldest));
    }
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Returns the first day that is kept.
fn oldest(until: Date) -> Date {
    until.saturating_sub(jiff::Span::new().days(KEPT))
}

fn midnight_after(date: Date) -> Timestamp {
    let next = date.tomorrow().ok().and_then(|next| next.to_zoned(TimeZone::UTC).ok());
    next.map_or(Timestamp::MAX, |next| next.timestamp())
}

impl Days {
    /// Counts on, by all entries after [`Days::through`], up to `now`.
    #[must_use]
    pub fn counted_on(mut self, entries: &[HistoryEntry], now: Timestamp) -> Self {
        let until = self.until.or(entries.first().map(|entry| entry.time)).unwrap_or(now);
        self.checks.values_mut().for_each(|course| course.at = Some(until));
        for entry in entries {
            self.through = self.through.max(entry.sequence);
            match &entry.event {
                Event::Change(change) if change.subcheck.is_none() => {
                    let course = self.checks.entry(change.check.clone()).or_default();
                    course.change(change, entry.time);
                }
                Event::Gap { since, until } => self.gap(*since, *until),
                Event::Clock { seconds } => self.clock(*seconds, entry.time),
                Event::Change(_) | Event::Act(_) | Event::Other => {}
            }
        }
        self.checks.values_mut().for_each(|course| course.count(now));
        self.until = Some(now);
        let today = date(now);
        self.checks.values_mut().for_each(|course| course.settle(today));
        self.checks
            .retain(|_, course| course.status.is_some() || course.days.values().any(|day| *day != Day::default()));
        self
    }

    /// Counts nothing between two rounds that were too far apart.
    fn gap(&mut self, since: Timestamp, until: Timestamp) {
        for course in self.checks.values_mut() {
            let at = course.at.unwrap_or(since);
            course.count(since.max(at));
            // Days within it have their place, with nothing in them.
            let status = course.status.take();
            course.count(until.max(at));
            course.status = status;
        }
    }

    /// Goes on by the clock as it is now: how long a status lasted is known up to the last entry only.
    fn clock(&mut self, seconds: i64, now: Timestamp) {
        let before = now.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
        for course in self.checks.values_mut() {
            course.count(before.max(course.at.unwrap_or(before)));
            course.at = Some(now);
        }
    }

    /// Returns the days of all checks from one time on, without the day of the other and those after it; of days that were
    /// well there is nothing to tell.
    pub fn between(&self, from: Timestamp, before: Timestamp) -> impl Iterator<Item = (&str, Date, Day)> {
        let (from, before) = (date(from), date(before));
        let mut all: Vec<(&str, Date, Day)> = Vec::new();
        for (check, course) in &self.checks {
            let days = course.days.range(from..before.max(from));
            all.extend(days.map(|(date, day)| (check.as_str(), *date, *day)));
        }
        all.sort_by_key(|(check, date, _)| (*date, *check));
        all.into_iter()
    }

    /// Returns the last `count` days of a check with the one that has not ended, oldest first; `None` where the check was not
    /// there yet.
    #[must_use]
    pub(crate) fn last(&self, check: &str, count: i32) -> Vec<(Date, Option<Day>)> {
        let Some(until) = self.until.map(date) else { return Vec::new() };
        let dates = (0..count).rev().map(|back| until.saturating_sub(jiff::Span::new().days(back)));
        let course = self.checks.get(check);
        dates.map(|date| (date, course.and_then(|course| course.day(date, until)))).collect()
    }
}

#[cfg(test)]
#[path = "days_tests.rs"]
mod tests;
