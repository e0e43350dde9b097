//! `borg list --json`: a table with the archives (borg's documentation, "Frontends").

use roundsman_sdk::Failure;
use roundsman_sdk::parse::{Node, ParseError};

use crate::item::{Item, Seen};

/// Returns each archive. Its time is local and has no zone before borg 2.
pub fn items(root: &Node, offset: i32) -> Result<Vec<Item>, ParseError> {
    let archives = root.get("archives")?.items()?;
    let item = |archive: &Node| {
        let name = archive.get("name")?.text()?.to_owned();
        let at = archive.get("time").and_then(|it| it.field()?.moment(offset));
        Ok(Item { name, seen: at.map(|at| Seen { at, size: None }).map_err(Failure::from) })
    };
    archives.iter().map(item).collect()
}
