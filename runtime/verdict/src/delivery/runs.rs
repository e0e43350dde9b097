//! Which runs a receiver of state is to get now: of each check the newest, once, and the begin of a silence. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cursor::SilencedRun;
use super::filter::Only;
use crate::outputs::host::HostNames;
use crate::standing::Standing;

/// Chooses the checks that have run since, or were silenced since.
#[must_use]
pub fn news<'a>(
    checks: &'a BTreeMap<String, Standing>,
    has: &BTreeMap<String, SilencedRun>,
    only: &Only,
    host: &HostNames<'_>,
    now: Timestamp,
) -> Vec<(&'a str, SilencedRun, &'a Standing)> {
    let wanted =
        checks.iter().filter(|(check, standing)| only.chooses(check, &[&standing.verdict.labels, &host.labels]));
    let runs = wanted.filter_map(|(check, standing)| {
        let run = SilencedRun { started: standing.verdict.started?, silence: silence(standing, now) };
        let known = has.get(check);
        // The end of a silence comes with the next run: the same result twice would count as two.
        let is_new = known.is_none_or(|known| {
            known.started != run.started || (run.silence.is_some() && known.silence != run.silence)
        });
        is_new.then_some((check.as_str(), run, standing))
    });
    runs.collect()
}

/// Returns the end of the time in which nobody is to be alerted, as far as that is known.
fn silence(standing: &Standing, now: Timestamp) -> Option<Timestamp> {
    let paused = standing.paused(now).map(|pause| pause.until);
    paused.or_else(|| standing.acknowledged(now).map(|ack| ack.at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Verdict, sample};
    use crate::standing::Pause;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_run_and_each_begin_of_a_silence_is_news_once() {
        let verdict = Verdict { started: Some(at(100)), ..sample::verdict() };
        let mut standing = Standing { verdict: verdict.clone(), ..Standing::pending(verdict) };
        let mut has = BTreeMap::new();
        let mut news_at = |standing: &Standing, second| {
            let checks = BTreeMap::from([("disk".to_owned(), standing.clone())]);
            let found = news(&checks, &has, &Only::default(), &"web1".into(), at(second));
            let count = found.len();
            has.extend(found.into_iter().map(|(check, run, _)| (check.to_owned(), run)));
            count
        };
        assert_eq!([news_at(&standing, 101), news_at(&standing, 160)], [1, 0]);
        let (until, reason, by) = (at(1_000), String::new(), None);
        standing.pause = Some(Pause { until, reason, by, at: Some(at(170)) });
        assert_eq!([news_at(&standing, 180), news_at(&standing, 240)], [1, 0]);
        assert_eq!(news_at(&standing, 1_001), 0, "that it ends comes with the next run");
        standing.verdict.started = Some(at(1_020));
        assert_eq!(news_at(&standing, 1_030), 1);
    }
}
