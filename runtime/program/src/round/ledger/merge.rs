//! Merges what a round found into what is remembered. Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::context::RoundContext;
use crate::round::plan::{self, Busy, Chosen};
use crate::round::verdict;
use roundsman_config::{Check, Config, RESERVED, RefusedFile, Retry};
use roundsman_contract::report::Hanging;
use roundsman_store::memory::Memory;
use roundsman_verdict::check_status::{self, CheckStatus};
use roundsman_verdict::history::Event;
use roundsman_verdict::judge::{State, Verdict, pending};
use roundsman_verdict::schedule::{self, Past};

/// Time that the state of a check is kept after no file gives the check any more.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A run that ended. `tell` is handed the verdict with all that only the past can add; what is kept of it has no log lines.
pub(crate) fn outcome(
    memory: &mut Memory,
    context: RoundContext<'_>,
    chosen: &Chosen<'_>,
    verdict: Verdict,
    state: Option<BTreeMap<String, Vec<u8>>>,
    tell: impl FnOnce(&Verdict),
) {
    let check = chosen.check;
    let started = verdict.started;
    let check_status = check_status::follow(memory.results.checks.get(&check.name), verdict, check.retry, check.hold);
    memory.results.checks.insert(check.name.clone(), check_status);
    let kept = memory.private.checks.entry(check.name.clone()).or_default();
    kept.past = Past {
        served: chosen.serves.or(kept.past.served),
        started,
        waiting_since: None,
        fingerprint: context.fingerprint(&check.name),
    };
    if let Some(state) = state {
        kept.set_state(state);
    }
    foresee(memory, context, check);
    if let Some(CheckStatus { verdict, .. }) = memory.results.checks.get_mut(&check.name) {
        tell(verdict);
        verdict.log = Vec::new();
    }
}

/// Tells whether a check that does not apply to this host did not last time either. The log is told when that begins; that it
/// ends is told by the run that comes then.
#[must_use]
pub(crate) fn still_does_not_apply(memory: &Memory, verdict: &Verdict) -> bool {
    let before = memory.results.checks.get(&verdict.check).map(|before| before.verdict.state);
    verdict.state == State::NotApplicable && before == Some(State::NotApplicable)
}

/// Finds that rounds were missing up to `now`. Where the clock was set, nobody can tell.
#[must_use]
pub(crate) fn gap(memory: &Memory, now: Timestamp, clock_was_set: bool) -> Option<Event> {
    let before = memory.results.checks.get(RESERVED).filter(|_| !clock_was_set)?;
    let since = before.verdict.started.filter(|_| before.overdue.is_some_and(|overdue| overdue < now))?;
    Some(Event::Gap { since, until: now })
}

/// Readers that hang, each remembered once.
pub(crate) fn hanging(memory: &mut Memory, met: Vec<Hanging>) {
    let known = &mut memory.private.hanging;
    for hanging in met {
        if !known.contains(&hanging) {
            known.push(hanging);
        }
    }
}

/// Sets when a check is due next and from when on its outcome is stale.
fn foresee(memory: &mut Memory, context: RoundContext<'_>, check: &Check) {
    let Some(timing) = context.timings.get(&check.name) else { return };
    let planned = plan::planned(check, timing, memory);
    let (next, overdue) = (schedule::next(context.start, &planned), schedule::overdue(context.start, &planned));
    if let Some(check_status) = memory.results.checks.get_mut(&check.name) {
        check_status.verdict.next_due = next;
        check_status.overdue = overdue;
    }
}

/// Notes the checks that were due and were not run: they run first in the next round.
pub(crate) fn not_reached(memory: &mut Memory, now: Timestamp, names: &[String]) {
    for name in names {
        let kept = memory.private.checks.entry(name.clone()).or_default();
        kept.past.waiting_since.get_or_insert(now);
        skipped(memory, name);
    }
}

/// Checks that were due and still ran in another round.
pub(crate) fn busy(memory: &mut Memory, busy: &[Busy]) {
    for busy in busy {
        skipped(memory, &busy.name);
    }
}

fn skipped(memory: &mut Memory, name: &str) {
    if let Some(check_status) = memory.results.checks.get_mut(name) {
        check_status.skipped = check_status.skipped.saturating_add(1);
    }
}

/// Returns the configuration without the checks that a file changed last time which cannot be read now. Of a file that
/// can be read as far as its headers this is known already.
#[must_use]
pub(crate) fn without_lost<'c>(config: &'c Config, memory: &Memory) -> Cow<'c, Config> {
    let mut without = Cow::Borrowed(config);
    for (number, refused) in config.refused.iter().enumerate() {
        let is_lost = |check: &&Check| {
            let changes = |file: &PathBuf| gave(file, &refused.file);
            let was_changed = memory.private.checks.get(&check.name).is_some_and(|kept| kept.files.iter().any(changes));
            was_changed && !changes(&check.origin.file) && !check.changed_by.iter().any(changes)
        };
        for check in config.checks.values().filter(is_lost) {
            let without = without.to_mut();
            if without.checks.remove(&check.name).is_some() {
                without.refused[number].checks.push(check.name.clone());
            }
        }
    }
    without
}

/// Makes every check of a file with an error UNKNOWN: those that it defines now, and those that it defined last time.
/// Returns those of which that is news.
pub fn refused(memory: &mut Memory, config: &Config, now: Timestamp) -> (Vec<Verdict>, Vec<Verdict>) {
    let (mut all, mut news) = (Vec::new(), Vec::new());
    for refused in &config.refused {
        for name in lost_names(memory, config, refused) {
            let verdict = verdict::lost(&name, refused, now);
            let before = memory.results.checks.get(&name);
            let known = before.is_some_and(|before| before.verdict.failure == verdict.failure);
            let check_status = match before {
                Some(before) if known => before.clone(),
                before => check_status::advance(before, verdict, Retry::default()),
            };
            all.push(check_status.verdict.clone());
            if !known {
                news.push(check_status.verdict.clone());
            }
            memory.results.checks.insert(name, check_status);
        }
    }
    (all, news)
}

fn lost_names(memory: &Memory, config: &Config, refused: &RefusedFile) -> BTreeSet<String> {
    let gave = memory.private.checks.iter().filter(|(_, kept)| kept.files.iter().any(|file| gave(file, &refused.file)));
    let names = refused.checks.iter().cloned().chain(gave.map(|(name, _)| name.clone()));
    names.filter(|name| !config.checks.contains_key(name)).collect()
}

/// Tells whether a check of `file` falls with what was refused: that file, or the directory where it lies.
fn gave(file: &Path, refused: &Path) -> bool {
    file == refused || file.parent() == Some(refused)
}

/// Tells whether a check that is configured is not shown yet.
#[must_use]
pub(crate) fn is_new(memory: &Memory, config: &Config) -> bool {
    plan::active(config).any(|check| !memory.results.checks.contains_key(&check.name))
}

/// Adds each configured check that is not known yet, as waiting for its first run.
pub(crate) fn appear(memory: &mut Memory, context: RoundContext<'_>) {
    let RoundContext { config, start, .. } = context;
    for check in plan::active(config) {
        let kept = memory.private.checks.entry(check.name.clone()).or_default();
        let (pause, ack) = (kept.pause.take(), kept.ack.take());
        let unseen = || CheckStatus { pause, ack, ..CheckStatus::pending(pending(&verdict::rules(check))) };
        let check_status = memory.results.checks.entry(check.name.clone()).or_insert_with(unseen);
        check_status.silenced_from(start.now);
        if let Some(timing) = context.timings.get(&check.name)
            && kept.past.served.is_none()
            && schedule::waits_at_first(start, &timing.rule)
        {
            // It was seen: its first slot from here on is its own.
            (kept.past.served, kept.past.fingerprint) = (Some(start.now), timing.fingerprint.clone());
        }
        // Its schedule may be another one than when it last ran.
        foresee(memory, context, check);
    }
}

/// Every check that is configured is there, and no other: one that is gone is shown no more, and what it kept for itself
/// goes some time later. A pause lasts until its time, whether the file that gives the check is there all the while or not.
pub(crate) fn settle(memory: &mut Memory, context: RoundContext<'_>, lost: &[Verdict]) {
    let RoundContext { config, start, .. } = context;
    let is_lost = |name: &str| lost.iter().any(|verdict| verdict.check == name);
    for check in config.checks.values() {
        // Of one that is switched off too: should the file that does so be unreadable, it is not run for that.
        let kept = memory.private.checks.entry(check.name.clone()).or_default();
        kept.files = std::iter::once(&check.origin.file).chain(&check.changed_by).cloned().collect();
    }
    appear(memory, context);
    let is_active = |name: &str| config.checks.get(name).is_some_and(|check| check.enabled);
    let gone = |name: &String, _: &mut CheckStatus| !(is_active(name) || is_lost(name) || name == RESERVED);
    for (name, CheckStatus { pause, ack, .. }) in memory.results.checks.extract_if(.., gone) {
        if let Some(kept) = memory.private.checks.get_mut(&name) {
            (kept.pause, kept.ack) = (pause, ack);
        }
    }
    memory.private.checks.retain(|name, kept| {
        if config.checks.contains_key(name) || is_lost(name) {
            kept.gone = None;
            return true;
        }
        kept.files.clear();
        let gone = *kept.gone.get_or_insert(start.now);
        start.now.duration_since(gone).abs() < REMEMBERED
    });
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
