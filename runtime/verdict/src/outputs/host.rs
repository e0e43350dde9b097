//! Which host an output is of.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A host as outputs name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNames<'h> {
    pub name: Cow<'h, str>,
    pub labels: Cow<'h, BTreeMap<String, String>>,
}

/// One without labels.
impl<'h> From<&'h str> for HostNames<'h> {
    fn from(name: &'h str) -> Self {
        Self { name: name.into(), labels: Cow::Owned(BTreeMap::new()) }
    }
}

/// The same, lent.
impl<'h> From<&'h HostNames<'_>> for HostNames<'h> {
    fn from(host: &'h HostNames<'_>) -> Self {
        Self { name: Cow::Borrowed(&host.name), labels: Cow::Borrowed(&host.labels) }
    }
}
