//! What a round carries out: a check of the configuration, or a file of the command line, in one shape.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::config::{Check, ComponentPath, Limits};
use crate::contract::{Denial, Descriptor};
use crate::grants::Grants;
use crate::report::{Failure, LogLine, Usage};
use crate::store::state::{Memory, Remembered};
use crate::worker::Answer;

/// One check to be asked.
#[derive(Debug, Clone)]
pub struct Subject {
    pub name: String,
    pub component: ComponentPath,
    /// The pin, in lower-case hex.
    pub sha256: Option<String>,
    /// A JSON object.
    pub options: String,
    pub limits: Limits,
    pub grants: Grants,
    /// What it kept from its last run.
    pub state: BTreeMap<String, Vec<u8>>,
    /// Paths without which it does not apply.
    pub only_if: Vec<String>,
}

impl Subject {
    /// A check of the configuration, with what is remembered of it.
    #[must_use]
    pub fn of(check: &Check, memory: &Memory) -> Self {
        Self {
            name: check.name.clone(),
            component: check.component.clone(),
            sha256: check.sha256.clone(),
            options: serde_json::Value::from(check.options.clone()).to_string(),
            limits: check.limits.clone(),
            grants: check.grants.clone(),
            state: memory.checks.get(&check.name).map(Remembered::state).unwrap_or_default(),
            only_if: check.only_if.clone(),
        }
    }
}

/// What the checks are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    Describe,
    Validate,
    Run,
}

/// A component that has described itself.
#[derive(Debug, Clone)]
pub struct Component {
    pub descriptor: Rc<Descriptor>,
    pub sha256: String,
    /// Of the `.wasm`, in bytes.
    pub size: u64,
    /// Names of interfaces with their versions.
    pub imports: Vec<String>,
}

/// One check, asked.
#[derive(Debug, Clone)]
pub struct Carried {
    pub name: String,
    /// Nothing where it did not come so far.
    pub component: Option<Component>,
    pub result: Result<Answered, Failure>,
    pub denials: Vec<Denial>,
    pub log: Vec<LogLine>,
    pub log_dropped: u64,
    pub usage: Usage,
    /// The whole state, if the run changed it.
    pub state: Option<BTreeMap<String, Vec<u8>>>,
    pub started: jiff::Timestamp,
    pub duration: Duration,
}

/// How a check answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    Said(Answer),
    /// A path of `only_if` is absent.
    NotApplicable,
}
