//! Memory of what was installed: the highest version of each name, what ran before, and the latest day that was seen.

use std::collections::BTreeMap;

use jiff::civil::Date;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::ReleaseError;
use super::signed::Statement;
use roundsman_config::Pin;

/// Most releases of one name that a rollback can go back to.
const REMEMBERED: usize = 8;

/// Releases that this host has seen.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReleases {
    /// By the name that the publisher signed.
    #[serde(default)]
    pub highest: BTreeMap<String, Version>,
    /// By the name that checks use: what was pinned before, the last one last.
    #[serde(default)]
    before: BTreeMap<String, Vec<SeenPin>>,
    #[serde(default)]
    latest_day: Option<Date>,
}

/// A pin that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SeenPin {
    name: Option<String>,
    version: String,
    sha256: String,
    key: String,
    reference: String,
    not_after: Option<Date>,
}

impl SeenReleases {
    /// Returns today, or the latest day that was seen: a clock that goes back makes nothing valid again.
    pub fn today(&mut self, clock: Date) -> Date {
        let today = self.latest_day.map_or(clock, |seen| seen.max(clock));
        self.latest_day = Some(today);
        today
    }

    /// Judges a version against the highest one of its name.
    ///
    /// # Errors
    /// [`ReleaseError::Release`]: an older one.
    pub fn admits(&self, statement: &Statement) -> Result<(), ReleaseError> {
        match self.highest.get(&statement.name) {
            Some(highest) if statement.version < *highest => Err(ReleaseError::Release(format!(
                "`{}` {} is older than {highest}, which was installed before: go back with roundsman rollback {}",
                statement.name, statement.version, statement.name
            ))),
            _ => Ok(()),
        }
    }

    /// Notes the version of a release that is pinned from now on.
    pub fn note(&mut self, statement: &Statement) {
        self.highest.insert(statement.name.clone(), statement.version.clone());
    }

    /// Remembers what a name was pinned to until now.
    pub fn keep(&mut self, key: &str, before: &Pin) {
        let kept = self.before.entry(key.to_owned()).or_default();
        kept.push(SeenPin::of(before));
        let surplus = kept.len().saturating_sub(REMEMBERED);
        kept.drain(..surplus);
    }

    /// Takes back what was pinned before, and with it the mark of the highest version. `None` where there is none.
    pub fn back(&mut self, key: &str) -> Option<Pin> {
        let pin = self.before.get_mut(key)?.pop()?.pin();
        if let Ok(version) = Version::parse(&pin.version) {
            self.highest.insert(pin.signed_name(key).to_owned(), version);
        }
        Some(pin)
    }

    /// Forgets what was pinned before under a name; the highest version stays.
    pub fn forget(&mut self, key: &str) {
        self.before.remove(key);
    }

    /// Digests that can be gone back to.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &str> {
        self.before.values().flatten().map(|kept| kept.sha256.as_str())
    }
}

impl SeenPin {
    fn of(pin: &Pin) -> Self {
        let Pin { name, version, sha256, key, reference, not_after } = pin.clone();
        Self { name, version, sha256, key, reference, not_after }
    }

    fn pin(self) -> Pin {
        let Self { name, version, sha256, key, reference, not_after } = self;
        Pin { name, version, sha256, key, reference, not_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn statement(version: &str) -> Statement {
        Statement { name: "disk".to_owned(), version: version.parse().unwrap(), not_after: None }
    }

    fn pin(version: &str) -> Pin {
        let sha256 = version.replace('.', "a");
        Pin {
            name: None,
            version: version.to_owned(),
            sha256,
            key: "a".to_owned(),
            reference: "r".to_owned(),
            not_after: None,
        }
    }

    #[test]
    fn an_older_version_is_taken_only_after_going_back() {
        let mut seen = SeenReleases::default();
        seen.note(&statement("1.4.0"));
        seen.keep("disk", &pin("1.4.0"));
        seen.note(&statement("1.10.0"));
        assert!(seen.admits(&statement("1.10.0")).is_ok() && seen.admits(&statement("1.9.9")).is_err());
        assert_eq!(seen.back("disk"), Some(pin("1.4.0")));
        assert!(seen.admits(&statement("1.9.9")).is_ok() && seen.admits(&statement("1.3.0")).is_err());
        assert_eq!(seen.back("disk"), None);
    }

    #[test]
    fn so_many_are_remembered() {
        let mut seen = SeenReleases::default();
        for number in 0..20 {
            seen.keep("disk", &pin(&format!("1.{number}.0")));
        }
        assert_eq!(seen.digests().count(), REMEMBERED);
        assert_eq!(seen.back("disk"), Some(pin("1.19.0")));
    }

    #[test]
    fn a_clock_that_goes_back_counts_for_nothing() {
        let mut seen = SeenReleases::default();
        assert_eq!(seen.today(date(2028, 1, 1)), date(2028, 1, 1));
        assert_eq!(seen.today(date(2018, 1, 1)), date(2028, 1, 1));
        assert_eq!(seen.today(date(2028, 1, 2)), date(2028, 1, 2));
    }
}
