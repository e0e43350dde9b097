//! Keeps a result worse than OK for a while (key `hold`), for checks that see events: the next run sees nothing of one. Pure.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CheckStatus;
use super::silence::cut;
use crate::judge::{State, StateType, Verdict, rank};
use roundsman_contract::Status;

/// Time for which a result worse than OK is kept although later runs find nothing, for checks that see events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// So long after the last such run.
    For(Duration),
    /// Until an operator says that it is over.
    Cleared,
}

/// A trouble that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldTrouble {
    /// The last run that came to more than OK.
    pub last: Timestamp,
    /// `None` until an operator says that it is over.
    pub until: Option<Timestamp>,
}

/// Returns the verdict that stands after a run, and what is held then.
#[must_use]
pub(crate) fn follow(
    before: Option<&CheckStatus>,
    verdict: Verdict,
    hold: Option<Hold>,
) -> (Verdict, Option<HeldTrouble>) {
    let Some(hold) = hold else { return (verdict, None) };
    let now = verdict.started.unwrap_or_default();
    let held = before.filter(|before| {
        let lasts = |held: &HeldTrouble| held.until.is_none_or(|until| until > now);
        !verdict.recovered && before.held.as_ref().is_some_and(lasts)
    });
    let own = verdict.status.filter(|status| verdict.failure.is_none() && *status != Status::Ok);
    let Some(own) = own else {
        return match held {
            Some(before) => (stays(before, verdict), before.held.clone()),
            None => (verdict, None),
        };
    };
    let until = match hold {
        // An event that is over already is told, and stays no longer.
        _ if verdict.recovered => Some(now),
        Hold::For(length) => now.checked_add(length).ok(),
        Hold::Cleared => None,
    };
    // Of two that are as bad the later is told.
    let is_worse = |before: &&CheckStatus| before.verdict.status.is_some_and(|status| rank(status) > rank(own));
    let verdict = match held.filter(is_worse) {
        Some(before) => stays(before, verdict),
        None => verdict,
    };
    (verdict, Some(HeldTrouble { last: now, until }))
}

/// Keeps what was said, beside the values and costs of the new run.
fn stays(before: &CheckStatus, run: Verdict) -> Verdict {
    let Verdict { status, summary, breaches, details, subchecks, .. } = before.verdict.clone();
    let summary = if before.outcome_lost { "what was said is lost with a damaged file".to_owned() } else { summary };
    let failed = run.failure.as_ref().map(|failure| format!("{FAILED}{}: {}", failure.kind.word(), failure.message));
    let details = details.into_iter().filter(|line| !line.starts_with(FAILED)).chain(failed).collect();
    Verdict { state: State::Done, status, summary, breaches, details, subchecks, failure: None, ..run }
}

/// Begin of the line that tells of a failed run beside what is held.
const FAILED: &str = "the last run failed: ";

impl HeldTrouble {
    /// Cuts it to its own length from now on, where the clock was set back behind its begin.
    pub(crate) fn cut(&mut self, now: Timestamp) {
        if let Some(until) = self.until {
            self.until = Some(cut(&mut self.last, until, now));
        }
    }
}

impl CheckStatus {
    /// Ends what is held: an operator says that it is over. The next run speaks for itself.
    pub fn clear(&mut self, by: &str, now: Timestamp) -> Option<HeldTrouble> {
        let held = self.held.take()?;
        let was = crate::judge::MessageLines::of(&self.verdict).first();
        self.verdict = Verdict {
            status: Some(Status::Ok),
            state: State::Done,
            summary: format!("cleared by {by}, it was {was}"),
            breaches: Vec::new(),
            details: Vec::new(),
            subchecks: Vec::new(),
            failure: None,
            attempt: 1,
            state_type: StateType::Hard,
            ..self.verdict.clone()
        };
        (self.hard, self.since, self.ack) = (Some(Status::Ok), Some(now), None);
        self.troubles.clear();
        Some(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_status::Retry;
    use crate::check_status::follow as advance;
    use crate::judge::{MessageLines, sample};
    use roundsman_contract::report::{Failure, FailureKind};

    const RETRY: Retry = Retry { attempts: 3, every: None };
    const HOUR: Option<Hold> = Some(Hold::For(Duration::from_secs(3_600)));

    fn at(minute: i64) -> Option<Timestamp> {
        Timestamp::from_second(60 * minute).ok()
    }

    fn run(
        before: Option<&CheckStatus>,
        minute: i64,
        status: Status,
        summary: &str,
        hold: Option<Hold>,
    ) -> CheckStatus {
        let verdict =
            Verdict { started: at(minute), status: Some(status), summary: summary.to_owned(), ..sample::verdict() };
        advance(before, verdict, RETRY, hold)
    }

    fn says(check_status: &CheckStatus) -> (String, StateType, Option<Timestamp>) {
        (MessageLines::of(&check_status.verdict).first(), check_status.verdict.state_type, check_status.since)
    }

    #[test]
    fn an_event_is_hard_at_once_and_stays_for_its_time() {
        let event = run(None, 0, Status::Critical, "disk failure", HOUR);
        let held = ("CRITICAL: disk failure".to_owned(), StateType::Hard, at(0));
        assert_eq!((says(&event), event.hard), (held.clone(), Some(Status::Critical)));
        let quiet = run(Some(&event), 5, Status::Ok, "no lines", HOUR);
        assert_eq!((says(&quiet), quiet.verdict.started), (held.clone(), at(5)));
        let less = run(Some(&quiet), 30, Status::Warning, "slow", HOUR);
        assert_eq!(says(&less), held, "what is less bad does not replace it, and lengthens it");
        let quiet = run(Some(&less), 89, Status::Ok, "no lines", HOUR);
        assert_eq!(says(&quiet), held);
        let over = run(Some(&quiet), 90, Status::Ok, "no lines", HOUR);
        assert_eq!((says(&over).0, over.held), ("OK: no lines".to_owned(), None));
        assert_eq!(
            over.runs.of("critical") + over.runs.of("warning"),
            2,
            "what came out of each run is counted: {:?}",
            over.runs
        );
    }

    #[test]
    fn worse_replaces_it_and_a_failure_does_not() {
        let event = run(None, 0, Status::Warning, "slow", HOUR);
        let worse = run(Some(&event), 5, Status::Critical, "dead", HOUR);
        assert_eq!(says(&worse), ("CRITICAL: dead".to_owned(), StateType::Hard, at(5)));
        let failure = Some(Failure::new(FailureKind::Io, "gone"));
        let failed = Verdict { started: at(6), status: Some(Status::Unknown), failure, ..sample::verdict() };
        for _ in 0..2 {
            let after = advance(Some(&worse), failed.clone(), RETRY, HOUR);
            assert_eq!(says(&after), says(&worse));
            assert_eq!(after.verdict.details, ["the last run failed: io: gone"]);
        }
        let soft = advance(None, failed, RETRY, HOUR);
        assert_eq!((soft.verdict.state_type, &soft.held), (StateType::Soft, &None), "a failure is no event");
    }

    #[test]
    fn what_an_operator_must_clear_stays_until_then() {
        let event = run(None, 0, Status::Critical, "disk failure", Some(Hold::Cleared));
        let mut later = run(Some(&event), 1_000_000, Status::Ok, "no lines", Some(Hold::Cleared));
        assert_eq!(says(&later).0, "CRITICAL: disk failure");
        assert!(later.clear("alice", at(1_000_001).unwrap()).is_some());
        assert_eq!(says(&later).0, "OK: cleared by alice, it was CRITICAL: disk failure");
        assert_eq!((later.hard, later.since), (Some(Status::Ok), at(1_000_001)));
        assert!(later.clear("alice", at(1_000_001).unwrap()).is_none());
        assert_eq!(says(&run(Some(&later), 1_000_002, Status::Ok, "no lines", Some(Hold::Cleared))).0, "OK: no lines");
    }

    #[test]
    fn a_component_may_say_that_it_is_over_and_a_check_without_hold_keeps_nothing() {
        let event = run(None, 0, Status::Critical, "disk failure", HOUR);
        let well = Verdict { started: at(5), recovered: true, summary: "rebuilt".to_owned(), ..sample::verdict() };
        assert_eq!(says(&advance(Some(&event), well, RETRY, HOUR)).0, "OK: rebuilt");
        let both = Verdict { started: at(5), recovered: true, status: Some(Status::Critical), ..sample::verdict() };
        for hold in [HOUR, Some(Hold::Cleared)] {
            let told = advance(None, both.clone(), RETRY, hold);
            assert_eq!((told.hard, told.verdict.state_type), (Some(Status::Critical), StateType::Hard));
            assert_eq!(says(&run(Some(&told), 65, Status::Ok, "no lines", hold)).0, "OK: no lines");
        }
        assert_eq!(says(&run(Some(&event), 5, Status::Ok, "no lines", None)).0, "OK: no lines");
        let mut held = event.held.unwrap();
        held.cut(at(-600).unwrap());
        assert_eq!((Some(held.last), held.until), (at(-600), at(-540)), "the clock was set back");
    }
}
