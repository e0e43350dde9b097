//! A map and its paths, from `multipathd show maps json` (multipath-tools 0.6 and later).

use roundsman_sdk::Failure;
use roundsman_sdk::parse::{Node, ParseError, document};

/// A map by its name in `/dev/mapper`.
pub struct Map {
    pub name: String,
    pub seen: Result<Seen, Failure>,
}

/// The state of a map.
#[derive(Default)]
pub struct Seen {
    pub paths: Vec<Path>,
    /// Whether the map is suspended, so that I/O requests wait.
    pub suspended: bool,
    /// Fate of I/O requests while there is no path; `None` if the daemon does not report it.
    pub queueing: Option<String>,
    pub faults: Option<u64>,
}

/// A path to the disk.
pub struct Path {
    pub device: String,
    /// State of the path in the kernel: `active`, `failed`.
    pub kernel: String,
    /// State of the path by the daemon's checker: `ready`, `ghost`, `faulty`, `shaky`, ….
    pub checker: String,
}

impl Path {
    /// Tells whether it works. A ghost is the standby side of an array, which works as soon as it is needed.
    pub fn is_usable(&self) -> bool {
        self.kernel == "active" && matches!(self.checker.as_str(), "ready" | "ghost")
    }
}

/// Reads all maps. One that cannot be read hides no other.
pub fn parse(text: &str) -> Result<Vec<Map>, ParseError> {
    let document = document(text)?;
    let maps = document.root().get("maps")?.items()?;
    let map = |node: &Node| {
        let name = node.get("name")?.text()?.to_owned();
        Ok(Map { name, seen: seen(node).map_err(Failure::from) })
    };
    maps.iter().map(map).collect()
}

fn seen(map: &Node) -> Result<Seen, ParseError> {
    let mut paths = Vec::new();
    for group in map.get("path_groups")?.items()? {
        for path in group.get("paths")?.items()? {
            let text = |key: &str| Ok(path.get(key)?.text()?.to_owned());
            paths.push(Path { device: text("dev")?, kernel: text("dm_st")?, checker: text("chk_st")? });
        }
    }
    Ok(Seen {
        paths,
        suspended: map.get("dm_st")?.text()?.starts_with("suspend"),
        queueing: map.find("queueing")?.map(|it| it.text().map(str::to_owned)).transpose()?,
        faults: map.find("path_faults")?.map(|it| it.natural()).transpose()?,
    })
}
