//! Batches of outcomes that a receiver of values gets now: those behind its cursor. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use roundsman_order::{DeliveryRequest, Method};
use sha2::{Digest as _, Sha256};

use super::cursor::{CursorStep, Discovery, To};
use super::filter::Only;
use super::measured::Measured;
use crate::check_status::{CheckStatus, RESERVED};
use crate::judge::humanize::Now;
use crate::outputs::host::HostNames;
use crate::outputs::value_formats::{EncodedParts, ValueFormat};

/// Parts of a batch at most: InfluxDB wants 5,000 to 10,000 lines, a trapper takes 5,000 values.
const PARTS: usize = 5_000;
/// Bytes of a batch at most, but of one outcome that is larger by itself.
const BYTES: usize = 1 << 20;

/// Time after which what is to be discovered is said again: the receiver may have forgotten it.
const DISCOVERED: SignedDuration = SignedDuration::from_hours(1);

/// Choice of what a receiver of values is sent.
#[derive(Debug, Clone, Copy)]
pub struct ValuesChoice<'a> {
    pub only: &'a Only,
    /// A value that did not change is wanted only so often; `None`: each time.
    pub unchanged: Option<Duration>,
    /// What is older is not wanted any more.
    pub max_age: Option<Duration>,
    pub format: &'static ValueFormat,
    /// How the receiver calls this host.
    pub object: &'a str,
}

/// Batches in their order, and what goes in none.
#[derive(Debug, Default)]
pub struct ValuesPlan {
    pub batches: Vec<Batch>,
    /// Outcomes that are too old, and the place behind the last of them.
    pub too_old: Option<(u64, u64)>,
}

/// One request, and where the receiver is once it has it.
#[derive(Debug)]
pub struct Batch {
    pub parts: Vec<String>,
    pub step: CursorStep,
}

/// Plans what is sent of the outcomes that were read, each with the place behind it, up to `end`.
#[must_use]
pub fn plan(
    read: Vec<(u64, Measured)>,
    end: u64,
    wish: ValuesChoice<'_>,
    host: &HostNames<'_>,
    now: Timestamp,
) -> ValuesPlan {
    let mut plan = ValuesPlan::default();
    let (mut bytes, mut room) = (0, false);
    for (place, measured) in read {
        if wish.max_age.is_some_and(|most| is_older(&measured, most, now)) {
            plan.too_old = Some((plan.too_old.map_or(0, |(count, _)| count) + 1, place));
            continue;
        }
        if !wish.wants(&measured, host) {
            continue;
        }
        let verdict = measured.changed(wish.unchanged);
        let EncodedParts { parts, left_out } = (wish.format.parts)(&verdict, host, wish.object);
        let more: usize = parts.iter().map(String::len).sum();
        let fits = |batch: &&mut Batch| room && batch.parts.len() + parts.len() <= PARTS && bytes + more <= BYTES;
        match plan.batches.last_mut().filter(fits) {
            Some(batch) => {
                batch.parts.extend(parts);
                let (holds, left_out) = (batch.step.holds + 1, batch.step.left_out + left_out);
                batch.step = CursorStep { to: To::Values(place), holds, left_out };
                bytes += more;
            }
            None if parts.is_empty() => {}
            None => {
                plan.batches.push(Batch { parts, step: CursorStep { to: To::Values(place), holds: 1, left_out } });
                (bytes, room) = (more, true);
            }
        }
    }
    // Behind the last batch nothing waits of what was read.
    if let Some(last) = plan.batches.last_mut() {
        last.step.to = To::Values(end);
    }
    plan
}

fn is_older(measured: &Measured, most: Duration, now: Timestamp) -> bool {
    let most = SignedDuration::try_from(most).unwrap_or(SignedDuration::MAX);
    measured.verdict.started.is_some_and(|started| now.duration_since(started) > most)
}

impl ValuesChoice<'_> {
    /// Tells whether a check is one of those that are wanted. The runtime's own is always: by it is seen that values come.
    fn wants(&self, measured: &Measured, host: &HostNames<'_>) -> bool {
        let verdict = &measured.verdict;
        let labels: [&BTreeMap<String, String>; 2] = [&verdict.labels, &host.labels];
        verdict.check == RESERVED || self.only.chooses(&verdict.check, &labels)
    }

    /// Returns what the receiver is to discover, where that has changed or was said long ago.
    #[must_use]
    pub fn discovery(
        &self,
        checks: &BTreeMap<String, CheckStatus>,
        has: Option<&Discovery>,
        now: Timestamp,
    ) -> Option<(Vec<String>, Discovery)> {
        let encode = self.format.around.as_ref()?.discovery;
        let digest = Sha256::digest(encode(checks, self.object, Timestamp::UNIX_EPOCH).concat());
        let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let same = has.filter(|has| has.digest == digest);
        // One of the future was said before the clock was set back.
        let is_said = |has: &&Discovery| now.duration_since(has.said) < DISCOVERED && has.said <= now;
        if same.is_some_and(|has| is_said(&has)) {
            return None;
        }
        let discovery = Discovery { digest, at: same.map_or(now, |has| has.at), said: now };
        Some((encode(checks, self.object, now), discovery))
    }

    /// Returns where those checks stand that have no run to say it: paused, acknowledged or stale ones.
    #[must_use]
    pub fn check_statuses(
        &self,
        checks: &BTreeMap<String, CheckStatus>,
        host: &HostNames<'_>,
        now: &Now,
    ) -> Vec<String> {
        let Some(around) = &self.format.around else { return Vec::new() };
        let wanted = checks
            .iter()
            .filter(|(check, check_status)| self.only.chooses(check, &[&check_status.verdict.labels, &host.labels]));
        wanted.flat_map(|(_, check_status)| (around.check_status)(check_status, self.object, now)).collect()
    }

    /// Makes the request of a batch.
    #[must_use]
    pub fn request(&self, id: u64, parts: Vec<String>, has_type: bool, now: Timestamp) -> DeliveryRequest {
        let content_type =
            self.format.content_type.filter(|_| !has_type).map(|kind| ("Content-Type".to_owned(), kind.to_owned()));
        let headers = content_type.into_iter().collect();
        DeliveryRequest { id, method: Method::Post, headers, body: (self.format.body)(parts, now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Verdict, sample};
    use crate::outputs::value_formats::VALUE_FORMATS;
    use roundsman_grants::glob::Glob;

    fn measured(check: &str, second: i64) -> Measured {
        let started = Timestamp::from_second(second).ok();
        Measured::of(&Verdict { check: check.to_owned(), started, ..sample::verdict() }, None).unwrap()
    }

    fn planned(read: Vec<(u64, Measured)>, only: &Only, max_age: Option<Duration>) -> ValuesPlan {
        let wish = ValuesChoice { only, unchanged: None, max_age, format: &VALUE_FORMATS[1], object: "web1" };
        plan(read, 99, wish, &"web1".into(), Timestamp::from_second(10_000).unwrap())
    }

    #[test]
    fn what_is_wanted_goes_in_one_batch_to_the_end_of_what_was_read() {
        let only = Only { checks: Some(vec![Glob::parse("disk*").unwrap()]), ..Only::default() };
        let read = vec![
            (10, measured("disk", 1)),
            (20, measured("disk", 9_000)),
            (30, measured("load", 9_000)),
            (40, measured(RESERVED, 9_001)),
            (50, measured("disk2", 9_500)),
            (60, measured("load", 9_600)),
        ];
        let ValuesPlan { batches, too_old } = planned(read, &only, Some(Duration::from_secs(3_600)));
        assert_eq!((batches.len(), batches[0].parts.len(), too_old), (1, 3, Some((1, 10))));
        assert_eq!(batches[0].step, CursorStep::to(To::Values(99), 3));
        let wish =
            ValuesChoice { only: &only, unchanged: None, max_age: None, format: &VALUE_FORMATS[1], object: "web1" };
        let request = wish.request(7, batches[0].parts.clone(), false, Timestamp::UNIX_EPOCH);
        let body: serde_json::Value = serde_json::from_str(&request.body.text()).unwrap();
        assert_eq!((body.as_array().map(Vec::len), request.id), (Some(3), 7));
    }

    #[test]
    fn what_there_is_to_discover_is_said_when_it_changes_and_hourly() {
        let only = Only::default();
        let wish =
            ValuesChoice { only: &only, unchanged: None, max_age: None, format: &VALUE_FORMATS[2], object: "web1" };
        let check_status = |name: &str| {
            let verdict = Verdict { check: name.to_owned(), ..sample::verdict() };
            (name.to_owned(), CheckStatus { verdict: verdict.clone(), ..CheckStatus::pending(verdict) })
        };
        let mut checks = BTreeMap::from([check_status("disk")]);
        let at = |second| Timestamp::from_second(second).unwrap();
        let (parts, first) = wish.discovery(&checks, None, at(0)).unwrap();
        assert!(parts.len() == 2 && parts[0].contains("roundsman.checks"), "{parts:?}");
        assert!(wish.discovery(&checks, Some(&first), at(3_599)).is_none());
        let (_, again) = wish.discovery(&checks, Some(&first), at(3_600)).unwrap();
        assert_eq!((again.at, again.said, &again.digest), (at(0), at(3_600), &first.digest));
        checks.extend([check_status("load")]);
        let (_, changed) = wish.discovery(&checks, Some(&again), at(3_660)).unwrap();
        assert_eq!((changed.at, changed.digest == first.digest), (at(3_660), false));
    }

    #[test]
    fn a_batch_is_closed_before_it_is_too_large() {
        let long = |number: u64| {
            let summary = "x".repeat(400_000);
            let verdict = Verdict { summary, ..sample::verdict() };
            (number * 10, Measured::of(&verdict, None).unwrap())
        };
        let ValuesPlan { batches, .. } = planned((1..=5).map(long).collect(), &Only::default(), None);
        let steps: Vec<(To, u64)> = batches.into_iter().map(|batch| (batch.step.to, batch.step.holds)).collect();
        assert_eq!(steps, [(To::Values(20), 2), (To::Values(40), 2), (To::Values(99), 1)]);
    }
}
