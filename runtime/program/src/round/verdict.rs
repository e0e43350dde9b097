//! Verdict on the answer of a check. Pure.

use std::collections::BTreeMap;

use super::run_outcome::{Answered, ComponentState, RunOutcome};
use roundsman_config::{Check, Limits, RefusedFile, Schedule};
use roundsman_contract::report::{CommandRun, Failure, FailureKind, Report, limit};
use roundsman_contract::subject::CheckSubject;
use roundsman_contract::{Descriptor, Exceeded, Status};
use roundsman_grants::escape;
use roundsman_sandbox::worker::ExportAnswer;
use roundsman_verdict::judge::thresholds::{self, Thresholds};
use roundsman_verdict::judge::{Described, JudgeRules, Verdict, bounds, failed, judge, not_applicable};

/// Tells how the operator wants a configured check to be judged.
#[must_use]
pub(crate) fn rules(check: &Check) -> JudgeRules<'_> {
    JudgeRules {
        check: &check.name,
        thresholds: &check.thresholds,
        on_failure: check.on_failure,
        severity: &check.severity,
        limits: &check.limits,
        labels: &check.labels,
        interval: match check.schedule {
            Schedule::Every(interval) => Some(interval),
            Schedule::Cron { .. } => None,
        },
    }
}

/// Tells whether a component that described itself may be asked further, with these thresholds.
///
/// # Errors
/// A threshold names what the component does not declare (`config`).
pub(crate) fn accept(subject: &CheckSubject, descriptor: &Descriptor, thresholds: &Thresholds) -> Result<(), Failure> {
    let problems: Vec<String> = thresholds::problems(thresholds, descriptor).iter().map(ToString::to_string).collect();
    let Some((first, others)) = problems.split_first() else { return Ok(()) };
    let failure = Failure::new(FailureKind::Config, first.clone());
    let known = format!("`roundsman inspect` lists the metrics of the component of `{}`", subject.name);
    Err(failure.with_hint(others.iter().cloned().chain([known]).collect::<Vec<_>>().join("\n")))
}

/// Returns the verdict on a check that was asked to run.
#[must_use]
pub(crate) fn verdict(rules: &JudgeRules<'_>, outcome: RunOutcome) -> Verdict {
    let RunOutcome { name: _, component, result, trace, usage, started, duration } = outcome;
    let described = component.as_ref().map(|ComponentState { descriptor, id, .. }| Described { descriptor, id });
    let result = match result {
        Ok(Answered::NotApplicable) => {
            return Verdict { started: Some(started), duration, ..not_applicable(rules, described) };
        }
        // A round asks for no verdict on it; a run by hand has nothing else to show.
        Ok(Answered::NotReached) => Err(Failure::new(FailureKind::Timeout, "it was ended before it had reported")),
        Ok(Answered::Said(ExportAnswer::Outcome(outcome))) => Ok(outcome),
        Ok(Answered::Said(_)) => Err(Failure::new(FailureKind::Internal, "a run that answered a question")),
        Err(failure) => Err(failure),
    };
    let remark = trace.commands.iter().find_map(CommandRun::remark);
    let mut verdict = judge(rules, described, Report { result, trace, usage, started, duration });
    if verdict.failure.is_none() && verdict.status != Some(Status::Ok) {
        verdict.details.extend(remark);
    }
    verdict
}

/// Returns the verdict as it may be kept. One that is longer than the limits of its check allow has passed a bound that
/// should have met it before: it becomes a failure, and all others are kept.
#[must_use]
pub fn kept(check: &Check, mut verdict: Verdict) -> Verdict {
    let log = std::mem::take(&mut verdict.log);
    let most = bounds::stored(&check.limits, &check.thresholds);
    let length = bounds::length(&verdict);
    if length <= most {
        return Verdict { log, ..verdict };
    }
    let exceeded = Exceeded::new("series", check.limits.series);
    let what = format!("what is to be kept of the run takes {length} bytes, the limits of the check allow {most}");
    let Verdict { log_dropped, usage, started, duration, .. } = verdict;
    let failure = limit::reached(&check.name, &exceeded, &what);
    Verdict { log, log_dropped, usage, started, duration, ..failed(&rules(check), None, failure) }
}

/// Returns the verdict, at this time, on a check whose file was refused.
#[must_use]
pub(crate) fn lost(name: &str, refused: &RefusedFile, now: jiff::Timestamp) -> Verdict {
    // Places and reasons only: the lines of the file that are shown with them may hold a password.
    let mut places = refused.problems.iter().filter_map(|problem| problem.lines().next());
    let first = places.next().map_or_else(|| format!("{} was refused", escape::path(&refused.file)), str::to_owned);
    let others: Vec<&str> = places.collect();
    let failure = Failure::new(FailureKind::Config, first);
    let failure = if others.is_empty() { failure } else { failure.with_hint(others.join("\n")) };
    let rules = JudgeRules {
        check: name,
        thresholds: &Thresholds::new(),
        on_failure: Status::Unknown,
        severity: &BTreeMap::new(),
        limits: &Limits::default(),
        labels: &BTreeMap::new(),
        interval: None,
    };
    Verdict { started: Some(now), ..failed(&rules, None, failure) }
}
