//! A shipped check imports the contract, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use roundsman_tests::{built, check, component, guest, root};
use wasmparser::{ComponentTypeRef, Parser, Payload};

/// The names that the component itself imports; those of the modules inside are answered inside.
fn imports(component: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.expect("a valid component") {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                let all = section.into_iter().map(|import| import.expect("an import"));
                // A type is a name for what an imported interface has, and no import of anything.
                let things = all.filter(|import| !matches!(import.ty, ComponentTypeRef::Type(_)));
                names.extend(things.map(|import| import.name.name.to_owned()));
            }
            _ => {}
        }
    }
    names
}

fn assert_imports_only_the_contract(path: &Path) {
    let found = imports(&fs::read(path).expect("a component"));
    let foreign: Vec<_> = found.iter().filter(|name| !name.starts_with("roundsman:check/")).collect();
    assert!(foreign.is_empty(), "{} imports {foreign:?}", path.display());
    assert!(!found.is_empty(), "{} imports nothing, not even the contract's types", path.display());
}

#[test]
fn every_check_imports_only_the_contract() {
    let crates = fs::read_dir(root().join("checks")).expect("a folder of checks");
    let names: Vec<String> =
        crates.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert!(!names.is_empty(), "no checks in checks/");
    for name in names {
        assert_imports_only_the_contract(&check(&name));
    }
    for entry in fs::read_dir(built("checks", "checks")).expect("a folder of components") {
        assert_imports_only_the_contract(&entry.expect("an entry").path());
    }
}

#[test]
fn a_foreign_import_would_be_seen() {
    assert_eq!(
        imports(&component::wat("logs")),
        set(&["roundsman:check/logging@0.1.0", "roundsman:check/types@0.1.0"])
    );
    assert_imports_only_the_contract(&guest("probe"));
    assert!(imports(&component::wasi("0.2.6")).contains("wasi:clocks/monotonic-clock@0.2.6"));
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
