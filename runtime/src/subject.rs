//! One check to be asked: of the configuration, or a file of the command line, in one shape.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::config::{Buffers, Check, ComponentPath, Config, Limits};
use crate::grants::Grants;
use crate::report::Hanging;
use crate::store::private::{Kept, Private};

/// One check to be asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subject {
    pub name: String,
    pub component: ComponentPath,
    /// The pin, in lower-case hex.
    pub sha256: Option<String>,
    /// Whose cap holds for it.
    pub group: Option<String>,
    /// A JSON object.
    pub options: String,
    pub limits: Limits,
    pub grants: Rc<Grants>,
    /// Files that a grant of any check names as a secret, sorted; none where this one is granted no file.
    pub secrets: Rc<[String]>,
    /// State that it kept from its last run.
    pub state: BTreeMap<String, Vec<u8>>,
    /// Paths without which it does not apply.
    pub only_if: Vec<String>,
    /// Readers of earlier runs that hang, of whatever check.
    pub hanging: Vec<Hanging>,
    /// For the output of its commands.
    pub buffers: Buffers,
}

impl Subject {
    /// A check of the configuration, with what is remembered of it.
    #[must_use]
    pub fn of(check: &Check, kept: &Private, config: &Config) -> Self {
        Self {
            name: check.name.clone(),
            component: check.component.clone(),
            sha256: check.sha256.clone(),
            group: check.group.clone(),
            options: serde_json::Value::from(check.options.clone()).to_string(),
            limits: check.limits.clone(),
            grants: Rc::clone(&check.grants),
            secrets: if check.grants.gives_content() { Rc::clone(&config.secrets) } else { Rc::default() },
            state: kept.checks.get(&check.name).map(Kept::state).unwrap_or_default(),
            only_if: check.only_if.clone(),
            hanging: kept.hanging.clone(),
            buffers: config.run.shares(),
        }
    }
}
