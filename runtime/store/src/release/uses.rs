//! Configured checks that run a release, and what another release would take from them.

use super::difference::new_needs;
use roundsman_config::{Check, ComponentPath, Config, Pin};
use roundsman_contract::Descriptor;
use roundsman_grants::denial::toml_key;

/// Returns the checks that run what a pin names.
pub fn of<'a>(config: &'a Config, pin: &'a Pin) -> impl Iterator<Item = &'a Check> {
    let file = pin.file(&config.paths.state);
    config.checks.values().filter(move |check| matches!(&check.component, ComponentPath::At(path) if *path == file))
}

/// Tells why a check could not run the new release as it runs the old one; each with what to write.
#[must_use]
pub fn obstacles(check: &Check, old: &Descriptor, new: &Descriptor) -> Vec<String> {
    let name = toml_key(&check.name);
    let gone = check.options.keys().filter(|key| !new.options.iter().any(|option| option.key == **key));
    let gone = gone.map(|key| format!("[check.{name}.config] has `{key}`, which the new release does not know"));
    let denied = new_needs(old, new).into_iter().filter(|need| !need.optional && !need.access.is_met(&check.grants));
    let denied =
        denied.map(|one| format!("[check.{name}.grant] does not grant what it newly needs: {}", one.access.shown()));
    gone.chain(denied).collect()
}
