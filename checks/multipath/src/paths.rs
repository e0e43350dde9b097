//! `multipathd show paths raw format "%m|%d|%t|%T"`, for versions without JSON: map, device, state in the kernel, state that
//! the checker found.

use roundsman_sdk::parse::{ParseError, lines};

use crate::map::{Map, Path, Seen};

/// The word that the daemon prints, with exit code 0, where it has nothing to print.
const NOTHING: &str = "ok";

/// Groups the paths by their maps. Words that are no path, such as the daemon's help after a request that it does not
/// know, are an error although it exits with 0.
pub fn parse(text: &str) -> Result<Vec<Map>, ParseError> {
    if text.trim().is_empty() {
        return Err(ParseError::whole("nothing was printed: this version knows another format"));
    }
    let mut maps: Vec<(String, Seen)> = Vec::new();
    for line in lines(text).filter(|line| !matches!(line.text().trim(), "" | NOTHING)) {
        let columns: Vec<&str> = line.text().split('|').map(str::trim).collect();
        let [map, device, kernel, checker] = columns[..] else {
            return Err(line.error("is no path: grant the format \"%m|%d|%t|%T\""));
        };
        // A device that belongs to no map.
        if map == "[orphan]" {
            continue;
        }
        let path = Path { device: device.into(), kernel: kernel.into(), checker: checker.into() };
        match maps.iter_mut().find(|(name, _)| name == map) {
            Some((_, seen)) => seen.paths.push(path),
            None => maps.push((map.into(), Seen { paths: vec![path], ..Seen::default() })),
        }
    }
    Ok(maps.into_iter().map(|(name, seen)| Map { name, seen: Ok(seen) }).collect())
}
