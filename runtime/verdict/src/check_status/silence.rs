//! Pauses and acknowledgements of operators: a check is not run for a while, or its trouble is known. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::CheckStatus;
use super::trouble::Trouble;
use crate::judge::humanize::Now;
use crate::judge::{StateType, rank};
use roundsman_contract::Status;

/// Longest step back of a clock that does not count as one that was set back.
const STEP: SignedDuration = SignedDuration::from_secs(60);

/// An operator's wish that a check is not run for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub until: Timestamp,
    pub reason: String,
    /// Who wished it; `None` where an older version stored it.
    #[serde(default)]
    pub by: Option<String>,
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// An operator's word that the trouble of a check is known: the check runs, and alerts nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// `None` where it has no end of its own.
    pub until: Option<Timestamp>,
    pub reason: String,
    pub by: String,
    pub at: Timestamp,
    /// It ends at OK or its time only.
    pub sticky: bool,
    /// The status that it covers.
    pub status: Status,
    /// The subchecks that it covers: those that were not OK.
    pub subchecks: Vec<Covered>,
}

/// A subcheck whose trouble is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    pub labels: Vec<(String, String)>,
    pub status: Status,
}

impl Pause {
    /// Cuts it to its own length from now on, where the clock was set back behind its begin.
    pub(crate) fn cut(&mut self, now: Timestamp) {
        if let Some(at) = &mut self.at {
            self.until = cut(at, self.until, now);
        }
    }
}

impl Ack {
    /// Covers all that is wrong with a check now.
    #[must_use]
    pub fn of(check_status: &CheckStatus, status: Status, by: String, at: Timestamp, reason: String) -> Self {
        let bad = check_status.verdict.subchecks.iter().filter(|subcheck| subcheck.status != Status::Ok);
        let subchecks = bad.map(|one| Covered { labels: one.labels.clone(), status: one.status }).collect();
        Self { until: None, reason, by, at, sticky: false, status, subchecks }
    }

    /// Tells whether what a check came to ends it: all is well, or something is worse than what is known, or another subcheck is
    /// bad. A soft state ends nothing.
    #[must_use]
    pub(crate) fn is_ended_by(&self, check_status: &CheckStatus) -> bool {
        let verdict = &check_status.verdict;
        let is_hard = verdict.state_type == StateType::Hard;
        if is_hard && verdict.status.is_none_or(|status| status == Status::Ok) {
            return true;
        }
        let is_worse = is_hard && verdict.status.is_some_and(|status| rank(status) > rank(self.status));
        let is_new = |trouble: &Trouble| trouble.state_type == StateType::Hard && !self.covers(trouble);
        !self.sticky && (is_worse || check_status.troubles.iter().any(is_new))
    }

    fn covers(&self, trouble: &Trouble) -> bool {
        let known = self.subchecks.iter().find(|covered| covered.labels == trouble.labels);
        known.is_some_and(|covered| rank(trouble.status) <= rank(covered.status))
    }

    /// Works as [`Pause::cut`].
    pub(crate) fn cut(&mut self, now: Timestamp) {
        if let Some(until) = self.until {
            self.until = Some(cut(&mut self.at, until, now));
        }
    }

    /// Returns `acknowledged by alice until 2026-12-01T08:00:00Z: disk ordered`.
    #[must_use]
    pub fn said(&self, now: &Now) -> String {
        let until = self.until.map_or_else(String::new, |until| format!(" until {}", now.show(until)));
        format!("acknowledged by {}{until}: {}", self.by, self.reason)
    }
}

/// Returns the end of what began at `at`, which is now where that lies ahead.
pub(super) fn cut(at: &mut Timestamp, until: Timestamp, now: Timestamp) -> Timestamp {
    if at.duration_since(now) <= STEP {
        return until;
    }
    let length = until.duration_since(*at);
    *at = now;
    now.checked_add(length).unwrap_or(until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_status::Retry;
    use crate::check_status::advance;
    use crate::judge::{JudgedSubcheck, Verdict, sample};

    const SOFT: Retry = Retry { attempts: 2, every: None };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn run(before: Option<&CheckStatus>, status: Status, bad: &[(&str, Status)], retry: Retry) -> CheckStatus {
        let subcheck = |(name, status): &(&str, Status)| JudgedSubcheck {
            labels: vec![("mount".to_owned(), (*name).to_owned())],
            status: *status,
            text: String::new(),
            failure: None,
        };
        let subchecks = bad.iter().map(subcheck).collect();
        advance(before, Verdict { status: Some(status), subchecks, ..sample::verdict() }, retry)
    }

    fn acknowledged(sticky: bool) -> CheckStatus {
        let check_status = run(None, Status::Warning, &[("/archive", Status::Warning)], Retry::default());
        let ack =
            Ack::of(&check_status, Status::Warning, "alice".to_owned(), at("2026-11-22T19:14:03Z"), "known".to_owned());
        CheckStatus { ack: Some(Box::new(Ack { sticky, ..ack })), ..check_status }
    }

    #[test]
    fn it_holds_for_what_it_covers_and_ends_at_what_is_worse_other_or_well() {
        let archive = |status| [("/archive", status)];
        let (warning, critical) = (Status::Warning, Status::Critical);
        for (status, bad, holds, sticky_holds) in [
            (warning, &archive(warning)[..], true, true),
            (Status::Unknown, &archive(Status::Unknown), true, true),
            (critical, &archive(critical), false, true),
            (critical, &archive(warning), false, true),
            (warning, &[("/archive", warning), ("/data", warning)], false, true),
            (warning, &[("/data", warning)], false, true),
            (Status::Ok, &[], false, false),
        ] {
            for (sticky, holds) in [(false, holds), (true, sticky_holds)] {
                let after = run(Some(&acknowledged(sticky)), status, bad, Retry::default());
                assert_eq!(after.ack.is_some(), holds, "{status:?} {bad:?} {sticky}");
            }
        }
    }

    #[test]
    fn a_soft_state_ends_nothing() {
        let other = [("/archive", Status::Warning), ("/data", Status::Critical)];
        let once = run(Some(&acknowledged(false)), Status::Warning, &other, SOFT);
        assert!(once.ack.is_some(), "one run has seen it");
        assert!(run(Some(&once), Status::Warning, &other, SOFT).ack.is_none(), "it is believed");
    }

    #[test]
    fn its_time_ends_it_and_a_clock_that_is_set_back_makes_it_no_longer() {
        let until = at("2026-11-22T21:00:00Z");
        let check_status = acknowledged(false);
        let timed = CheckStatus {
            ack: check_status.ack.clone().map(|ack| Ack { until: Some(until), ..*ack }).map(Box::new),
            ..check_status
        };
        assert!(timed.acknowledged(at("2026-11-22T20:59:59Z")).is_some() && timed.acknowledged(until).is_none());
        let mut ack = timed.ack.unwrap();
        ack.cut(at("2026-11-22T19:13:30Z"));
        assert_eq!(ack.until, Some(until), "some seconds are no step");
        ack.cut(at("2026-11-22T10:00:00Z"));
        assert_eq!((ack.at, ack.until), (at("2026-11-22T10:00:00Z"), Some(at("2026-11-22T11:45:57Z"))));
        let mut pause = Pause { until, reason: String::new(), by: None, at: Some(at("2026-11-22T20:00:00Z")) };
        pause.cut(at("2026-11-22T10:00:00Z"));
        assert_eq!(pause.until, at("2026-11-22T11:00:00Z"));
    }
}
