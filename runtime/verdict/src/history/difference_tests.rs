use super::*;
use crate::check_status::Retry;
use crate::check_status::{Ack, advance};
use crate::judge::{JudgedSubcheck, Verdict, sample};
use roundsman_contract::report::{Failure, FailureKind};

const RETRY: Retry = Retry { attempts: 2, every: None };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn labels(mount: &str) -> Vec<(String, String)> {
    vec![("mount".to_owned(), mount.to_owned())]
}

/// Returns a run of `disk`, with these subchecks.
fn run(second: i64, status: Status, mounts: &[(&str, Status)]) -> Verdict {
    let subcheck = |(mount, status): &(&str, Status)| JudgedSubcheck {
        labels: labels(mount),
        status: *status,
        text: format!("{mount} was seen"),
        failure: None,
    };
    let subchecks = mounts.iter().map(subcheck).collect();
    Verdict { started: Some(at(second)), status: Some(status), subchecks, ..sample::verdict() }
}

/// Host with one check, whose state is written after each run.
#[derive(Default)]
struct Host {
    written: HardStatuses,
    checks: BTreeMap<String, CheckStatus>,
}

impl Host {
    fn runs(&mut self, verdict: Verdict) {
        let check_status = advance(self.checks.get("disk"), verdict, RETRY);
        self.checks.insert("disk".to_owned(), check_status);
    }

    fn found(&self, noted_since: &[HistoryEntry]) -> Vec<Change> {
        changes(&KnownStatuses::of(&self.written, noted_since), &self.checks, at(1_000))
    }

    fn writes(&mut self) -> Vec<String> {
        let found = self.found(&[]);
        self.written = HardStatuses::of(&self.checks);
        found.iter().map(said).collect()
    }

    fn run(&mut self, verdict: Verdict) -> Vec<String> {
        self.runs(verdict);
        self.writes()
    }
}

fn said(change: &Change) -> String {
    let word = |status: Option<Status>| status.map_or("-", crate::judge::message_lines::status_word);
    let subcheck = change.subcheck.as_deref().map(crate::judge::message_lines::label_values).unwrap_or_default();
    let since = change.since.map_or(-1, Timestamp::as_second);
    format!("{}{subcheck} {} {} {since}", change.check, word(change.from), word(change.to))
}

#[test]
fn only_what_is_hard_is_a_change_and_each_subcheck_has_its_own() {
    let (ok, critical) = (Status::Ok, Status::Critical);
    let mut host = Host::default();
    assert_eq!(host.run(run(1, ok, &[("/a", ok), ("/d", ok)])), ["disk - OK 1"]);
    assert_eq!(host.run(run(2, critical, &[("/a", critical), ("/d", ok)])), [""; 0]);
    let first = ["disk OK CRITICAL 2", "disk/a - CRITICAL 2"];
    assert_eq!(host.run(run(3, critical, &[("/a", critical), ("/d", critical)])), first);
    assert_eq!(host.run(run(4, critical, &[("/a", critical), ("/d", critical)])), ["disk/d - CRITICAL 3"]);
    let failed = Verdict { failure: Some(Failure::new(FailureKind::Io, "gone")), ..run(5, Status::Unknown, &[]) };
    assert_eq!(host.run(failed), ["disk CRITICAL UNKNOWN 5"], "a run that failed says nothing of subchecks");
    let recovered = ["disk UNKNOWN CRITICAL 6", "disk/a CRITICAL OK 6"];
    assert_eq!(host.run(run(6, critical, &[("/a", ok), ("/d", critical)])), recovered);
    assert_eq!(host.run(run(7, ok, &[("/a", ok)])), ["disk CRITICAL OK 7", "disk/d CRITICAL - 7"], "unmounted");
    assert_eq!(host.run(run(8, ok, &[("/a", ok)])), [""; 0]);
    host.checks.clear();
    assert_eq!(host.writes(), ["disk OK - -1"]);
}

#[test]
fn subchecks_that_are_too_many_are_followed_no_more_and_that_is_said() {
    let names: Vec<String> = (0..=trouble::MOST).map(|number| format!("/{number}")).collect();
    let bad = |count: usize| names[..count].iter().map(|name| (name.as_str(), Status::Critical)).collect::<Vec<_>>();
    let mut host = Host::default();
    host.run(run(1, Status::Critical, &bad(2)));
    host.run(run(2, Status::Critical, &bad(2)));
    assert_eq!(host.run(run(3, Status::Critical, &bad(names.len()))), ["disk/0 CRITICAL - 3", "disk/1 CRITICAL - 3"]);
}

#[test]
fn what_a_killed_round_noted_is_neither_lost_nor_noted_again() {
    let noted = |change: Change| HistoryEntry { sequence: 5, time: at(9), event: Event::Change(change) };
    let mut host = Host::default();
    host.run(run(1, Status::Ok, &[]));
    host.runs(run(2, Status::Critical, &[("/a", Status::Critical)]));
    host.runs(run(3, Status::Critical, &[("/a", Status::Critical)]));
    // Noted, and killed before the state was written. The next run finds the same, or that all is well by then.
    let tail: Vec<HistoryEntry> = host.found(&[]).into_iter().map(noted).collect();
    assert_eq!(tail.len(), 2);
    assert_eq!(host.found(&tail), []);
    host.runs(run(4, Status::Ok, &[("/a", Status::Ok)]));
    let said: Vec<String> = host.found(&tail).iter().map(said).collect();
    assert_eq!(said, ["disk CRITICAL OK 4", "disk/a CRITICAL OK 4"]);
    let over: Vec<HistoryEntry> = host.found(&tail).into_iter().map(noted).collect();
    assert_eq!(host.found(&[tail, over].concat()), []);
}

#[test]
fn a_change_says_who_silenced_it_and_holds_no_more_text_than_has_room() {
    let mut host = Host::default();
    host.run(run(1, Status::Ok, &[]));
    host.runs(Verdict { summary: "\n".repeat(10_000), ..run(2, Status::Critical, &[]) });
    host.runs(Verdict { summary: "\n".repeat(10_000), ..run(3, Status::Critical, &[]) });
    let check_status = &host.checks["disk"];
    let ack = Ack::of(check_status, Status::Critical, "alice".to_owned(), at(2), "known".to_owned());
    host.checks.insert("disk".to_owned(), CheckStatus { ack: Some(Box::new(ack)), ..check_status.clone() });
    let found = host.found(&[]);
    let silenced = Silenced { by: Some("alice".to_owned()), reason: "known".to_owned(), until: None, paused: false };
    assert_eq!((found.len(), found[0].silenced.as_ref()), (1, Some(&silenced)));
    assert_eq!(found[0].summary.chars().filter(|one| *one == '\n').count(), SUMMARY / 2);
}
