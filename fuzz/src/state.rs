//! The state file: any bytes are read, or count as none and are set aside, whole, by the next change; and what is
//! written then is read.

use std::fs;
use std::sync::LazyLock;

use roundsman::store::state::Store;
use tempfile::TempDir;

/// In memory where that is to be had: each change waits for the disk.
static DIRECTORY: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory"));

/// The bytes as the file.
pub fn try_on(input: &[u8]) {
    let store = Store::open(DIRECTORY.path()).expect("a store");
    let aside = DIRECTORY.path().join("state.json.corrupt");
    fs::write(DIRECTORY.path().join("state.json"), input).expect("a file");
    let (memory, damage) = store.read().expect("damage is no error");
    let states: Vec<_> = memory.checks.values().map(|remembered| remembered.state()).collect();

    store.change(|_| {}).expect("damage stops no change");
    assert_eq!(damage.is_some(), aside.exists(), "set aside and said, or neither");
    if damage.is_some() {
        assert_eq!(fs::read(&aside).expect("what was set aside"), input);
        fs::remove_file(&aside).expect("removed");
    }
    let (again, damage) = store.read().expect("what was written is read");
    assert_eq!(damage, None);
    assert_eq!((&again.checks, &again.faults), (&memory.checks, &memory.faults));
    assert_eq!(again.checks.values().map(|remembered| remembered.state()).collect::<Vec<_>>(), states);
}
