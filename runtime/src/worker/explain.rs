//! Why a component did not return: an error of the engine or a failure of its own, as the operator's failure.

use wasmtime::Trap;

use super::Job;
use super::linker::Reach;
use crate::contract::{Cause, Error, Exceeded, GuestFailure};
use crate::report::{Failure, FailureKind, limit};

/// Longest text of a component in a failure, in bytes; a panic's message and place fit many times.
const LONGEST_TEXT: usize = 4 << 10;

/// The failure behind an error that the engine returned.
pub fn engine_error(error: &wasmtime::Error, job: &Job, reach: &Reach) -> Failure {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.clone();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            let exceeded = Exceeded { key: "fuel".to_owned(), value: job.limits.fuel };
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
            Some(said) => Failure::new(FailureKind::Trap, clip(said)),
            None => Failure::new(FailureKind::Trap, clip(&trap.to_string())),
        },
        None => other_error(error),
    }
}

/// Errors that the engine names by text only.
fn other_error(error: &wasmtime::Error) -> Failure {
    let text = format!("{error:#}");
    // `HostcallFuelExhausted` is private to the engine.
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        return Failure::new(
            FailureKind::Limit,
            format!("one call or outcome of the component carries more than {} MiB", super::HOSTCALL_BYTES >> 20),
        );
    }
    Failure::new(FailureKind::Trap, clip(&text))
}

/// The failure that the component itself returned; its kind is that of the cause.
pub fn guest_failure(job: &Job, failure: GuestFailure) -> Failure {
    let message = clip(&failure.message);
    match failure.cause {
        Cause::Options(problems) => {
            let listed = problems.iter().map(|problem| match problem.key.as_str() {
                "" => problem.message.clone(),
                key => format!("option `{key}`: {}", problem.message),
            });
            let text = std::iter::once(message).filter(|text| !text.is_empty()).chain(listed).collect::<Vec<_>>();
            Failure::new(FailureKind::Config, clip(&text.join("; "))).with_hint(format!(
                "correct [check.{}.config]; `roundsman inspect` lists the component's options",
                crate::grants::denial::toml_key(&job.check)
            ))
        }
        Cause::Host(error) => host_error(job, message, error),
        Cause::Other => Failure::new(FailureKind::Check, message),
    }
}

fn host_error(job: &Job, message: String, error: Error) -> Failure {
    match error {
        Error::Denied(denial) => Failure::new(FailureKind::Denied, message).with_hint(denial.hint),
        Error::Limit(exceeded) => limit::reached(&job.check, &exceeded, &message),
        Error::TimedOut => Failure::new(FailureKind::Timeout, message),
        Error::NotFound | Error::Io(_) | Error::Other(_) => Failure::new(FailureKind::Io, message),
    }
}

/// Cuts at a character's border.
fn clip(text: &str) -> String {
    match text.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST_TEXT).last() {
        Some(end) if text.len() > LONGEST_TEXT => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}
