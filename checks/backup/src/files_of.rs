//! Backups that are files.

use roundsman_sdk::files::{self, FileKind};
use roundsman_sdk::{Error, Failure};

use crate::item::{Item, Seen};

/// Returns each file that one of the globs matches.
pub fn items(globs: &[String]) -> Result<Vec<Item>, Error> {
    let mut items: Vec<Item> = Vec::new();
    for glob in globs {
        for (name, metadata) in files::stat_glob(glob)? {
            let seen = match metadata {
                Ok(it) if it.kind != FileKind::Regular => continue,
                Ok(it) => Ok(Seen { at: it.modified / 1_000_000_000, size: Some(it.size) }),
                // It was removed between the list and the look, as old ones are.
                Err(error) if error.is_not_found() => continue,
                Err(error) => Err(Failure::from(error)),
            };
            if !items.iter().any(|it| it.name == name) {
                items.push(Item { name, seen });
            }
        }
    }
    Ok(items)
}
