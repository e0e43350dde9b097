//! The keys of what one check was granted.

use std::path::Path;

use super::page::{Page, PageRow, row, row_below};
use super::values::{list, path, size, time};
use crate::command_bounds::capability_names;
use roundsman_grants::denial::toml_text;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::{
    CommandBounds, CommandGrant, EnvValue, Filesystems, GRANT_KINDS, GrantKind, Grants, StdinGrant,
};

pub fn write(page: &mut Page<'_>, table: &[&str], granted: &Grants) {
    page.table(table, reads(granted));
    for (number, granted) in granted.commands.iter().enumerate() {
        let table = [table, &["command"]].concat();
        page.header("[[", &table, "]]");
        page.rows(&[&table[..], &[&number.to_string()]].concat(), command(granted));
    }
}

fn reads(granted: &Grants) -> Vec<PageRow> {
    GRANT_KINDS
        .iter()
        .filter_map(|kind| Some(row(kind.key, paths(granted, kind.kind)?)))
        .chain(granted.user.as_deref().map(|user| row("user", toml_text(user))))
        .collect()
}

/// Returns what is granted of a kind, as TOML; `None` if nothing is, or it has tables of its own.
fn paths(granted: &Grants, kind: GrantKind) -> Option<String> {
    let patterns = |patterns: &[PathPattern]| {
        (!patterns.is_empty()).then(|| list(patterns.iter().map(|pattern| toml_text(pattern.as_str()))))
    };
    match kind {
        GrantKind::Files => patterns(&granted.files),
        GrantKind::Metadata => patterns(&granted.metadata),
        GrantKind::Filesystems => match &granted.filesystems {
            Filesystems::None => None,
            Filesystems::Mounted => Some(toml_text("mounted")),
            Filesystems::At(mounts) => Some(list(mounts.iter().map(|mount| toml_text(mount)))),
        },
        GrantKind::UnsafeFiles => {
            let files = &granted.unsafe_files;
            (!files.is_empty()).then(|| list(files.iter().map(|file| toml_text(file))))
        }
        GrantKind::Commands => None,
    }
}

/// A secret is shown as the file that holds it.
pub(crate) fn command(granted: &CommandGrant) -> Vec<PageRow> {
    let mut rows: Vec<PageRow> = granted.id.as_deref().map(|id| row("id", toml_text(id))).into_iter().collect();
    rows.push(row(granted.argv.form().key(), list(granted.argv.written().iter().map(|text| toml_text(text)))));
    rows.extend(granted.user.as_deref().map(|user| row("user", toml_text(user))));
    rows.extend(granted.timeout.map(|timeout| row("timeout", time(timeout))));
    rows.extend(granted.memory.map(|memory| row("memory", size(memory))));
    rows.extend(granted.output.map(|output| row("output", size(output))));
    rows.extend(granted.env.iter().map(|(name, value)| {
        let value = match value {
            EnvValue::Text(text) => toml_text(text),
            EnvValue::File(file) => file_table(file),
        };
        row_below("env", name, value)
    }));
    rows.push(row(
        "stdin",
        match &granted.stdin {
            StdinGrant::None => toml_text("none"),
            StdinGrant::Component => toml_text("component"),
            StdinGrant::File(file) => file_table(file),
        },
    ));
    rows.push(row("may_gain_privileges", granted.may_gain_privileges.to_string()));
    rows.extend(bounds(&granted.bounds));
    rows
}

fn bounds(bounds: &CommandBounds) -> impl Iterator<Item = PageRow> {
    let capabilities = bounds.capabilities.map(|kept| list(capability_names(kept).map(|name| toml_text(&name))));
    [
        bounds.no_network.then(|| row("network", false.to_string())),
        bounds.own_signals.then(|| row("signals", toml_text("own"))),
        bounds.processes.map(|count| row("processes", count.to_string())),
        capabilities.map(|names| row("capabilities", names)),
    ]
    .into_iter()
    .flatten()
}

pub(crate) fn file_table(file: &Path) -> String {
    format!("{{ file = {} }}", path(file))
}
