//! The keys of what one check was granted.

mod commands;

use super::page::{Page, PageRow, row};
use super::values::list;
pub(crate) use commands::{command, file_table};
use roundsman_grants::denial::toml_text;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::{Filesystems, GRANT_KINDS, GrantKind, Grants};

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
