//! The operator's thresholds: which entry decides for a series.

use std::collections::BTreeMap;

use crate::config::Origin;
use crate::contract::Status;
use crate::judge::range::RangeSpec;

/// Entries by metric, in the order in which they are tried.
pub type Thresholds = BTreeMap<String, Vec<Entry>>;

/// One entry: it decides alone for the series that it selects.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Label names and globs; `*` crosses `/`.
    pub selector: Vec<(String, String)>,
    pub warning: Option<RangeSpec>,
    pub critical: Option<RangeSpec>,
    /// The status that holds when no series matches.
    pub absent: Option<Status>,
    pub origin: Origin,
}
