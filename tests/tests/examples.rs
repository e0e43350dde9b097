//! Each public name of the SDK for Rust is used by an example of its page; the examples are run by `cargo test --doc`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use roundsman_tests::root;

/// Files of what an author does not see: what asks the host, and what the fake host is made of.
const INNER: [&str; 6] =
    ["bindings.rs", "host/mod.rs", "host/imports.rs", "fake/calls.rs", "fake/world.rs", "fake/granted.rs"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Returns the words of the examples in the comments of a source.
fn used(source: &str) -> BTreeSet<String> {
    let (mut words, mut inside) = (BTreeSet::new(), false);
    for line in source.lines() {
        let line = line.trim_start();
        let Some(comment) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
            inside = false;
            continue;
        };
        if comment.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            let of_line = comment.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            words.extend(of_line.map(str::to_owned));
        }
    }
    words
}

/// Returns the names that a source makes public.
fn public(source: &str) -> Vec<&str> {
    let (code, _) = source.split_once("#[cfg(test)]").unwrap_or((source, ""));
    code.lines()
        .filter_map(|line| {
            let rest = line.trim_start().strip_prefix("pub ")?;
            let rest = rest.strip_prefix("const ").unwrap_or(rest);
            let rest =
                ["fn ", "struct ", "enum ", "trait ", "type "].iter().find_map(|kind| rest.strip_prefix(kind))?;
            rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
        })
        .collect()
}

#[test]
fn each_public_name_is_used_by_an_example() {
    let folder = root().join("guest-sdk/rust/src");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    let (mut lacking, mut all) = (BTreeMap::new(), 0);
    for path in files {
        let name = path.strip_prefix(&folder).expect("below it").display().to_string();
        if name.contains("tests") || INNER.contains(&name.as_str()) {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        let mut words = used(&source);
        // A module in a folder is shown as a whole by the page of the folder.
        let above = path.with_file_name("mod.rs");
        if above.is_file() {
            words.extend(used(&fs::read_to_string(above).expect("a source")));
        }
        let names = public(&source);
        all += names.len();
        let without: Vec<String> = names.into_iter().filter(|it| !words.contains(*it)).map(str::to_owned).collect();
        if !without.is_empty() {
            lacking.insert(name, without);
        }
    }
    assert!(all > 200, "{all} names");
    assert!(lacking.is_empty(), "no example uses {lacking:?}");
}
