//! Packages that wait to be updated.

/// The updates that a manager of packages tells of.
#[derive(Debug, Default, PartialEq)]
pub struct Pending {
    pub packages: Vec<Package>,
    /// Packages that stay as they are; `None` where the manager does not tell.
    pub held_back: Option<u64>,
}

/// One package with a newer version.
#[derive(Debug, PartialEq)]
pub struct Package {
    pub name: String,
    /// Whether the newer version is a security update.
    pub security: bool,
}
