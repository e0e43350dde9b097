//! Configured checks that run a release, and what another release would take from them.

use super::difference::{need, new_needs};
use roundsman_config::{Check, ComponentPath, Config, Pin};
use roundsman_contract::{Access, Descriptor, Need};
use roundsman_grants::Filesystems;
use roundsman_grants::denial::toml_key;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::requested_path::RequestedPath;

/// The checks that run what a pin names.
pub fn of<'a>(config: &'a Config, pin: &'a Pin) -> impl Iterator<Item = &'a Check> {
    let file = pin.file(&config.paths.state);
    config.checks.values().filter(move |check| matches!(&check.component, ComponentPath::At(path) if *path == file))
}

/// Why a check could not run the new release as it runs the old one; each with what to write.
#[must_use]
pub fn obstacles(check: &Check, old: &Descriptor, new: &Descriptor) -> Vec<String> {
    let name = toml_key(&check.name);
    let gone = check.options.keys().filter(|key| !new.options.iter().any(|option| option.key == **key));
    let gone = gone.map(|key| format!("[check.{name}.config] has `{key}`, which the new release does not know"));
    let denied = new_needs(old, new).into_iter().filter(|need| !need.optional && !granted(check, need));
    let denied = denied.map(|one| format!("[check.{name}.grant] does not grant what it newly needs: {}", need(one)));
    gone.chain(denied).collect()
}

fn granted(check: &Check, need: &Need) -> bool {
    let grants = &check.grants;
    let matched = |patterns: &[PathPattern], wanted: &str| {
        let path = RequestedPath::parse(wanted).ok();
        patterns
            .iter()
            .any(|pattern| pattern.as_str() == wanted || path.as_ref().is_some_and(|path| pattern.matches(path)))
    };
    match &need.access {
        Access::Files(wanted) => matched(&grants.files, wanted),
        Access::Metadata(wanted) => matched(&grants.metadata, wanted),
        Access::Filesystems(wanted) => match &grants.filesystems {
            Filesystems::None => false,
            Filesystems::Mounted => true,
            Filesystems::At(points) => points.contains(wanted),
        },
        Access::Command(argv) => grants.commands.iter().any(|command| command.argv.matches(argv)),
        Access::CommandPattern(_) | Access::Unknown { .. } => false,
    }
}
