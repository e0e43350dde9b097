//! Choice of the runs that a receiver of state gets now: of each check the newest, once, and the begin of a silence. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cursor::SilencedRun;
use super::filter::Only;
use crate::check_status::CheckStatus;
use crate::outputs::host::HostNames;

/// Chooses the checks that have run since, or were silenced since.
#[must_use]
pub fn news<'a>(
    checks: &'a BTreeMap<String, CheckStatus>,
    has: &BTreeMap<String, SilencedRun>,
    only: &Only,
    host: &HostNames<'_>,
    now: Timestamp,
) -> Vec<(&'a str, SilencedRun, &'a CheckStatus)> {
    let wanted = checks
        .iter()
        .filter(|(check, check_status)| only.chooses(check, &[&check_status.verdict.labels, &host.labels]));
    let runs = wanted.filter_map(|(check, check_status)| {
        let run = SilencedRun { started: check_status.verdict.started?, silence: silence(check_status, now) };
        let known = has.get(check);
        // The end of a silence comes with the next run: the same result twice would count as two.
        let is_new = known.is_none_or(|known| {
            known.started != run.started || (run.silence.is_some() && known.silence != run.silence)
        });
        is_new.then_some((check.as_str(), run, check_status))
    });
    runs.collect()
}

/// Returns the end of the time in which nobody is to be alerted, as far as that is known.
fn silence(check_status: &CheckStatus, now: Timestamp) -> Option<Timestamp> {
    let paused = check_status.paused(now).map(|pause| pause.until);
    paused.or_else(|| check_status.acknowledged(now).map(|ack| ack.at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_status::Pause;
    use crate::judge::{Verdict, sample};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_run_and_each_begin_of_a_silence_is_news_once() {
        let verdict = Verdict { started: Some(at(100)), ..sample::verdict() };
        let mut check_status = CheckStatus { verdict: verdict.clone(), ..CheckStatus::pending(verdict) };
        let mut has = BTreeMap::new();
        let mut news_at = |check_status: &CheckStatus, second| {
            let checks = BTreeMap::from([("disk".to_owned(), check_status.clone())]);
            let found = news(&checks, &has, &Only::default(), &"web1".into(), at(second));
            let count = found.len();
            has.extend(found.into_iter().map(|(check, run, _)| (check.to_owned(), run)));
            count
        };
        assert_eq!([news_at(&check_status, 101), news_at(&check_status, 160)], [1, 0]);
        let (until, reason, by) = (at(1_000), String::new(), None);
        check_status.pause = Some(Box::new(Pause { until, reason, by, at: Some(at(170)) }));
        assert_eq!([news_at(&check_status, 180), news_at(&check_status, 240)], [1, 0]);
        assert_eq!(news_at(&check_status, 1_001), 0, "that it ends comes with the next run");
        check_status.verdict.started = Some(at(1_020));
        assert_eq!(news_at(&check_status, 1_030), 1);
    }
}
