//! `restic snapshots --json`: a list of snapshots (restic's documentation, "Scripting").

use roundsman_sdk::Failure;
use roundsman_sdk::parse::{Node, ParseError};

use crate::item::{Item, Seen};

/// Returns each snapshot, named by its host and paths: `web1 /etc /srv`. One that cannot be read hides no other.
pub fn items(root: &Node) -> Result<Vec<Item>, ParseError> {
    root.items()?.iter().map(item).collect()
}

fn item(snapshot: &Node) -> Result<Item, ParseError> {
    let mut name = snapshot.get("hostname")?.text()?.to_owned();
    for path in snapshot.get("paths")?.items()? {
        name.push(' ');
        name.push_str(path.text()?);
    }
    Ok(Item { name, seen: seen(snapshot).map_err(Failure::from) })
}

/// Reads one snapshot; its size is told from restic 0.17 on.
fn seen(snapshot: &Node) -> Result<Seen, ParseError> {
    let at = snapshot.get("time")?.field()?.moment(0)?;
    let summary = snapshot.find("summary")?;
    let size = summary.map(|it| it.get("total_bytes_processed")?.natural()).transpose()?;
    Ok(Seen { at, size })
}
