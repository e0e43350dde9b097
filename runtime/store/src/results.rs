//! The results: the last outcome of every check, in the file that `status` and the outputs read, open to the group `roundsman`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use super::checksummed::ChecksummedForm;
use super::error::StoreError;
use super::load::{Trust, look};
use roundsman_verdict::check_status::CheckStatus;
use roundsman_verdict::judge::ComponentId;

/// The name of the file in the state directory.
pub const FILE: &str = "results";
/// First line of the file.
pub const FORM: ChecksummedForm = ChecksummedForm { kind: "results", schema: 1 };

/// State of every configured check as of the last round, and of the reserved check `roundsman`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "StoredResults")]
pub struct Results {
    /// When a round last wrote it.
    pub written: Option<Timestamp>,
    pub checks: BTreeMap<String, CheckStatus>,
}

/// Results as they are read: a check has the digest of its component, and what that says of itself stands once for all its checks.
#[derive(Deserialize)]
struct StoredResults {
    written: Option<Timestamp>,
    #[serde(default)]
    components: BTreeMap<String, Rc<ComponentId>>,
    checks: BTreeMap<String, CheckStatus>,
}

impl From<StoredResults> for Results {
    fn from(stored: StoredResults) -> Self {
        let StoredResults { written, components, mut checks } = stored;
        for id in checks.values_mut().filter_map(|check_status| check_status.verdict.component.as_mut()) {
            if let Some(known) = components.get(&id.sha256) {
                *id = Rc::clone(known);
            }
        }
        Self { written, checks }
    }
}

impl Serialize for Results {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ids = self.checks.values().filter_map(|check_status| check_status.verdict.component.as_ref());
        let components: BTreeMap<&str, &ComponentId> = ids.map(|id| (id.sha256.as_str(), id.as_ref())).collect();
        let mut results = serializer.serialize_struct("Results", 3)?;
        results.serialize_field("written", &self.written)?;
        results.serialize_field("components", &components)?;
        results.serialize_field("checks", &self.checks)?;
        results.end()
    }
}

/// Reads the results, without a lock and without making anything. `None` if no round has written yet.
///
/// # Errors
/// The file cannot be read, or is damaged.
pub fn read(directory: &Path) -> Result<Option<Results>, StoreError> {
    let path = directory.join(FILE);
    match look(&path, FORM, Trust::Directory) {
        Ok(Ok(opened)) => Ok(Some(opened.value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Ok(Err(reason)) => Err(StoreError::Io { path, error: io::Error::other(format!("it is damaged: {reason}")) }),
        Err(error) => Err(StoreError::Io { path, error }),
    }
}
