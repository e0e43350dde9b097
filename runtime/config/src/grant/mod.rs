//! Grants as written, to what the broker decides by.

pub(crate) mod command_bounds;
mod commands;

use std::collections::BTreeSet;

use toml::Spanned;

use super::fields::{Problems, account, literal_path, noted};
use super::file::{GrantTable, Text};
use super::spans::FileProblem;
use super::values::WordOrList;
use commands::command;
pub(crate) use commands::output_command;
use roundsman_grants::nearest::nearest;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::{Filesystems, Grants};

const MOUNTED: &str = "mounted";

pub fn grants(table: &GrantTable, problems: &mut Problems) -> Grants {
    let mut ids = BTreeSet::new();
    Grants {
        files: patterns(&table.files, problems),
        metadata: patterns(&table.metadata, problems),
        filesystems: table.filesystems.as_ref().map(|written| filesystems(written, problems)).unwrap_or_default(),
        unsafe_files: table.unsafe_files.iter().filter_map(|path| literal_path(path, problems)).collect(),
        commands: table.command.iter().filter_map(|written| command(written, &mut ids, problems)).collect(),
        user: table.user.as_ref().and_then(|name| account(name, problems)),
    }
}

fn patterns(written: &[Text], problems: &mut Problems) -> Vec<PathPattern> {
    let pattern =
        |text: &Text| PathPattern::parse(text.get_ref()).map_err(|e| FileProblem::new(text.span(), e.to_string()));
    written.iter().filter_map(|text| noted(pattern(text), problems)).collect()
}

fn filesystems(written: &Spanned<WordOrList>, problems: &mut Problems) -> Filesystems {
    match written.get_ref() {
        WordOrList::Word(word) if word == MOUNTED => Filesystems::Mounted,
        WordOrList::Word(word) => {
            let near = nearest(word, &[MOUNTED]).map_or(String::new(), |near| format!(", nearest is `{near}`"));
            problems.push(
                FileProblem::new(written.span(), format!("`{word}` is not known here{near}"))
                    .with_help("\"mounted\" for all that are, or a list of mount points: [\"/\", \"/data\"]"),
            );
            Filesystems::None
        }
        WordOrList::List(paths) if paths.iter().any(|path| path.get_ref() == MOUNTED) => {
            problems.push(
                FileProblem::new(written.span(), "`mounted` is all of them, and stands alone")
                    .with_help("write filesystems = \"mounted\", or a list of mount points: [\"/\", \"/data\"]"),
            );
            Filesystems::None
        }
        WordOrList::List(paths) => {
            Filesystems::At(paths.iter().filter_map(|path| literal_path(path, problems)).collect())
        }
    }
}
