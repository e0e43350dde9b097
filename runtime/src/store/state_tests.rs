//! The two files: what is written is read, and what is damaged is set aside.

use super::*;
use crate::judge::sample;
use crate::standing::Standing;
use std::collections::BTreeMap;

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(&directory.path().join("state")).expect("a store");
    (directory, store)
}

fn remember(store: &Store, name: &str) {
    let changed = store.change(|memory| {
        memory.private.checks.entry(name.to_owned()).or_default();
        memory.results.checks.insert(name.to_owned(), Standing::pending(sample::verdict()));
    });
    changed.expect("changed").written.expect("written");
}

#[test]
fn what_is_written_is_read() {
    let (_directory, store) = store();
    let state = BTreeMap::from([("offset".to_owned(), vec![0, 255, 10])]);
    store
        .change(|memory| memory.private.checks.entry("log".to_owned()).or_default().set_state(state.clone()))
        .expect("changed");
    let (memory, damage) = store.read().expect("read");
    assert_eq!((memory.private.checks["log"].state(), damage), (state, Vec::new()));
}

#[test]
fn a_change_keeps_what_others_wrote() {
    let (_directory, store) = store();
    for name in ["a", "b"] {
        remember(&store, name);
    }
    let (memory, _) = store.read().expect("read");
    assert_eq!((memory.private.checks.len(), memory.results.checks.len()), (2, 2));
}

#[test]
fn what_was_read_or_written_before_is_read_again_where_somebody_else_wrote() {
    let (_directory, store) = store();
    remember(&store, "a");
    let (mut memory, _) = store.read().expect("read");
    let update = |memory: &mut Memory| {
        let updated = store.update(memory, |memory| memory.results.checks.keys().cloned().collect::<Vec<_>>());
        updated.expect("updated")
    };
    // What only this memory has shows that it was not read.
    memory.results.checks.insert("own".to_owned(), Standing::pending(sample::verdict()));
    assert_eq!(update(&mut memory).value, ["a", "own"]);
    assert_eq!(update(&mut memory).value, ["a", "own"]);
    remember(&store, "b");
    assert_eq!(update(&mut memory).value, ["a", "b", "own"], "both are written by now");
    memory.results.checks.remove("own");
    std::fs::set_permissions(store.path(private::FILE), Permissions::from_mode(0o620)).expect("a mode");
    assert_eq!(update(&mut memory).value, ["a", "b", "own"], "what others may write was read, and set aside");
    // A change that was not written is not remembered.
    std::fs::remove_file(store.path(results::FILE)).expect("a file");
    std::fs::create_dir(store.path("results.tmp")).expect("in its way");
    memory.results.checks.insert("lost".to_owned(), Standing::pending(sample::verdict()));
    assert!(update(&mut memory).written.is_err());
    std::fs::remove_dir(store.path("results.tmp")).expect("out of its way");
    memory.results.checks.insert("lost".to_owned(), Standing::pending(sample::verdict()));
    assert_eq!(update(&mut memory).value, Vec::<String>::new());
}

#[test]
fn only_the_results_are_open_to_a_group() {
    let (_directory, store) = store();
    remember(&store, "a");
    let mode = |file| store.path(file).metadata().expect("metadata").mode() & 0o777;
    assert_eq!((mode(results::FILE), mode(private::FILE)), (if group().is_some() { 0o640 } else { 0o600 }, 0o600));
    assert_eq!(results::read(&store.directory).expect("read").expect("written").checks.len(), 1);
}

#[test]
fn a_file_cut_anywhere_is_set_aside_and_said_and_the_other_holds() {
    for (damaged, whole) in [(results::FILE, private::FILE), (private::FILE, results::FILE)] {
        let (_directory, store) = store();
        remember(&store, "log");
        let content = std::fs::read(store.path(damaged)).expect("the file");
        for end in 0..content.len() {
            std::fs::write(store.path(damaged), &content[..end]).expect("cut");
            let (memory, damage) = store.read().expect("read");
            assert_eq!(memory.results.checks.len() + memory.private.checks.len(), 1);
            assert!(damage[0].contains(&format!("{damaged}.corrupt")) && damage.len() == 1, "{damage:?}");
            assert_eq!(std::fs::read(store.path(damaged)).expect("still there"), &content[..end]);
            remember(&store, "log");
            assert_eq!(std::fs::read(corrupt(&store.path(damaged))).expect("set aside"), &content[..end]);
            assert!(!corrupt(&store.path(whole)).exists());
            assert_eq!(store.read().expect("read").1, Vec::<String>::new());
        }
    }
}

#[test]
fn a_directory_that_others_may_write_keeps_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).expect("a mode");
    let error = Store::open(directory.path()).expect_err("refused").to_string();
    assert!(error.contains("chmod"), "{error}");
}

#[test]
fn what_is_no_file_of_ours_is_set_aside_at_once() {
    for file in [results::FILE, private::FILE] {
        let plants: [&dyn Fn(&Path); 4] = [
            &|path| {
                rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe")
            },
            &|path| std::fs::create_dir(path).expect("a directory"),
            &|path| std::os::unix::fs::symlink("/etc/hostname", path).expect("a link"),
            &|path| drop(std::os::unix::net::UnixListener::bind(path).expect("a socket")),
        ];
        let (_directory, store) = store();
        for plant in plants {
            plant(&store.path(file));
            let (_, damage) = store.read().expect("read");
            assert!(damage.len() == 1 && damage[0].contains("no regular file"), "{damage:?}");
            remember(&store, "a");
            assert_eq!(store.read().expect("read").1, Vec::<String>::new());
            assert!(corrupt(&store.path(file)).symlink_metadata().is_ok());
            std::fs::remove_file(store.path(file)).expect("a file");
        }
    }
}

#[test]
fn what_others_may_write_is_not_believed() {
    let (_directory, store) = store();
    remember(&store, "a");
    std::fs::set_permissions(store.path(private::FILE), Permissions::from_mode(0o620)).expect("a mode");
    let (memory, damage) = store.read().expect("read");
    assert!(memory.private.checks.is_empty() && damage[0].contains("0620"), "{damage:?}");
}

#[test]
fn a_lock_file_that_was_replaced_is_no_lock() {
    let (_directory, store) = store();
    let path = store.path("state.lock");
    let first = store.lock().expect("locked");
    std::fs::remove_file(&path).expect("a lock");
    let second = locks::open(&path).expect("opened");
    assert!(!locks::is_there(&first, &path).expect("looked") && locks::is_there(&second, &path).expect("looked"));
}
