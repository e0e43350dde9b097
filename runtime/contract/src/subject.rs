//! One check to be asked: of the configuration, or a file of the command line, in one shape.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::calls::tape::Taping;
use crate::limits::{Buffers, Limits};
use crate::report::Hanging;
use roundsman_grants::Grants;

/// One check to be asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckSubject {
    pub name: String,
    pub component: ComponentPath,
    /// The pin, in lower-case hex.
    pub sha256: Option<String>,
    /// Whose cap holds for it.
    pub group: Option<String>,
    /// A JSON object.
    pub options: String,
    pub limits: Rc<Limits>,
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
    pub tape: Taping,
    /// Each call is told of as it happens.
    pub shown: bool,
}

/// Path by which a check names its component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ComponentPath {
    /// A file name, looked up in `paths.checks`.
    Named(String),
    /// A path, made absolute.
    At(PathBuf),
}
