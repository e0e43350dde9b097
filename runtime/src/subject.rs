//! One check to be asked: of the configuration, or a file of the command line, in one shape.

use std::collections::BTreeMap;

use crate::config::{Check, ComponentPath, Limits};
use crate::grants::Grants;
use crate::store::state::{Memory, Remembered};

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
