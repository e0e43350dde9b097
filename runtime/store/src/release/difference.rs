//! Difference of two releases of a component, as far as the operator has to know it.

use roundsman_contract::{Descriptor, Need};

/// Returns lines that say what came and what went.
#[must_use]
pub fn difference(old: &Descriptor, new: &Descriptor) -> Vec<String> {
    let mut lines = Vec::new();
    let needs = |descriptor: &Descriptor| descriptor.needs.iter().map(|need| need.access.shown()).collect::<Vec<_>>();
    compare("needs", &needs(old), &needs(new), &mut lines);
    let options = |descriptor: &Descriptor| descriptor.options.iter().map(|one| one.key.clone()).collect::<Vec<_>>();
    compare("option", &options(old), &options(new), &mut lines);
    let metrics = |descriptor: &Descriptor| descriptor.metrics.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    compare("metric", &metrics(old), &metrics(new), &mut lines);
    lines
}

/// Needs of the new release that the old one did not have.
#[must_use]
pub(crate) fn new_needs<'a>(old: &Descriptor, new: &'a Descriptor) -> Vec<&'a Need> {
    new.needs.iter().filter(|need| !old.needs.iter().any(|one| one.access == need.access)).collect()
}

fn compare(what: &str, old: &[String], new: &[String], lines: &mut Vec<String>) {
    lines.extend(new.iter().filter(|one| !old.contains(one)).map(|one| format!("+ {what} {one}")));
    lines.extend(old.iter().filter(|one| !new.contains(one)).map(|one| format!("- {what} {one}")));
}
