//! What keeps a check from judging, made from the errors that it met.

use crate::parse::ParseError;
use crate::{Cause, Error, Failure, HostError, Otherwise, Problem, Reason};

///
/// ```
/// use roundsman_sdk::{Cause, Context, Failure, HostError, Otherwise, Problem, parse::Field};
///
/// let parsed = Field::new("12x").integer::<u32>().context("/proc/x");
/// assert_eq!(parsed.unwrap_err().message, "/proc/x: line 1, column 1: \"12x\" is not a whole number");
/// assert_eq!(Failure::new("no volume is listed").cause, Cause::own());
/// let wrong = Failure::options(vec![Problem::new("queue", "there is no such queue")]);
/// assert_eq!(wrong.message, "queue: there is no such queue");
/// assert_eq!(HostError::other("gone"), HostError::Other(Otherwise::new("", "gone")));
/// ```
impl Failure {
    /// Makes a failure of the check's own: something it needs is not as it must be.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: Cause::own(), extra: Vec::new() }
    }

    /// Options that are wrong; the message names each of them.
    pub fn options(problems: Vec<Problem>) -> Self {
        let said: Vec<String> = problems.iter().map(|it| it.said()).collect();
        Self { message: said.join("; "), cause: Cause::Options(problems), extra: Vec::new() }
    }
}

impl Cause {
    /// Makes an error of the check itself: the failure is of kind `check`.
    pub fn own() -> Self {
        Self::Other(Otherwise::new("", ""))
    }
}

impl Otherwise {
    /// `code` is a word by which a program can tell it from others, or empty.
    pub fn new(code: &str, message: &str) -> Self {
        Self { code: code.into(), message: message.into(), extra: Vec::new() }
    }
}

impl HostError {
    /// Returns a reason that the contract has no case for.
    pub fn other(message: &str) -> Self {
        Self::Other(Otherwise::new("", message))
    }
}

impl Problem {
    /// Returns something wrong with the option `key`; dots nest.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }

    fn said(&self) -> String {
        match self.key.as_str() {
            "" => self.message.clone(),
            key => format!("{key}: {}", self.message),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error.reason {
            Reason::Host(host) => Self { message, cause: Cause::Host(host), extra: Vec::new() },
            Reason::NotText { .. } | Reason::Unreadable(_) => Self::new(message),
        }
    }
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Self::new(error.to_string())
    }
}

/// Adds to an error what was being done, such as the file whose text did not parse.
pub trait Context<T> {
    /// Puts `what: ` before the message; the cause stays.
    fn context(self, what: impl std::fmt::Display) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Context<T> for Result<T, E> {
    fn context(self, what: impl std::fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| {
            let failure: Failure = error.into();
            Failure { message: format!("{what}: {}", failure.message), ..failure }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Field;

    #[test]
    fn the_hosts_error_is_passed_on_under_any_context() {
        let error: Result<(), Error> = Err(Error::host("/x", HostError::TimedOut));
        let failure = error.context("the queue").unwrap_err();
        assert_eq!(failure.message, "the queue: /x: gave no answer within its time");
        assert_eq!(failure.cause, Cause::Host(HostError::TimedOut));
    }

    #[test]
    fn a_text_that_does_not_parse_is_a_failure_of_the_check() {
        let failure = Field::new("12x").integer::<u32>().context("/proc/x").unwrap_err();
        assert_eq!(failure.message, "/proc/x: line 1, column 1: \"12x\" is not a whole number");
        assert_eq!(failure.cause, Cause::own());
    }

    #[test]
    fn every_problem_with_options_is_said() {
        let failure = Failure::options(vec![Problem::new("a.b", "is no number"), Problem::new("", "is no table")]);
        assert_eq!(failure.message, "a.b: is no number; is no table");
    }
}
