//! The reserved check `roundsman`: what the runtime says of itself, as every output shows it. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Caller;
use super::fault::{Fault, first_line};
use super::plan::Busy;
use roundsman_contract::Status;
use roundsman_contract::report::{Hanging, Usage};
use roundsman_verdict::check_status::RESERVED;
use roundsman_verdict::judge::humanize::time_between;
use roundsman_verdict::judge::{State, StateType, Verdict, worst};

/// Facts of a round for the check `roundsman`.
#[derive(Debug)]
pub struct RoundFacts<'a> {
    pub faults: &'a [Fault],
    /// Since when the round runs that has each, where that is known.
    pub busy: &'a [(Busy, Option<Timestamp>)],
    /// Due, and not begun or not ended in time.
    pub not_reached: &'a [String],
    /// Readers that nobody can end.
    pub hanging: &'a [Hanging],
    /// How it is with each receiver, a line each.
    pub receivers: &'a [String],
    pub configured: usize,
    pub run: usize,
}

/// Finds those of the checks that run elsewhere whose run lasts longer than the time between two starts. One that
/// another round began since then is the run that was due; and what a person asked for out of turn was not due at all.
#[must_use]
pub(crate) fn overrun(
    busy: &[(Busy, Option<Timestamp>)],
    caller: Caller,
    now: Timestamp,
    tick: Duration,
) -> Vec<(Busy, Option<Timestamp>)> {
    if caller == Caller::Person {
        return Vec::new();
    }
    // cron starts some seconds early or late, and waits its share of the splay.
    let long_ago = now.checked_sub(tick / 2).unwrap_or(Timestamp::MIN);
    busy.iter().filter(|(_, since)| since.is_none_or(|since| since <= long_ago)).cloned().collect()
}

/// Returns the verdict of the runtime on itself: the worst of its faults, WARNING where a check was not run that was due.
#[must_use]
pub(crate) fn verdict(account: &RoundFacts<'_>, started: Timestamp, duration: Duration, interval: Duration) -> Verdict {
    let stuck = !account.hanging.is_empty();
    let skipped = !account.busy.is_empty() || !account.not_reached.is_empty();
    let least = if skipped || stuck { Status::Warning } else { Status::Ok };
    let status = account.faults.iter().map(|fault| fault.kind.status()).fold(least, worst);
    let counts = [
        (account.faults.len(), "fault"),
        (account.busy.len(), "still running"),
        (account.not_reached.len(), "not reached"),
        (account.hanging.len(), "stuck in the kernel"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| match *what {
        "fault" if *count > 1 => format!("{count} faults"),
        what => format!("{count} {what}"),
    });
    let summary = [format!("{} of {} checks run", account.run, account.configured)].into_iter().chain(counts);
    let faults = account.faults.iter().map(|fault| first_line(&fault.message).to_owned());
    let busy = account.busy.iter().map(|(busy, since)| still_runs(busy, *since, started));
    let late = account
        .not_reached
        .iter()
        .map(|name| format!("the round had no time left for `{name}`: the next round runs it first"));
    let stuck = account.hanging.iter().map(|hanging| format!("`{}`: {hanging}: no other is started", hanging.check));
    Verdict {
        check: RESERVED.to_owned(),
        component: None,
        state: State::Done,
        status: Some(status),
        summary: summary.collect::<Vec<_>>().join(", "),
        breaches: Vec::new(),
        details: faults.chain(busy).chain(late).chain(stuck).chain(account.receivers.iter().cloned()).collect(),
        subchecks: Vec::new(),
        metrics: Vec::new(),
        failure: None,
        attempt: 1,
        state_type: StateType::Hard,
        started: Some(started),
        duration,
        interval: Some(interval),
        last_success: Some(started),
        next_due: None,
        usage: Usage::default(),
        denials: Vec::new(),
        log: Vec::new(),
        log_dropped: 0,
        recovered: false,
        labels: BTreeMap::new(),
    }
}

/// Writes `` `disk` is running since 2026-11-22T19:10:00Z, for 4 min, pid 4711: not started again ``. Time and pid are those of the
/// round that holds the lock, which is not told when it began this one of its checks: it has run for no longer than that,
/// and whoever ends that process ends it.
#[must_use]
pub(crate) fn still_runs(busy: &Busy, since: Option<Timestamp>, now: Timestamp) -> String {
    let age = |since| format!(" since {since:.0}, for {}", time_between(since, now));
    let since = since.map_or_else(String::new, age);
    let pid = if busy.pid == 0 { String::new() } else { format!(", pid {}", busy.pid) };
    format!("`{}` is running{since}{pid}: not started again", busy.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::round::fault::FaultKind;

    fn account(account: &RoundFacts<'_>) -> (Status, String, Vec<String>) {
        let at: Timestamp = "2026-11-22T19:14:03Z".parse().unwrap();
        let verdict = verdict(account, at, Duration::from_millis(300), Duration::from_secs(60));
        (verdict.status.unwrap(), verdict.summary, verdict.details)
    }

    const QUIET: RoundFacts<'static> =
        RoundFacts { faults: &[], busy: &[], not_reached: &[], hanging: &[], receivers: &[], configured: 9, run: 3 };

    #[test]
    fn a_round_without_trouble_is_ok() {
        assert_eq!(account(&QUIET), (Status::Ok, "3 of 9 checks run".to_owned(), Vec::new()));
    }

    #[test]
    fn the_worst_fault_decides_and_lines_of_files_are_not_shown() {
        let faults = [
            Fault { kind: FaultKind::ConfigRefused, message: "a.toml:3:1: unknown key\n  password = \"x\"".to_owned() },
            Fault::new(FaultKind::NotStored, "/var/lib/roundsman/results: ENOSPC"),
        ];
        let (status, summary, details) = account(&RoundFacts { faults: &faults, ..QUIET });
        assert_eq!((status, summary.as_str()), (Status::Critical, "3 of 9 checks run, 2 faults"));
        assert_eq!(details, ["a.toml:3:1: unknown key", "/var/lib/roundsman/results: ENOSPC"]);
    }

    #[test]
    fn what_was_not_run_is_a_warning_that_names_it() {
        let busy = [(Busy { name: "disk".to_owned(), pid: 4711 }, Some("2026-11-22T19:10:00Z".parse().unwrap()))];
        let (status, summary, details) =
            account(&RoundFacts { busy: &busy, not_reached: &["log".to_owned()], ..QUIET });
        assert_eq!((status, summary.as_str()), (Status::Warning, "3 of 9 checks run, 1 still running, 1 not reached"));
        assert_eq!(
            details,
            [
                "`disk` is running since 2026-11-22T19:10:00Z, for 4 min, pid 4711: not started again",
                "the round had no time left for `log`: the next round runs it first"
            ]
        );
    }

    #[test]
    fn a_run_that_is_the_one_that_was_due_is_no_trouble() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let busy = |since| vec![(Busy { name: "disk".to_owned(), pid: 4711 }, since)];
        let now = at("2026-11-22T19:14:03Z").unwrap();
        let overrun = |since, caller| overrun(&busy(since), caller, now, Duration::from_secs(60)).len();
        // A person's `run --all` began some seconds before cron's round, and the other way round.
        assert_eq!(overrun(at("2026-11-22T19:13:58Z"), Caller::Cron), 0);
        assert_eq!(overrun(at("2026-11-22T19:13:58Z"), Caller::Person), 0);
        assert_eq!(overrun(at("2026-11-22T19:13:03Z"), Caller::Person), 0);
        // The round before still has it, or nobody knows who.
        assert_eq!(overrun(at("2026-11-22T19:13:03Z"), Caller::Cron), 1);
        assert_eq!(overrun(None, Caller::Cron), 1);
    }

    #[test]
    fn of_who_holds_a_lock_is_told_what_is_known() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (now, busy) = (at("2026-11-22T19:14:03Z"), |pid| Busy { name: "disk".to_owned(), pid });
        assert_eq!(still_runs(&busy(0), None, now), "`disk` is running: not started again");
        assert_eq!(still_runs(&busy(4711), None, now), "`disk` is running, pid 4711: not started again");
        // The clock went back.
        let later = still_runs(&busy(4711), Some(at("2026-11-22T19:20:00Z")), now);
        assert_eq!(later, "`disk` is running since 2026-11-22T19:20:00Z, for 0 s, pid 4711: not started again");
    }

    #[test]
    fn a_reader_that_hangs_is_a_warning_that_names_it() {
        let hanging = Hanging {
            kind: Default::default(),
            check: "disk".to_owned(),
            path: "/srv/nfs".to_owned(),
            pid: 4711,
            start: 1,
            since: "2026-11-22T19:10:00Z".parse().unwrap(),
        };
        let (status, summary, details) = account(&RoundFacts { hanging: &[hanging], ..QUIET });
        assert_eq!((status, summary.as_str()), (Status::Warning, "3 of 9 checks run, 1 stuck in the kernel"));
        assert_eq!(details, ["`disk`: `/srv/nfs` hangs since 2026-11-22T19:10:00Z, reader 4711: no other is started"]);
    }
}
