//! The cache that a configuration names, and what it names of the cache.

use std::collections::BTreeSet;
use std::path::Path;

use roundsman_config::{Check, Config};
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::components::bytes::{self, NamedComponent};
use roundsman_store::components::cache::Cache;

/// Opens it. `by` tells the configurations that share it apart: the state directory, or nothing for a component by itself.
#[must_use]
pub fn open(config: &Config, by: &Path, zygote: &Zygote) -> Cache {
    Cache::open(&config.paths.cache, rustix::process::geteuid().as_raw(), zygote.key(), &by.to_string_lossy())
}

/// Returns the components that a configuration names, links resolved; `None` where that is not known, as a file of it was
/// refused.
#[must_use]
pub fn named(config: &Config) -> Option<BTreeSet<String>> {
    let uid = rustix::process::geteuid().as_raw();
    let looked = config.checks.values().map(|check| {
        let Check { component, sha256, .. } = check;
        bytes::look(NamedComponent { component, directories: &config.paths.checks, pin: sha256.as_deref(), uid })
    });
    // One that is missing now may come back, and is compiled anew then.
    config.refused.is_empty().then(|| looked.flatten().map(|looked| looked.real).collect())
}
