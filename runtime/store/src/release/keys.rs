//! The publishers that this host trusts: `keys.d/PUBLISHER.pub`, each as minisign writes it.

use std::path::{Path, PathBuf};

use minisign_verify::PublicKey;

use super::ReleaseError;
use roundsman_config::read_text;
use roundsman_grants::glob::Glob;
use roundsman_os::safe_path::OwnerRule;
use roundsman_os::safe_path::shown;

/// The keys of a directory, in the order of their names.
#[derive(Debug)]
pub struct PublisherKeys {
    directory: PathBuf,
    keys: Vec<PublisherKey>,
}

/// One publisher.
#[derive(Debug)]
pub struct PublisherKey {
    /// The file's name without `.pub`.
    pub publisher: String,
    pub public: PublicKey,
    /// The names that it may sign; all where none stands there.
    names: Vec<Glob>,
}

impl PublisherKeys {
    /// Reads a directory; one that is not there has no keys.
    ///
    /// # Errors
    /// [`ReleaseError::Trust`]: a key that others may write, or that is none.
    pub fn read(directory: &Path, uid: u32) -> Result<Self, ReleaseError> {
        let listed = std::fs::read_dir(directory).into_iter().flatten();
        let mut files: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "pub"));
        files.sort();
        let keys = files.iter().map(|file| PublisherKey::read(file, uid)).collect::<Result<_, _>>()?;
        Ok(Self { directory: directory.to_owned(), keys })
    }

    /// Returns the first key that is meant.
    pub fn of(&self, is_meant: impl Fn(&PublicKey) -> bool) -> Option<&PublisherKey> {
        self.keys.iter().find(|key| is_meant(&key.public))
    }

    /// Returns the directory as a message shows it.
    #[must_use]
    pub fn directory(&self) -> String {
        shown(&self.directory)
    }

    /// Says what to do where there is no key at all.
    #[must_use]
    pub fn none(&self) -> String {
        if self.keys.is_empty() {
            format!(", as there is none: install -m 0644 PUBLISHER.pub {}/", self.directory())
        } else {
            String::new()
        }
    }
}

impl PublisherKey {
    fn read(file: &Path, uid: u32) -> Result<Self, ReleaseError> {
        let text = read_text(file, OwnerRule::OwnedBy(uid)).map_err(ReleaseError::Trust)?;
        let wrong = |why: &str| ReleaseError::Trust(format!("{}: {why}", shown(file)));
        let public = PublicKey::decode(&text).map_err(|_| wrong("it is no public key of minisign: two lines"))?;
        let mut names = Vec::new();
        for line in text.lines().skip(2).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let Some(list) = line.strip_prefix("names:") else {
                return Err(wrong("after the key stands nothing but a line such as `names: disk, acme-*`"));
            };
            for name in list.split(',').map(str::trim) {
                names.push(Glob::parse(name).map_err(|error| wrong(&error.to_string()))?);
            }
        }
        let publisher = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { publisher, public, names })
    }

    /// Tells whether it may sign a component of this name.
    #[must_use]
    pub(crate) fn signs(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|glob| glob.matches(name))
    }

    /// Returns the names that it may sign, for a message.
    #[must_use]
    pub(crate) fn limits(&self) -> String {
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        format!("its key is for {}", names.join(", "))
    }
}
