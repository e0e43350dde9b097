//! Answers of the components: what each says of the options of its checks, and what it needs that no grant allows.

use std::path::Path;
use std::rc::Rc;

use super::finding::Finding;
use crate::cli::{standalone, things};
use crate::round::run_outcome::{Answered, Goal, RunOutcome};
use crate::round::subject::subject;
use crate::round::verdict::accept;
use roundsman_config::{Check, Config};
use roundsman_contract::subject::CheckSubject;
use roundsman_contract::{Descriptor, Judgement, MetricInfo, Need, OptionProblem};
use roundsman_grants::denial::toml_key;
use roundsman_grants::escape;
use roundsman_sandbox::worker::ExportAnswer;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::private::Private;
use roundsman_verdict::judge::descriptor::metrics_reason;
use roundsman_verdict::judge::thresholds;

/// Longest text of a component about one thing, in bytes.
const LONGEST_SAID: usize = 1 << 10;

/// Asks each component to describe itself and to judge the options of its checks.
pub(super) fn ask(
    zygote: &Zygote,
    config: &Config,
    is_offline: bool,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<()> {
    let subjects: Vec<CheckSubject> =
        config.checks.values().map(|check| subject(check, &Private::default(), config)).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let judge = |subject: &CheckSubject, descriptor: &_| match config.checks.get(&subject.name) {
        Some(check) => accept(subject, descriptor, &check.thresholds),
        None => Ok(()),
    };
    let mut all = standalone::several(
        zygote,
        subjects,
        Goal::Validate,
        config,
        Path::new("/"),
        &judge,
        standalone::DefaultAccount::Configured,
    )?;
    all.sort_by(|one, other| one.name.cmp(&other.name));
    for outcome in all {
        if let Some(check) = config.checks.get(&outcome.name) {
            findings.extend(answered(check, outcome, is_offline));
        }
    }
    Ok(())
}

fn answered(check: &Check, outcome: RunOutcome, is_offline: bool) -> Vec<Finding> {
    let name = &check.name;
    match outcome.result {
        Err(failure) => {
            vec![Finding::error(
                Some(name),
                format!("{}: {}", failure.kind.word(), said(&failure.message)),
                failure.hint,
            )]
        }
        Ok(Answered::Said(ExportAnswer::Judgement(judgement))) => {
            let descriptor = outcome.component.map(|component| Rc::clone(&component.descriptor)).unwrap_or_default();
            judged(check, judgement, &descriptor, is_offline)
        }
        Ok(_) => Vec::new(),
    }
}

/// Returns what a component's judgement of the options of a check brings to light.
fn judged(check: &Check, judgement: Judgement, descriptor: &Descriptor, is_offline: bool) -> Vec<Finding> {
    let name = &check.name;
    let Judgement { problems, needs, metrics } = judgement;
    if !problems.is_empty() {
        return problems.iter().map(|problem| Finding::error(Some(name), option(problem), place(check))).collect();
    }
    let too_many = (!is_offline).then(|| things::too_many(check, &needs)).flatten();
    let needs = needs.iter().chain(&descriptor.needs);
    let mut findings: Vec<Finding> = needs
        .filter(|need| !need.optional && !need.access.is_met_in_part(&check.grants))
        .map(|need| ungranted(name, need))
        .collect();
    findings.extend(too_many.map(|(message, hint)| Finding::lint(name, said(&message), hint)));
    let Some(metrics) = metrics else { return findings };
    let all: Vec<MetricInfo> = descriptor.metrics.iter().cloned().chain(metrics).collect();
    if let Some(reason) = metrics_reason(&all) {
        findings.push(Finding::error(Some(name), format!("options: {}", said(&reason)), place(check)));
        return findings;
    }
    // All that a run can report with these options is known now.
    let declared = Descriptor { metrics: all, free_metrics: false, ..descriptor.clone() };
    let unfit = thresholds::problems(&check.thresholds, &declared);
    findings.extend(unfit.iter().map(|problem| Finding::error(Some(name), problem.to_string(), None)));
    findings
}

fn option(problem: &OptionProblem) -> String {
    match problem.key.as_str() {
        "" => format!("options: {}", said(&problem.message)),
        key => format!("option `{}`: {}", said(key), said(&problem.message)),
    }
}

/// Returns the words of a component: of one line, which they cannot leave for one of ours, and no longer than one reads.
fn said(text: &str) -> String {
    escape::line(&escape::clip(text, LONGEST_SAID))
}

fn place(check: &Check) -> Option<String> {
    let (file, line) = (escape::path(&check.origin.file), check.origin.line);
    Some(format!("see [check.{}.config] in {file}, the check is at line {line}", toml_key(&check.name)))
}

fn ungranted(check: &str, need: &Need) -> Finding {
    let (what, hint) = match (&need.access, need.access.remedy()) {
        (access, Some(remedy)) => (access.shown(), remedy.toml(check)),
        (access, None) => {
            let capability = said(access.capability());
            (capability.clone(), format!("roundsman {} has no `{capability}` to grant", env!("CARGO_PKG_VERSION")))
        }
    };
    Finding::lint(check, format!("needs {}, which is not granted: {}", said(&what), said(&need.reason)), hint)
}
