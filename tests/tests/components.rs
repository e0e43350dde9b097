//! Components that ship are small: compiling one anew, and what the cache holds of it, follows from its size.

use std::fs;

use roundsman_tests::{built, root};

/// Bytes.
const MOST: u64 = 250_000;

/// Checks that are larger than that since they read tables, JSON and rotated logs: maps and sorting for many types are most of
/// it. These figures may only fall; the aim is [`MOST`] for all.
const LARGER: [(&str, u64); 3] = [("command", 462_000), ("file", 408_000), ("log", 304_000)];

#[test]
fn each_check_that_ships_is_small() {
    for entry in fs::read_dir(root().join("checks")).expect("checks/") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name in UTF-8");
        let path = built(&format!("checks/{name}.wasm"), "checks");
        let size = fs::metadata(&path).expect("a size").len();
        let most = LARGER.iter().find(|(larger, _)| *larger == name).map_or(MOST, |(_, most)| *most);
        assert!(size <= most, "{name}.wasm has {size} bytes: what it pulls in is listed in guest-sdk/rust/README.md");
    }
}
