//! The state file: any bytes are read or set aside, and what is written next is read.

use std::fs;
use std::sync::LazyLock;

use roundsman::store::state::Store;
use tempfile::TempDir;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

/// The bytes as the file.
pub fn try_on(input: &[u8]) {
    let store = Store::open(DIRECTORY.path()).expect("a store");
    fs::write(DIRECTORY.path().join("state.json"), input).expect("a file");
    let (memory, damage) = store.read().expect("damage is no error");
    for remembered in memory.checks.values() {
        drop(remembered.state());
    }
    let aside = DIRECTORY.path().join("state.json.corrupt");
    assert_eq!(damage.is_some(), aside.exists(), "set aside and said, or neither");
    if damage.is_some() {
        assert_eq!(fs::read(&aside).expect("what was set aside"), input);
        fs::remove_file(&aside).expect("removed");
    }
}
