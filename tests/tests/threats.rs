//! docs/threats.md: each row has a test, or says why not; each test that it names, and each row that a test cites, exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use roundsman_tests::document::{quoted, read, table_rows};
use roundsman_tests::root;

const PAGE: &str = "docs/threats.md";

/// Number of rows of each part, so that none is lost.
const PARTS: [(char, usize); 6] = [('A', 26), ('B', 40), ('C', 33), ('D', 19), ('E', 41), ('F', 8)];

/// A row: its number, and the cell that names its tests.
fn rows() -> Vec<(String, String)> {
    let rows = table_rows(&read(PAGE)).into_iter().filter(|cells| is_row(&cells[0]));
    rows.map(|cells| (cells[0].clone(), cells[3].clone())).collect()
}

/// A letter of a part and two digits.
fn is_row(word: &str) -> bool {
    let mut chars = word.chars();
    let first = chars.next().is_some_and(|letter| PARTS.iter().any(|(part, _)| *part == letter));
    first && word.len() == 3 && chars.all(|digit| digit.is_ascii_digit())
}

/// The files below a folder whose name ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

fn sources(ending: &str) -> Vec<(PathBuf, String)> {
    let folders = ["runtime", "tests", "checks", "guest-sdk"].map(|folder| root().join(folder));
    let all = folders.iter().flat_map(|folder| files(folder, ending));
    all.map(|path| (path.clone(), fs::read_to_string(path).expect("a source"))).collect()
}

/// Every test, scene and case of a corpus, by name.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in sources(".rs") {
        let mut marked = false;
        for line in text.lines().map(str::trim_start) {
            marked |= line == "#[test]";
            if let Some(name) = line.strip_prefix("fn ").filter(|_| marked) {
                names.insert(name.split('(').next().unwrap_or_default().to_owned());
                marked = false;
            }
            if let Some(name) = line.strip_prefix("(\"").filter(|_| text.contains("SCENES: ")) {
                names.insert(name.split('"').next().unwrap_or_default().to_owned());
            }
        }
    }
    for corpus in fs::read_dir(root().join("tests/cases")).expect("the corpora") {
        for case in fs::read_dir(corpus.expect("a corpus").path()).expect("its cases") {
            names.insert(case.expect("a case").file_name().to_string_lossy().into_owned());
        }
    }
    names
}

#[test]
fn no_row_is_missing_or_there_twice() {
    let expected: Vec<String> =
        PARTS.iter().flat_map(|(part, count)| (1..=*count).map(move |number| format!("{part}{number:02}"))).collect();
    let listed: Vec<String> = rows().into_iter().map(|(row, _)| row).collect();
    assert_eq!(listed, expected);
}

#[test]
fn each_row_names_tests_that_exist_or_says_why_it_has_none() {
    let known = tests();
    assert!(known.len() > 700, "only {} tests were found", known.len());
    for (row, cell) in rows() {
        if let Some(reason) = cell.strip_prefix("none: ") {
            assert!(reason.len() > 20, "{PAGE}: row {row}: `{reason}` is no reason");
            continue;
        }
        let named = quoted(&cell);
        assert!(!named.is_empty(), "{PAGE}: row {row} names no test; name one, or write `none: ` and the reason");
        for name in named {
            assert!(known.contains(&name), "{PAGE}: row {row} names the test `{name}`, which does not exist");
        }
    }
}

#[test]
fn each_row_that_a_test_cites_exists() {
    let listed: BTreeSet<String> = rows().into_iter().map(|(row, _)| row).collect();
    let mut cited = 0;
    for (path, text) in [".rs", ".wat"].into_iter().flat_map(sources) {
        let comments =
            text.lines().map(str::trim_start).filter(|line| line.starts_with("//") || line.starts_with(";;"));
        for word in
            comments.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric())).filter(|word| is_row(word))
        {
            assert!(listed.contains(word), "{}: {word} is no row of {PAGE}", path.display());
            cited += 1;
        }
    }
    assert!(cited > 50, "only {cited} citations were found");
}
