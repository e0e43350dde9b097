//! Errors of the engine, explained: why a component did not return, as a failure for the operator.

use wasmtime::{Trap, WasmBacktrace};

use super::reach::Reach;
use super::{Job, stack};
use roundsman_contract::Exceeded;
use roundsman_contract::report::{Failure, FailureKind, LONGEST_TEXT, limit, without_hints};
use roundsman_grants::escape::clip;

/// Returns the failure behind an error that the engine returned, with the functions that were under way.
pub(crate) fn engine_error(error: &wasmtime::Error, job: &Job, reach: &Reach) -> Failure {
    Failure { stack: stack::of(error), ..why(error, job, reach) }
}

fn why(error: &wasmtime::Error, job: &Job, reach: &Reach) -> Failure {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.clone();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            let exceeded = Exceeded::new("fuel", job.limits.fuel);
            limit::reached(&job.check, &exceeded, "the component computed that long without an end")
        }
        Some(Trap::StackOverflow) => Failure::new(
            FailureKind::Trap,
            format!(
                "call stack exhausted: {} KiB are used up, by a recursion without end",
                super::engine::WASM_STACK >> 10
            ),
        ),
        Some(trap) => match &reach.last_error {
            Some(said) => Failure::new(FailureKind::Trap, clip(said, LONGEST_TEXT)),
            None => Failure::new(FailureKind::Trap, clip(&trap.to_string(), LONGEST_TEXT)),
        },
        None => other_error(error, job),
    }
}

/// Errors that the engine names by text only.
fn other_error(error: &wasmtime::Error, job: &Job) -> Failure {
    let text = match error.downcast_ref::<WasmBacktrace>() {
        // It is a part of what the error says, and stands in the failure by itself.
        Some(_) => error.root_cause().to_string(),
        None => format!("{error:#}"),
    };
    let text = without_hints(&text);
    // `HostcallFuelExhausted` is private to the engine.
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        return Failure::new(
            FailureKind::Limit,
            format!(
                "one call or outcome of the component carries more than {} MiB",
                super::run::hostcall_bytes(&job.limits) >> 20
            ),
        );
    }
    // An export of the right name and another type: the engine does not say which.
    if text.contains("failed to convert function to given type") {
        let message =
            format!("not a check of this contract: `describe`, `validate` or `run` is of another type: {text}");
        return Failure::new(FailureKind::Invalid, clip(&message, LONGEST_TEXT));
    }
    // The limiter's counts of instances, memories and tables, which no key sets.
    if text.contains("resource limit exceeded") {
        return Failure::new(FailureKind::Limit, clip(&text, LONGEST_TEXT));
    }
    if limit::out_of_memory(&text) {
        let exceeded = Exceeded::new("memory", job.limits.memory);
        return limit::reached(
            &job.check,
            &exceeded,
            &format!("its process could get no more ({})", clip(&text, LONGEST_TEXT)),
        );
    }
    Failure::new(FailureKind::Trap, clip(&text, LONGEST_TEXT))
}
