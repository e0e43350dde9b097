//! Decoding of the last messages of a step's processes, or of their death without one. Pure.

use super::exit_reason;
use super::pool::{ExitReason, StepEnd};
use super::run_outcome::{Answered, RunOutcome};
use super::start::{LONGEST_IMPORTS, longest_report};
use roundsman_config::{CompileLimits, Limits};
use roundsman_contract::calls::wire;
use roundsman_contract::report::{CommandEnd, CommandRun, Failure, FailureKind, Hanging, Trace, Usage, cause};
use roundsman_contract::subject::CheckSubject;
use roundsman_sandbox::broker::Closing;
use roundsman_sandbox::worker::{self, ExportAnswer};

/// Returns what a compile worker says: the imports of the component.
///
/// # Errors
/// What is wrong with the component, or what the worker died of.
pub fn imports<K>(limits: &CompileLimits, ended: &StepEnd<K>) -> Result<Vec<String>, Failure> {
    let died = || exit_reason::of_compilation(limits.time, limits.memory, ended.reason, &ended.stderr);
    let said: Result<Vec<String>, Failure> = wire::decode(&ended.message, LONGEST_IMPORTS).map_err(|_| died())?;
    let said = said.map_err(|failure| exit_reason::given_less(failure, &ended.stderr));
    whole(said, ended.reason, died).map_err(Failure::clipped)
}

/// Reads what a worker without a broker says. `check` is named in failures.
///
/// # Errors
/// The component's failure, or what the worker died of.
pub(crate) fn last_word<K>(check: &str, limits: &Limits, ended: &StepEnd<K>) -> Result<(ExportAnswer, Usage), Failure> {
    let died = || exit_reason::of_run(check, limits.timeout, limits.memory, ended.reason, &ended.stderr);
    let said: worker::Ended = wire::decode(&ended.message, longest_report(limits)).map_err(|_| died())?;
    let result = said.result.map_err(|failure| exit_reason::given_less(failure, &ended.stderr));
    Ok((whole(result, ended.reason, died).map_err(Failure::clipped)?, said.usage))
}

/// Reads what a check answered to a worker without a broker; `blank` holds what is known of it already.
pub(crate) fn of_worker<K>(subject: &CheckSubject, ended: &StepEnd<K>, blank: RunOutcome) -> RunOutcome {
    match last_word(&subject.name, &subject.limits, ended) {
        Ok((answer, usage)) => RunOutcome { result: Ok(Answered::Said(answer)), usage, ..blank },
        Err(failure) => RunOutcome { result: Err(failure), ..blank },
    }
}

/// Reads what became of a check that was run; `blank` holds what is known of it already.
pub(crate) fn of_broker<K>(subject: &CheckSubject, ended: &StepEnd<K>, blank: RunOutcome) -> RunOutcome {
    let CheckSubject { name, limits, tape, .. } = subject;
    let longest = longest_report(limits).saturating_add(tape.room());
    let died = || exit_reason::of_run(name, limits.timeout, limits.memory, ended.reason, &ended.stderr);
    let Ok(closing) = wire::decode::<Closing>(&ended.message, longest) else {
        return RunOutcome { result: Err(died()), ..blank };
    };
    let Closing { not_applicable, ended: last, trace } = closing;
    let (result, usage) = match last {
        _ if not_applicable => (Ok(Answered::NotApplicable), Usage::default()),
        Some(Ok(last)) => {
            let said = last.result.map_err(|failure| cause::own_hint(failure, &trace.denials));
            let said = said.map_err(|failure| stuck(failure, &trace.hanging));
            let said = said.map_err(|failure| exit_reason::given_less(failure, &ended.stderr));
            (whole(said, ended.reason, died).map(Answered::Said), last.usage)
        }
        Some(Err(fault)) => {
            let message = format!("the worker sent what no component can: {fault}");
            (Err(Failure::new(FailureKind::Internal, message)), Usage::default())
        }
        None => (Err(died()), Usage::default()),
    };
    let result = result.map_err(|failure| by_command(failure, &trace.commands));
    let result = result.map_err(|failure| without_rights(failure, &trace.commands));
    RunOutcome {
        // A failed run changes nothing.
        trace: Trace { state: trace.state.filter(|_| result.is_ok()), ..trace },
        result: result.map_err(Failure::clipped),
        usage,
        ..blank
    }
}

/// Accepts a success only from a worker that then exited normally: one that reports success and dies has failed. A failure
/// that it reported itself is kept, as it says more than how the process died.
fn whole<T>(said: Result<T, Failure>, reason: ExitReason, died: impl FnOnce() -> Failure) -> Result<T, Failure> {
    match said {
        Ok(_) if !reason.left_well() => Err(died()),
        said => said,
    }
}

/// Adds to a timeout which readers hang, and since when.
fn stuck(failure: Failure, hanging: &[Hanging]) -> Failure {
    if failure.kind != FailureKind::Timeout || failure.hint.is_some() || hanging.is_empty() {
        return failure;
    }
    let lines: Vec<String> = hanging.iter().map(ToString::to_string).collect();
    failure.with_hint(format!("{}: see what serves the file system there", lines.join("\n")))
}

/// Adds to a failure of the check that a command of it may lack rights.
fn without_rights(failure: Failure, commands: &[CommandRun]) -> Failure {
    match commands.iter().find_map(CommandRun::remark) {
        Some(remark) if failure.kind == FailureKind::Check && failure.hint.is_none() => failure.with_hint(remark),
        _ => failure,
    }
}

/// Adds to a timeout which command still ran, and what it had printed.
fn by_command(failure: Failure, commands: &[CommandRun]) -> Failure {
    let Some(run) = commands.last().filter(|_| failure.kind == FailureKind::Timeout) else { return failure };
    let CommandEnd::TimedOut { printed } = &run.end else { return failure };
    let said = if printed.is_empty() { "nothing".to_owned() } else { format!("`{}`", printed.trim_end()) };
    let message = format!(
        "{}; the command {} still ran after {:.1} s and had printed {said}",
        failure.message,
        run.shown(),
        run.duration.as_secs_f64(),
    );
    Failure { message, ..failure }
}
