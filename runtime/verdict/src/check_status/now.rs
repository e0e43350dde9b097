//! A check as it is at a time: what its last run said, unless that is too long ago or an operator paused the check. Pure.

use jiff::Timestamp;

use super::{Ack, CheckStatus, Pause};
use crate::check_status::RESERVED;
use crate::judge::humanize::{Now, time_between};
use crate::judge::{MessageLines, State, Verdict, message_lines};
use roundsman_contract::Status;
use roundsman_contract::report::{Failure, FailureKind};

/// Text for rounds that are missing.
const NO_ROUNDS: &str = "no round has ended since: is the line of cron in place, and does cron run?";

impl CheckStatus {
    /// Returns the pause, as long as it holds.
    #[must_use]
    pub fn paused(&self, now: Timestamp) -> Option<&Pause> {
        self.pause.as_deref().filter(|pause| pause.until > now)
    }

    /// Returns the word of an operator that the trouble is known, as long as it holds.
    #[must_use]
    pub fn acknowledged(&self, now: Timestamp) -> Option<&Ack> {
        self.ack.as_deref().filter(|ack| ack.until.is_none_or(|until| until > now))
    }

    /// Ends what is over, and cuts what would last longer as the clock was set back.
    pub fn silenced_from(&mut self, now: Timestamp) {
        self.pause.iter_mut().for_each(|pause| pause.cut(now));
        self.ack.iter_mut().for_each(|ack| ack.cut(now));
        self.held.iter_mut().for_each(|held| held.cut(now));
        self.pause.take_if(|pause| pause.until <= now);
        self.ack.take_if(|ack| ack.until.is_some_and(|until| until <= now));
    }

    /// Tells whether nobody is to be alerted.
    #[must_use]
    pub(crate) fn is_silenced(&self, now: Timestamp) -> bool {
        self.paused(now).is_some() || self.acknowledged(now).is_some()
    }

    /// Tells whether the last outcome is too old to be believed. A check that nobody wants to run is not late.
    #[must_use]
    pub(crate) fn is_stale(&self, now: Timestamp) -> bool {
        self.overdue.is_some_and(|overdue| overdue <= now) && self.paused(now).is_none()
    }

    /// Returns the verdict that holds at a time. Old values are left out, as they would pass for new ones.
    #[must_use]
    pub fn as_of(&self, now: impl Into<Now>) -> Verdict {
        let now = now.into();
        let verdict = if self.outcome_lost { self.of_lost() } else { self.verdict.clone() };
        let verdict = match self.paused(now.at) {
            Some(pause) => return paused(verdict, pause, &now),
            None if self.is_stale(now.at) => stale(&verdict, &now),
            None => verdict,
        };
        match self.acknowledged(now.at) {
            Some(ack) => acknowledged(verdict, ack, &now),
            None => verdict,
        }
    }

    /// The verdict for a monitoring system that is to alert nobody of a check that is paused: it has no status, and says what
    /// was before.
    #[must_use]
    pub fn without_alert(&self, now: impl Into<Now>) -> Verdict {
        let now = now.into();
        let verdict = self.as_of(now.clone());
        let Some(pause) = self.paused(now.at).filter(|_| verdict.state == State::Paused) else { return verdict };
        let unpaused = Self { pause: None, overdue: None, ..self.clone() };
        let before = MessageLines::of(&unpaused.as_of(now.clone())).first();
        let summary = format!("until {}: {}; before: {before}", now.show(pause.until), pause.reason);
        let (breaches, subchecks, details) = (Vec::new(), Vec::new(), Vec::new());
        Verdict { status: None, summary, failure: None, breaches, subchecks, details, ..verdict }
    }

    /// Says that nothing is known of the last run but what was counted.
    fn of_lost(&self) -> Verdict {
        let was = message_lines::state_word(&self.verdict);
        let message = format!("what its last run said was lost with a damaged file (it was {was}): the next run tells");
        Verdict {
            state: State::Failed,
            status: Some(Status::Unknown),
            summary: message.clone(),
            failure: Some(Failure::new(FailureKind::Internal, message)),
            ..self.verdict.clone()
        }
    }
}

/// Returns the last status, and who wants no other.
fn paused(mut verdict: Verdict, pause: &Pause, now: &Now) -> Verdict {
    let note = format!("paused until {}: {}", now.show(pause.until), pause.reason);
    if verdict.state != State::NotApplicable {
        verdict.state = State::Paused;
    }
    if let Some(failure) = &mut verdict.failure {
        failure.message = format!("{}; {note}", failure.message);
    }
    verdict.summary = if verdict.summary.is_empty() { note } else { format!("{note}; {}", verdict.summary) };
    verdict.metrics.clear();
    verdict
}

/// Returns the same status, with who knows of it.
fn acknowledged(mut verdict: Verdict, ack: &Ack, now: &Now) -> Verdict {
    let said = |text: &str| format!("{text} ({})", ack.said(now)).trim_start().to_owned();
    if let Some(failure) = &mut verdict.failure {
        failure.message = said(&failure.message);
    }
    verdict.summary = said(&verdict.summary);
    verdict
}

fn stale(last: &Verdict, now: &Now) -> Verdict {
    let summary = match last.started {
        Some(started) => {
            let (age, said) = (time_between(started, now.at), MessageLines::of(last).first());
            format!("stale: no outcome for {age}, since {}; the last: {said}", now.show(started))
        }
        None => "stale: it has not run yet".to_owned(),
    };
    let details = (last.check == RESERVED).then(|| NO_ROUNDS.to_owned());
    Verdict {
        state: State::Stale,
        status: Some(Status::Unknown),
        summary,
        failure: None,
        breaches: Vec::new(),
        details: details.into_iter().collect(),
        subchecks: Vec::new(),
        metrics: Vec::new(),
        denials: Vec::new(),
        log: Vec::new(),
        log_dropped: 0,
        ..last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;
    use roundsman_contract::Unit;
    use roundsman_contract::report::{Failure, FailureKind};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn now() -> Timestamp {
        at("2026-11-22T21:14:03Z")
    }

    /// Due long ago, and with a value.
    fn overdue() -> CheckStatus {
        let metrics = vec![sample::metric("used", 1.0, Unit::Number, &[])];
        let check_status = CheckStatus::pending(sample::verdict());
        let verdict = Verdict { metrics, ..sample::verdict() };
        CheckStatus { verdict, overdue: Some(at("2026-11-22T19:25:00Z")), ..check_status }
    }

    fn first(check_status: &CheckStatus) -> String {
        MessageLines::of(&check_status.as_of(now())).first()
    }

    #[test]
    fn what_is_in_time_is_what_the_run_said() {
        let fresh = CheckStatus { overdue: Some(at("2026-11-22T21:14:04Z")), ..overdue() };
        assert_eq!(fresh.as_of(now()), fresh.verdict);
    }

    #[test]
    fn what_is_stale_is_unknown_and_says_what_was() {
        let stale = overdue().as_of(now());
        assert_eq!((stale.state, stale.status, stale.metrics.len()), (State::Stale, Some(Status::Unknown), 0));
        assert_eq!(stale.started, overdue().verdict.started, "an old result gets no new time");
        assert_eq!(
            first(&overdue()),
            "UNKNOWN: stale: no outcome for 2 h, since 2026-11-22T19:14:03Z; the last: OK: 2 of 2 mounted"
        );
        let never = CheckStatus { overdue: Some(now()), ..CheckStatus::pending(sample::verdict()) };
        let never = CheckStatus { verdict: Verdict { started: None, ..never.verdict }, ..never };
        assert_eq!(first(&never), "UNKNOWN: stale: it has not run yet");
        let rounds = Verdict { check: RESERVED.to_owned(), ..overdue().verdict };
        assert_eq!(CheckStatus { verdict: rounds, ..overdue() }.as_of(now()).details, [NO_ROUNDS]);
    }

    #[test]
    fn what_is_paused_has_its_last_status_and_says_so_until_the_pause_ends() {
        let pause = |until: &str| Some(Pause { until: at(until), reason: "new disks".to_owned(), by: None, at: None });
        let paused = CheckStatus { pause: pause("2026-11-22T22:00:00Z").map(Box::new), ..overdue() };
        let verdict = paused.as_of(now());
        assert_eq!((verdict.state, verdict.status, verdict.metrics.len()), (State::Paused, Some(Status::Ok), 0));
        assert_eq!(first(&paused), "OK: paused until 2026-11-22T22:00:00Z: new disks; 2 of 2 mounted");
        let failed = Verdict { failure: Some(Failure::new(FailureKind::Io, "gone")), ..paused.verdict.clone() };
        let failed = CheckStatus { verdict: failed, ..paused };
        assert_eq!(first(&failed), "OK: io: gone; paused until 2026-11-22T22:00:00Z: new disks");
        let over = CheckStatus { pause: pause("2026-11-22T21:14:03Z").map(Box::new), ..overdue() };
        assert_eq!(over.as_of(now()).state, State::Stale);
    }

    #[test]
    fn what_is_paused_alerts_nobody_and_what_is_acknowledged_says_who_knows() {
        let verdict = Verdict { status: Some(Status::Critical), ..sample::verdict() };
        let check_status = CheckStatus { verdict, ..CheckStatus::pending(sample::verdict()) };
        let reason = "new disks".to_owned();
        let pause = Pause { until: at("2026-11-22T22:00:00Z"), reason: reason.clone(), by: None, at: None };
        let quiet = CheckStatus { pause: Some(Box::new(pause)), ..check_status.clone() }.without_alert(now());
        assert_eq!((quiet.status, quiet.state), (None, State::Paused));
        let said = "PAUSED until 2026-11-22T22:00:00Z: new disks; before: CRITICAL: 2 of 2 mounted";
        assert_eq!(MessageLines::of(&quiet).first(), said);
        let ack = Ack::of(&check_status, Status::Critical, "alice".to_owned(), now(), reason);
        let known = CheckStatus { ack: Some(Box::new(ack.clone())), ..check_status.clone() };
        assert_eq!(first(&known), "CRITICAL: 2 of 2 mounted (acknowledged by alice: new disks)");
        assert_eq!([known.as_of(now()).status, known.without_alert(now()).status], [Some(Status::Critical); 2]);
        let timed =
            CheckStatus { ack: Some(Box::new(Ack { until: Some(at("2026-11-22T22:00:00Z")), ..ack })), ..check_status };
        assert_eq!(
            first(&timed),
            "CRITICAL: 2 of 2 mounted (acknowledged by alice until 2026-11-22T22:00:00Z: new disks)"
        );
    }
}
