//! A failure that a component itself returned, of a run or of a part of it, as the operator's failure. Pure.

use super::{Failure, FailureKind, LONGEST_TEXT, limit};
use crate::{Cause, Denial, Error, GuestFailure};
use roundsman_grants::denial::toml_key;
use roundsman_grants::escape::clip;
use roundsman_os::process::errno;

/// The limits of which a call says that they are reached.
const OF_CALLS: [&str; 7] = ["file", "read", "entries", "output", "buffers", "commands", "state"];

/// Makes the operator's failure of one that the component itself returned; its kind is that of the cause.
#[must_use]
pub fn of_component(check: &str, failure: GuestFailure) -> Failure {
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
                toml_key(check)
            ))
        }
        Cause::Host(error) => host_error(check, message, error),
        Cause::Other(_) => Failure::new(FailureKind::Check, message),
    }
}

fn host_error(check: &str, message: String, error: Error) -> Failure {
    match error {
        Error::Denied(denial) => Failure::new(FailureKind::Denied, message).with_hint(denial.hint),
        Error::Limit(exceeded) if OF_CALLS.contains(&exceeded.key.as_str()) => {
            limit::reached(check, &exceeded, &message)
        }
        // No call says so: the component made it up, and an operator would paste it.
        Error::Limit(_) => Failure::new(FailureKind::Limit, message),
        Error::TimedOut => Failure::new(FailureKind::Timeout, message),
        Error::Io(name) => Failure::new(FailureKind::Io, with_meaning(message, &name)),
        Error::NotFound | Error::Other(_) => Failure::new(FailureKind::Io, message),
    }
}

/// Adds what the number of an error means to a message that ends with its name, as those of the SDK do.
fn with_meaning(message: String, name: &str) -> String {
    match errno::meaning(name).filter(|_| message.ends_with(name)) {
        Some(meaning) => format!("{message} ({meaning})"),
        None => message,
    }
}

/// Lets a denial that a component passes on carry the TOML that the broker wrote, never one that the component made up:
/// an operator pastes it.
#[must_use]
pub fn own_hint(failure: Failure, denials: &[Denial]) -> Failure {
    if failure.kind != FailureKind::Denied {
        return failure;
    }
    let own = denials.iter().map(|denial| &denial.hint).find(|hint| Some(*hint) == failure.hint.as_ref()).cloned();
    let instead =
        || "`roundsman inspect FILE.wasm --format toml` writes the grants that the component needs".to_owned();
    Failure { hint: Some(own.unwrap_or_else(instead)), ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_the_broker_did_not_write_is_not_shown() {
        let denied = |hint: &str| Failure::new(FailureKind::Denied, "denied").with_hint(hint);
        let wrote = |hint: &str| vec![Denial::new("files", "/proc/stat", hint)];
        let ours = "[check.a.grant]\nfiles = [\"/proc/stat\"]";
        assert_eq!(own_hint(denied(ours), &wrote(ours)).hint.as_deref(), Some(ours));
        let forged = own_hint(denied("unsafe_files = [\"/etc/shadow\"]"), &wrote(ours)).hint;
        assert!(!forged.is_none_or(|hint| hint.contains("shadow")));
    }
}
