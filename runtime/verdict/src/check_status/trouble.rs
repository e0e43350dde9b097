//! Attempts and hard status of each subcheck that is not OK, as of the check itself. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::next_attempt;
use crate::check_status::Retry;
use crate::judge::{StateType, Verdict};
use roundsman_contract::Status;

/// Subchecks that are counted; where more are not OK, only the check is.
pub(crate) const MOST: usize = 256;

/// A subcheck that is not OK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub labels: Vec<(String, String)>,
    pub status: Status,
    pub state_type: StateType,
    pub attempt: u32,
    /// The last status that was hard; `None` before the first.
    pub hard: Option<Status>,
    /// When the status became what it is.
    pub since: Option<Timestamp>,
}

/// Tells whether more subchecks are not OK than are counted.
#[must_use]
pub(crate) fn are_too_many(verdict: &Verdict) -> bool {
    verdict.subchecks.iter().filter(|subcheck| subcheck.status != Status::Ok).count() > MOST
}

/// Counts on from what was. A run that failed says nothing of any subcheck, and changes none.
#[must_use]
pub(crate) fn advance(before: &[Trouble], verdict: &Verdict, retry: Retry) -> Vec<Trouble> {
    if verdict.failure.is_some() {
        return before.to_vec();
    }
    if are_too_many(verdict) {
        return Vec::new();
    }
    let known: BTreeMap<&[(String, String)], &Trouble> =
        before.iter().map(|trouble| (trouble.labels.as_slice(), trouble)).collect();
    let bad = verdict.subchecks.iter().filter(|subcheck| subcheck.status != Status::Ok);
    let counted = bad.map(|subcheck| {
        let before = known.get(subcheck.labels.as_slice());
        let (state_type, attempt) = next_attempt(before.map(|before| (before.state_type, before.attempt)), retry);
        let as_before = before.filter(|before| before.status == subcheck.status);
        Trouble {
            labels: subcheck.labels.clone(),
            status: subcheck.status,
            state_type,
            attempt,
            hard: match state_type {
                StateType::Hard => Some(subcheck.status),
                StateType::Soft => before.and_then(|before| before.hard),
            },
            since: as_before.map_or(verdict.started, |before| before.since),
        }
    });
    counted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{JudgedSubcheck, sample};
    use roundsman_contract::report::{Failure, FailureKind};

    const RETRY: Retry = Retry { attempts: 2, every: None };

    fn run(bad: &[&str]) -> Verdict {
        let subcheck = |name: &&str| JudgedSubcheck {
            labels: vec![("mount".to_owned(), (*name).to_owned())],
            status: Status::Critical,
            text: String::new(),
            failure: None,
        };
        Verdict { subchecks: bad.iter().map(subcheck).collect(), ..sample::verdict() }
    }

    fn counts(troubles: &[Trouble]) -> Vec<(String, StateType, u32)> {
        troubles.iter().map(|one| (one.labels[0].1.clone(), one.state_type, one.attempt)).collect()
    }

    #[test]
    fn each_is_counted_by_itself() {
        let (soft, hard) = (StateType::Soft, StateType::Hard);
        let once = advance(&[], &run(&["/archive"]), RETRY);
        assert_eq!(counts(&once), [("/archive".to_owned(), soft, 1)]);
        let twice = advance(&once, &run(&["/archive", "/data"]), RETRY);
        assert_eq!(counts(&twice), [("/archive".to_owned(), hard, 2), ("/data".to_owned(), soft, 1)]);
        assert_eq!((twice[0].hard, twice[1].hard), (Some(Status::Critical), None));
        assert_eq!(counts(&advance(&twice, &run(&["/data"]), RETRY)), [("/data".to_owned(), hard, 2)]);
        let failed = Verdict { failure: Some(Failure::new(FailureKind::Io, "gone")), ..run(&[]) };
        assert_eq!(advance(&twice, &failed, RETRY), twice, "a failure knows nothing of them");
        assert_eq!(advance(&twice, &run(&[]), RETRY), []);
    }

    #[test]
    fn of_too_many_none_is_counted() {
        let names: Vec<String> = (0..=MOST).map(|name| name.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(advance(&[], &run(&names[1..]), RETRY).len(), MOST);
        assert!(!are_too_many(&run(&names[1..])) && are_too_many(&run(&names)));
        assert_eq!(advance(&[], &run(&names), RETRY), []);
    }
}
