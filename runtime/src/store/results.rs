//! What every check said last: the file that `status` and the outputs read, open to the group `roundsman`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::sealed::Form;
use crate::standing::Standing;

/// The name of the file in the state directory.
pub const FILE: &str = "results";
/// What its first line says.
pub const FORM: Form = Form { kind: "results", schema: 1 };

/// Where every configured check stands as of the last round, and the reserved check `roundsman`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// When a round last wrote it.
    pub written: Option<Timestamp>,
    pub checks: BTreeMap<String, Standing>,
}
