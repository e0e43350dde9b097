//! `versions.lock`, beside the main file: which release of which component this host runs, reviewed as configuration is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::read::{self, ConfigReadError};
use super::{ComponentPath, Config};
use roundsman_grants::denial::{toml_key, toml_text};
use roundsman_os::safe_path::{OwnerRule, SafePathError, shown};

/// Its name.
pub const FILE: &str = "versions.lock";
/// Folder of installed components in the state directory.
pub const SHELF: &str = "components";

/// The releases that are pinned, by the name that checks use: `wasm = "disk"`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionsLock(pub BTreeMap<String, Pin>);

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The name that the publisher signed, where checks use another.
    pub name: Option<String>,
    pub version: String,
    /// Of the component, in lower-case hex.
    pub sha256: String,
    /// The publisher, by the name of the key in `keys.d`.
    pub key: String,
    /// Where it came from: `install --locked` and `upgrade` look there.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The last day for which the publisher stands for it, as `2028-12-01`.
    #[serde(rename = "not-after")]
    pub not_after: Option<jiff::civil::Date>,
}

impl Pin {
    /// Returns the name that its publisher signed; `key` is that which checks use.
    #[must_use]
    pub fn signed_name<'a>(&'a self, key: &'a str) -> &'a str {
        self.name.as_deref().unwrap_or(key)
    }

    /// Returns the file of the component.
    #[must_use]
    pub fn file(&self, state: &Path) -> PathBuf {
        state.join(SHELF).join(format!("{}.wasm", self.sha256))
    }

    fn judged(&self) -> Result<(), String> {
        let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_digest(&self.sha256) {
            return Err(format!("`{}` is no SHA-256: that is 64 hexadecimal digits in lower case", self.sha256));
        }
        semver::Version::parse(&self.version).map_err(|error| format!("`{}` is no version: {error}", self.version))?;
        Ok(())
    }
}

impl VersionsLock {
    /// Reads a lock; where there is no file, nothing is pinned.
    ///
    /// # Errors
    /// In words with the file: others may write it, or it is none.
    pub fn read(file: &Path, uid: u32) -> Result<Self, String> {
        Self::found(file, uid).map(Option::unwrap_or_default)
    }

    /// Reads a lock that is shipped, which must be there.
    ///
    /// # Errors
    /// As [`VersionsLock::read`], and where there is no file.
    pub fn shipped(file: &Path, uid: u32) -> Result<Self, String> {
        Self::found(file, uid)?.ok_or_else(|| format!("{}: there is no such file", shown(file)))
    }

    fn found(file: &Path, uid: u32) -> Result<Option<Self>, String> {
        match read::text(file, OwnerRule::OwnedBy(uid)) {
            Ok(text) => Self::parse(&text).map(Some).map_err(|why| format!("{}: {why}", shown(file))),
            Err(ConfigReadError::Path(SafePathError::Missing(_))) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let pins: BTreeMap<String, Pin> =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        for (name, pin) in &pins {
            pin.judged().map_err(|why| format!("[{}]: {why}", toml_key(name)))?;
        }
        Ok(Self(pins))
    }

    /// Returns the text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = "# The releases that this host runs: wasm = \"NAME\" in a check means the one of that name. Written by\n\
             # roundsman install, upgrade and rollback; ship it to many hosts, and call roundsman install --locked there.\n"
            .to_owned();
        for (key, pin) in &self.0 {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\n[{}]", toml_key(key));
            let name = pin.name.as_ref().map(|name| ("name", name.clone()));
            let not_after = pin.not_after.map(|date| ("not-after", date.to_string()));
            let rest = [
                ("version", pin.version.clone()),
                ("sha256", pin.sha256.clone()),
                ("key", pin.key.clone()),
                ("ref", pin.reference.clone()),
            ];
            for (word, value) in name.into_iter().chain(rest).chain(not_after) {
                let _ = writeln!(text, "{word} = {}", toml_text(&value));
            }
        }
        text
    }

    /// Returns what to tell of releases whose last day has passed.
    pub fn expired(&self, today: jiff::civil::Date) -> impl Iterator<Item = String> {
        let passed = move |(name, pin): (&String, &Pin)| {
            let last = pin.not_after.filter(|last| *last < today)?;
            Some(format!("the publisher stood for `{name}` {} until {last}: roundsman upgrade {name}", pin.version))
        };
        self.0.iter().filter_map(passed)
    }

    /// Gives each check that names a pinned component its file and its digest.
    pub(crate) fn apply(&self, config: &mut Config) {
        for check in config.checks.values_mut() {
            let ComponentPath::Named(name) = &check.component else { continue };
            let Some(pin) = is_locked(name).then(|| self.0.get(name)).flatten() else { continue };
            check.component = ComponentPath::At(pin.file(&config.paths.state));
            // A digest that the operator wrote into the check holds besides: another one never runs.
            check.sha256.get_or_insert_with(|| pin.sha256.clone());
        }
    }
}

/// Tells whether `wasm = "…"` means a pinned release: it has no ending.
#[must_use]
pub(crate) fn is_locked(name: &str) -> bool {
    !name.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin() -> Pin {
        Pin {
            name: Some("disk".to_owned()),
            version: "1.4.0".to_owned(),
            sha256: "ab".repeat(32),
            key: "acme".to_owned(),
            reference: "file:///srv/\"x\"/disk.wasm".to_owned(),
            not_after: Some(jiff::civil::date(2028, 12, 1)),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let lock = VersionsLock(
            [("acme-disk".to_owned(), pin()), ("b".to_owned(), Pin { name: None, not_after: None, ..pin() })].into(),
        );
        assert_eq!(VersionsLock::parse(&lock.text()), Ok(lock));
        assert_eq!(VersionsLock::parse(&VersionsLock::default().text()), Ok(VersionsLock::default()));
    }

    #[test]
    fn a_lock_that_is_none_says_where() {
        let wrong = |from: &str, to: &str| {
            VersionsLock::parse(&VersionsLock([("disk".to_owned(), pin())].into()).text().replace(from, to))
                .unwrap_err()
        };
        assert!(wrong("1.4.0", "1.4").contains("[disk]: `1.4` is no version"), "{}", wrong("1.4.0", "1.4"));
        assert!(wrong("abab", "ABAB").contains("is no SHA-256"));
        assert!(wrong("version", "versio").contains("unknown field `versio`"));
        assert!(wrong("2028-12-01", "2028-13-01").contains("2028-13-01"));
    }
}
