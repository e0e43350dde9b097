//! Every component of `tests/guests` is what its file says, and has a test that runs it.

use std::fs;
use std::path::Path;

use roundsman_tests::{component, root};

#[test]
fn each_guest_is_named_in_a_test() {
    let mut guests = names("tests/guests/wat", "wat");
    guests.extend(names("tests/guests/rust/examples", "rs"));
    let mut tests = String::new();
    read_all(&root().join("tests/tests"), &mut tests);
    let missing: Vec<_> = guests.iter().filter(|guest| !tests.contains(&format!("\"{guest}\""))).collect();
    assert!(guests.len() > 20, "the folders of guests were not found: {guests:?}");
    assert!(missing.is_empty(), "no test names these guests: {missing:?}");
}

/// Without the runtime: a guest that is no component would test nothing but the loader.
#[test]
fn each_assembled_guest_is_a_valid_component() {
    for name in names("tests/guests/wat", "wat") {
        let component = match name.as_str() {
            "asks-wasi" => component::wasi("0.2.6"),
            "asks-network" => component::network("0.1.1"),
            // Of other worlds: `wrong_files` gives them theirs.
            "greets" | "runs-otherwise" => continue,
            _ => component::wat(&name),
        };
        wasmparser::validate(&component).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let many = component::with_instances(component::wat("minimal"), 900);
    wasmparser::validate(&many).unwrap_or_else(|error| panic!("with many instances: {error}"));
}

fn names(folder: &str, extension: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join(folder))
        .expect("a folder of guests")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Adds the text of every Rust file below `folder`.
fn read_all(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("a source file"));
        }
    }
}
