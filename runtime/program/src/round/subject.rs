//! A check of the configuration as one that can be asked.

use std::rc::Rc;

use roundsman_config::{Check, Config};
use roundsman_contract::calls::tape::Taping;
use roundsman_contract::subject::CheckSubject;
use roundsman_store::private::{Private, PrivateRecord};

/// Returns what is asked of a check of the configuration, with what is remembered of it.
#[must_use]
pub(crate) fn subject(check: &Check, kept: &Private, config: &Config) -> CheckSubject {
    CheckSubject {
        name: check.name.clone(),
        component: check.component.clone(),
        sha256: check.sha256.clone(),
        group: check.group.clone(),
        options: serde_json::Value::from(check.options.clone()).to_string(),
        limits: check.limits.clone(),
        grants: Rc::clone(&check.grants),
        secrets: if check.grants.gives_content() { Rc::clone(&config.secrets) } else { Rc::default() },
        state: kept.checks.get(&check.name).map(PrivateRecord::state).unwrap_or_default(),
        only_if: check.only_if.clone(),
        hanging: kept.hanging.clone(),
        buffers: config.run.shares(),
        tape: Taping::None,
        shown: false,
    }
}
