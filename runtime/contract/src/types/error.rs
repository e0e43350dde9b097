use roundsman_grants::denial::Refusal;
use serde::{Deserialize, Serialize};

use super::Extra;

/// A request that no grant matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Denial {
    /// `files`, `metadata`, `filesystems` or `commands`; or what a later version has.
    pub capability: String,
    /// What was asked for: a path, or an argv.
    pub target: String,
    /// The TOML that would allow it.
    pub hint: String,
    pub extra: Extra,
}

/// A limit that was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exceeded {
    /// Its key below `[limits]`.
    pub key: String,
    /// The value of the limit, in bytes or as a count.
    pub value: u64,
    pub extra: Extra,
}

/// A reason that a version of the contract has no case for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Otherwise {
    /// A word by which a program can tell it from others; may be empty.
    pub code: String,
    /// For a person.
    pub message: String,
    pub extra: Extra,
}

/// The reason why the host did not do what was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Error {
    Denied(Denial),
    /// There is no such file or program.
    NotFound,
    Limit(Exceeded),
    /// It did not answer within its time.
    TimedOut,
    /// The name of the error number, such as `EACCES`.
    Io(String),
    Other(Otherwise),
}

/// Something wrong with one option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptionProblem {
    /// The option; dots nest. Empty for the whole table.
    pub key: String,
    pub message: String,
}

/// The cause that kept a check from judging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cause {
    /// The options are wrong.
    Options(Vec<OptionProblem>),
    /// The host answered with this error, which the check passes on.
    Host(Error),
    /// Anything else, a text that did not parse above all.
    Other(Otherwise),
}

/// A run, or a part of it, that did not get to judge, as the component tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuestFailure {
    pub message: String,
    pub cause: Cause,
    pub extra: Extra,
}

impl Error {
    /// Makes an error for a reason that the contract has no case for.
    #[must_use]
    pub fn other(code: &str, message: impl Into<String>) -> Self {
        Self::Other(Otherwise { code: code.to_owned(), message: message.into(), extra: Vec::new() })
    }
}

impl Exceeded {
    #[must_use]
    pub fn new(key: &str, value: u64) -> Self {
        Self { key: key.to_owned(), value, extra: Vec::new() }
    }
}

impl Denial {
    /// Returns the denial as the component sees it.
    #[must_use]
    pub fn of(refusal: Refusal, check: &str) -> Self {
        let hint = refusal.remedy.toml(check);
        Self::new(refusal.kind.word(), refusal.target, hint)
    }

    #[must_use]
    pub fn new(capability: &str, target: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { capability: capability.to_owned(), target: target.into(), hint: hint.into(), extra: Vec::new() }
    }
}
