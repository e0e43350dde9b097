//! Components that ship are small: compiling one anew, and what the cache holds of it, follows from its size.

use std::fs;

use roundsman_tests::{built, root};

/// Bytes; a check that brings regular expressions along is the largest.
const MOST: u64 = 300_000;

#[test]
fn each_check_that_ships_is_small() {
    for entry in fs::read_dir(root().join("checks")).expect("checks/") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name in UTF-8");
        let path = built(&format!("checks/{name}.wasm"), "checks");
        let size = fs::metadata(&path).expect("a size").len();
        assert!(size <= MOST, "{name}.wasm has {size} bytes: what it pulls in is listed in guest-sdk/rust/README.md");
    }
}
