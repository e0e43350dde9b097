//! Things of this host that a check runs a command for, each: whether a run may start so many.

use std::fs;
use std::path::{Path, PathBuf};

use roundsman_config::Check;
use roundsman_contract::{Access, Need};
use roundsman_grants::GrantKind;
use roundsman_grants::argv::Form;
use roundsman_grants::path_pattern::PathPattern;

/// Counted no further: no run may start as many.
const MOST: u64 = 100_000;

/// Tells of options that name things by a pattern, where more of them are there than a run may start commands.
pub(crate) fn too_many(check: &Check, needs: &[Need]) -> Option<(String, String)> {
    let has_pattern = check.grants.commands.iter().any(|grant| grant.argv.form() == Form::Pattern);
    let may = check.limits.commands;
    needs.iter().filter(|_| has_pattern).find_map(|need| {
        let Access::Paths { kind: GrantKind::Metadata, pattern: text } = &need.access else { return None };
        let pattern = PathPattern::parse(text).ok().filter(|it| it.literal().is_none())?;
        let there = matches(&pattern, &mut PathBuf::from("/"), 0);
        (there > may).then(|| {
            (
                format!("{there} things match {text} on this host, and a run may start {may} commands"),
                format!(
                    "limits = {{ commands = {there} }}, and a `timeout` in which they all end; or a narrower pattern"
                ),
            )
        })
    })
}

/// Counts the paths beneath `beneath`, which has the first `depth` parts.
fn matches(pattern: &PathPattern, beneath: &mut PathBuf, depth: usize) -> u64 {
    if depth == pattern.depth() {
        return u64::from(fs::symlink_metadata(&*beneath).is_ok());
    }
    let names = match pattern.literal_part(depth) {
        Some(name) => vec![name],
        None => names(beneath),
    };
    let mut there = 0;
    for name in names {
        beneath.push(name);
        if pattern.matches_start(parts(beneath)) {
            there += matches(pattern, beneath, depth + 1);
        }
        beneath.pop();
        if there >= MOST {
            break;
        }
    }
    there
}

/// Lists a directory. One that cannot be listed has nothing that could be counted.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

fn parts(path: &Path) -> impl Iterator<Item = &str> {
    path.iter().skip(1).filter_map(|part| part.to_str())
}
