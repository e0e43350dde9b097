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
    /// Whether requests wait, as a tool holds the map.
    pub suspended: bool,
    /// What happens to requests while there is no path; `None` where that is not told.
    pub queueing: Option<String>,
    pub faults: Option<u64>,
}

/// A path to the disk.
pub struct Path {
    pub device: String,
    /// As the kernel has it: `active`, `failed`.
    pub kernel: String,
    /// As the checker of the daemon found it: `ready`, `ghost`, `faulty`, `shaky`, ….
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
