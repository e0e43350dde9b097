//! Why a component did not return: an error of the engine or a failure of its own, as the operator's failure.

use wasmtime::Trap;

use super::Job;
use super::linker::Reach;
use crate::contract::{Cause, Error, Exceeded, GuestFailure};
use crate::escape::clip;
use crate::report::{Failure, FailureKind, limit};

/// Longest text of a component in a failure, in bytes; a panic's message and place fit many times.
const LONGEST_TEXT: usize = 4 << 10;

/// The limits of which a call says that they are reached.
const OF_CALLS: [&str; 7] = ["file", "read", "entries", "output", "buffers", "commands", "state"];

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
            Some(said) => Failure::new(FailureKind::Trap, clip(said, LONGEST_TEXT)),
            None => Failure::new(FailureKind::Trap, clip(&trap.to_string(), LONGEST_TEXT)),
        },
        None => other_error(error, job),
    }
}

/// Errors that the engine names by text only.
fn other_error(error: &wasmtime::Error, job: &Job) -> Failure {
    let text = format!("{error:#}");
    // `HostcallFuelExhausted` is private to the engine.
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        return Failure::new(
            FailureKind::Limit,
            format!(
                "one call or outcome of the component carries more than {} MiB",
                super::hostcall_bytes(&job.limits) >> 20
            ),
        );
    }
    // The limiter's counts of instances, memories and tables, which no key sets.
    if text.contains("resource limit exceeded") {
        return Failure::new(FailureKind::Limit, clip(&text, LONGEST_TEXT));
    }
    Failure::new(FailureKind::Trap, clip(&text, LONGEST_TEXT))
}

/// The failure that the component itself returned; its kind is that of the cause.
pub fn guest_failure(job: &Job, failure: GuestFailure) -> Failure {
    let message = clip(&failure.message, LONGEST_TEXT);
    match failure.cause {
        Cause::Options(problems) => {
            let listed = problems.iter().map(|problem| match problem.key.as_str() {
                "" => problem.message.clone(),
                key => format!("option `{key}`: {}", problem.message),
            });
            let listed = listed.collect::<Vec<_>>().join("; ");
            let text = if listed.is_empty() { message } else { clip(&listed, LONGEST_TEXT) };
            Failure::new(FailureKind::Config, text).with_hint(format!(
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
        Error::Limit(exceeded) if OF_CALLS.contains(&exceeded.key.as_str()) => {
            limit::reached(&job.check, &exceeded, &message)
        }
        // No call says so: the component made it up, and an operator would paste it.
        Error::Limit(_) => Failure::new(FailureKind::Limit, message),
        Error::TimedOut => Failure::new(FailureKind::Timeout, message),
        Error::NotFound | Error::Io(_) | Error::Other(_) => Failure::new(FailureKind::Io, message),
    }
}
