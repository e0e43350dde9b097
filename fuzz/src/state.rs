//! The two files of the state: any bytes are read, or count as none and are set aside, whole, by the next change; and
//! what is written then is read.

use std::fs;
use std::sync::LazyLock;

use roundsman_store::checksummed::wrap;
use roundsman_store::memory::Memory;
use roundsman_store::state::Store;
use roundsman_store::{private, results};
use tempfile::TempDir;

/// In memory where that is to be had: each change waits for the disk.
static DIRECTORY: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory"));

/// The bytes as each file, as they are and under a first line that holds: else no fuzzer gets past the checksum.
pub fn try_on(input: &[u8]) {
    for (file, form) in [(private::FILE, private::FORM), (results::FILE, results::FORM)] {
        as_file(file, input);
        as_file(file, &wrap(form, input));
    }
}

fn as_file(file: &str, content: &[u8]) {
    let store = Store::open(DIRECTORY.path()).expect("a store");
    let path = DIRECTORY.path().join(file);
    let aside = path.with_extension("corrupt");
    fs::write(&path, content).expect("a file");
    let (memory, damage) = store.read().expect("damage is no error");

    store.change(|_| {}).expect("damage stops no change").written.expect("nor the write");
    assert_eq!(!damage.is_empty(), aside.exists(), "set aside and said, or neither");
    if aside.exists() {
        assert_eq!(fs::read(&aside).expect("what was set aside"), content);
        fs::remove_file(&aside).expect("removed");
    }
    let (again, damage) = store.read().expect("what was written is read");
    assert_eq!(damage, Vec::<String>::new());
    // By their text, as a number that is none is not equal to itself.
    let text = |memory: &Memory| format!("{:?} {:?}", memory.results, memory.private);
    assert_eq!(text(&again), text(&memory));
    fs::remove_file(&path).expect("removed");
}
