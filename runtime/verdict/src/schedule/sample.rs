//! One check on a clock of the test's own.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Calendar, FirstRound, Past, Planned, ScheduleRule, Start, due, waits_at_first};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

/// In UTC.
pub fn calendar(expression: &str) -> Calendar {
    Calendar::new(expression, TimeZone::UTC).expect("an expression")
}

/// Returns the rules of Europe/Berlin since 1996, without the files of the host.
pub(crate) fn berlin(expression: &str) -> Calendar {
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
    Calendar::new(expression, zone).expect("an expression")
}

/// A check that is run whenever it is due, as a round would.
pub struct Bench {
    pub name: String,
    pub machine: &'static str,
    pub rule: ScheduleRule,
    pub tick: Duration,
    pub first: FirstRound,
    pub retry_every: Option<Duration>,
    pub fingerprint: &'static str,
    pub paused_until: Option<Timestamp>,
    pub past: Option<Past>,
}

impl Bench {
    pub(crate) const MACHINE: &'static str = "b08dfa6083e7567a1921a715000001fb";

    pub fn of(name: &str, rule: ScheduleRule) -> Self {
        Self {
            name: name.to_owned(),
            machine: Self::MACHINE,
            rule,
            tick: Duration::from_secs(60),
            first: FirstRound::No,
            retry_every: None,
            fingerprint: "same",
            paused_until: None,
            past: None,
        }
    }

    pub fn every(name: &str, seconds: u64) -> Self {
        Self::of(name, ScheduleRule::Every(Duration::from_secs(seconds)))
    }

    pub fn calendar(expression: &str) -> Self {
        Self::of("daily", ScheduleRule::Calendar(calendar(expression)))
    }

    pub(crate) fn planned(&self) -> Planned<'_> {
        Planned {
            name: &self.name,
            rule: &self.rule,
            timeout: Duration::from_secs(10),
            retry_every: self.retry_every,
            fingerprint: self.fingerprint,
            paused_until: self.paused_until,
            past: self.past.as_ref(),
        }
    }

    /// A start: whether the check ran.
    pub(crate) fn start(&mut self, now: Timestamp) -> bool {
        let start = Start { now, machine: self.machine, tick: self.tick, first: self.first };
        let served = match due(start, &[self.planned()]).first() {
            Some(due) => Some(due.serves),
            None if self.past.is_none() && waits_at_first(start, &self.rule) => {
                self.past =
                    Some(Past { served: Some(now), fingerprint: self.fingerprint.to_owned(), ..Past::default() });
                None
            }
            None => None,
        };
        if served.is_some() {
            let fingerprint = self.fingerprint.to_owned();
            self.past = Some(Past { served, started: Some(now), waiting_since: None, fingerprint });
        }
        served.is_some()
    }

    /// Returns those of the starts, in seconds, at which it ran.
    pub(crate) fn starts_at(&mut self, starts: impl IntoIterator<Item = i64>) -> Vec<i64> {
        starts.into_iter().filter(|second| self.start(at(*second))).collect()
    }

    /// Tells when it ran last, in seconds.
    pub(crate) fn last(&self) -> Option<i64> {
        self.past.as_ref()?.started.map(Timestamp::as_second)
    }
}
