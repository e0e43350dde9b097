//! Compares where every check stood when the state was last written with where it stands now. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Change, Event, HistoryEntry, Silenced};
use crate::check_status::CheckStatus;
use crate::check_status::trouble;
use crate::judge::MessageLines;
use roundsman_contract::Status;
use roundsman_grants::escape;

/// Longest text of a change, in bytes as JSON: the results hold the whole of it.
const SUMMARY: usize = 512;

/// A check, or one of its subchecks by the labels.
type SubjectRef<'a> = (&'a str, Option<&'a [(String, String)]>);

/// Hard statuses of the checks in a state, to be compared with those of a later one.
#[derive(Debug, Clone, Default)]
pub struct HardStatuses(BTreeMap<String, HardStatus>);

/// Hard status of a check, and of each of its subchecks in trouble.
#[derive(Debug, Clone)]
struct HardStatus {
    check: Option<Status>,
    troubles: Vec<(Vec<(String, String)>, Status)>,
}

impl HardStatuses {
    /// Takes those of these checks.
    #[must_use]
    pub fn of(checks: &BTreeMap<String, CheckStatus>) -> Self {
        let of_one = |(name, check_status): (&String, &CheckStatus)| {
            let troubles = check_status.troubles.iter();
            let troubles = troubles.filter_map(|trouble| Some((trouble.labels.clone(), trouble.hard?))).collect();
            (name.clone(), HardStatus { check: check_status.hard, troubles })
        };
        Self(checks.iter().map(of_one).collect())
    }
}

/// The hard status of all that has one.
#[derive(Debug, Default)]
pub struct KnownStatuses<'a>(BTreeMap<SubjectRef<'a>, Status>);

impl<'a> KnownStatuses<'a> {
    /// Takes what the state says, then what was noted after it was written: by a round that was killed between the two.
    #[must_use]
    pub fn of(written: &'a HardStatuses, noted_since: &'a [HistoryEntry]) -> Self {
        let mut known = BTreeMap::new();
        for (check, status) in &written.0 {
            let troubles = status.troubles.iter().map(|(labels, hard)| (labels.as_slice(), *hard));
            add(&mut known, check, status.check, troubles);
        }
        for entry in noted_since {
            let Event::Change(change) = &entry.event else { continue };
            let subject = (change.check.as_str(), change.subcheck.as_deref());
            // Of subchecks only those are known that are in trouble.
            let is_known = |status: &Status| change.subcheck.is_none() || *status != Status::Ok;
            match change.to.filter(is_known) {
                Some(status) => known.insert(subject, status),
                None => known.remove(&subject),
            };
        }
        Self(known)
    }
}

fn add<'a>(
    known: &mut BTreeMap<SubjectRef<'a>, Status>,
    check: &'a str,
    hard: Option<Status>,
    troubles: impl Iterator<Item = (&'a [(String, String)], Status)>,
) {
    known.extend(hard.map(|hard| ((check, None), hard)));
    let in_trouble = troubles.filter(|(_, status)| *status != Status::Ok);
    known.extend(in_trouble.map(|(labels, status)| ((check, Some(labels)), status)));
}

/// Finds what changed, by check; a check comes before its subchecks.
#[must_use]
pub fn changes(before: &KnownStatuses<'_>, checks: &BTreeMap<String, CheckStatus>, now: Timestamp) -> Vec<Change> {
    let mut after = BTreeMap::new();
    for (check, check_status) in checks {
        let troubles = check_status.troubles.iter();
        let troubles = troubles.filter_map(|trouble| Some((trouble.labels.as_slice(), trouble.hard?)));
        add(&mut after, check, check_status.hard, troubles);
    }
    let mut changes: BTreeMap<SubjectRef<'_>, Change> = BTreeMap::new();
    for (subject, to) in &after {
        let from = before.0.get(subject).copied();
        if from != Some(*to) {
            changes.insert(*subject, change(*subject, from, Some(*to), checks.get(subject.0), now));
        }
    }
    for (subject, from) in before.0.iter().filter(|(subject, _)| !after.contains_key(*subject)) {
        let check_status = checks.get(subject.0);
        let to = subject.1.and_then(|labels| is_well(check_status?, labels).then_some(Status::Ok));
        changes.insert(*subject, change(*subject, Some(*from), to, check_status, now));
    }
    changes.into_values().collect()
}

/// Tells whether the last run saw this subcheck, and that it is OK.
fn is_well(check_status: &CheckStatus, labels: &[(String, String)]) -> bool {
    let seen = check_status.verdict.subchecks.iter().find(|subcheck| subcheck.labels == labels);
    seen.is_some_and(|subcheck| subcheck.status == Status::Ok)
}

fn change(
    (check, labels): SubjectRef<'_>,
    from: Option<Status>,
    to: Option<Status>,
    check_status: Option<&CheckStatus>,
    now: Timestamp,
) -> Change {
    let (since, summary) = match (check_status, labels) {
        (Some(check_status), None) => (check_status.since, MessageLines::of(&check_status.verdict).facts),
        (Some(check_status), Some(labels)) => of_subcheck(check_status, labels),
        (None, _) => (None, "the check is configured no more".to_owned()),
    };
    Change {
        check: check.to_owned(),
        subcheck: labels.map(<[_]>::to_vec),
        from,
        to,
        since,
        summary: escape::clip(&summary, SUMMARY),
        silenced: check_status.and_then(|check_status| silenced(check_status, now)),
    }
}

fn of_subcheck(check_status: &CheckStatus, labels: &[(String, String)]) -> (Option<Timestamp>, String) {
    let verdict = &check_status.verdict;
    let counted = check_status.troubles.iter().find(|trouble| trouble.labels == labels);
    let since = counted.map_or(verdict.started, |trouble| trouble.since);
    let seen = verdict.subchecks.iter().find(|subcheck| subcheck.labels == labels);
    let summary = match seen {
        Some(subcheck) => subcheck.text.clone(),
        None if trouble::are_too_many(verdict) => "too many subchecks are not OK: only the check is counted".to_owned(),
        None => "it is reported no more".to_owned(),
    };
    (since, summary)
}

fn silenced(check_status: &CheckStatus, now: Timestamp) -> Option<Silenced> {
    let pause = check_status.paused(now).map(|pause| Silenced {
        by: pause.by.clone(),
        reason: pause.reason.clone(),
        until: Some(pause.until),
        paused: true,
    });
    let ack = check_status.acknowledged(now).map(|ack| Silenced {
        by: Some(ack.by.clone()),
        reason: ack.reason.clone(),
        until: ack.until,
        paused: false,
    });
    pause.or(ack)
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
