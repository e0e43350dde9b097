//! Filter of the checks that a receiver wants to be told of.

use std::collections::BTreeMap;

use crate::judge::rank;
use roundsman_contract::Status;
use roundsman_grants::glob::Glob;

/// The key `only` of an output; by default everything.
#[derive(Debug, Clone, Default)]
pub struct Only {
    /// `None` for every check.
    pub checks: Option<Vec<Glob>>,
    /// All of them must be there, of the check or the host.
    pub labels: BTreeMap<String, String>,
    pub at_least: Option<Status>,
}

impl Only {
    /// Tells whether a trouble is one to tell of. Recoveries are not asked about: they go to whoever was told of the trouble.
    #[must_use]
    pub(crate) fn wants(&self, check: &str, labels: &[&BTreeMap<String, String>], status: Status) -> bool {
        self.chooses(check, labels) && self.at_least.is_none_or(|least| rank(status) >= rank(least))
    }

    /// Tells whether a check is meant, whatever its status.
    #[must_use]
    pub fn chooses(&self, check: &str, labels: &[&BTreeMap<String, String>]) -> bool {
        let has = |name: &String, value: &String| labels.iter().any(|labels| labels.get(name) == Some(value));
        self.checks.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.matches(check)))
            && self.labels.iter().all(|(name, value)| has(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_must_match() {
        let labels = |text: &str| BTreeMap::from([("team".to_owned(), text.to_owned())]);
        let (db, web, none) = (labels("db"), labels("web"), BTreeMap::new());
        let only = Only {
            checks: Some(vec![Glob::parse("disk*").unwrap(), Glob::parse("load").unwrap()]),
            labels: labels("db"),
            at_least: Some(Status::Critical),
        };
        assert!(only.wants("disk2", &[&none, &db], Status::Critical));
        assert!(!only.wants("memory", &[&db], Status::Critical));
        assert!(!only.wants("disk", &[&web], Status::Critical));
        // As statuses are merged: UNKNOWN is below WARNING.
        assert!(!only.wants("load", &[&db], Status::Warning) && !only.wants("load", &[&db], Status::Unknown));
        assert!(Only::default().wants("anything", &[], Status::Unknown));
    }
}
