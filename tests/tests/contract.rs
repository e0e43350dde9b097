//! The contract is usable from other languages: the generators of their bindings accept `wit/`.
#![expect(clippy::disallowed_methods, reason = "a generator is a program")]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use roundsman_tests::{built, root};
use serde_json::Value;
use wit_bindgen_core::Files;
use wit_parser::Resolve;

#[test]
fn componentize_py_makes_bindings() {
    let into = tempfile::tempdir().expect("a temporary directory");
    let output = Command::new(built("python/bin/componentize-py", "test"))
        .arg("--wit-path")
        .arg(root().join("wit"))
        .args(["--world", "check", "bindings"])
        .arg(into.path())
        .output()
        .expect("componentize-py starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // An author's first lines, so that what was made is Python, and holds the contract's types.
    let program = "\
        import wit_world\n\
        from wit_world.imports import types, files, commands, logging, clock, state\n\
        from wit_world import exports\n\
        class Guest(exports.Guest):\n    pass\n\
        types.Outcome(types.Status.OK, 'text', [], [], [], [])\n\
        types.Failure('text', types.Cause_Other(types.Otherwise('', '', [])), [])\n\
        assert callable(files.read_glob) and callable(commands.run)\n";
    let output = Command::new(built("python/bin/python", "test"))
        .args(["-c", program])
        .env("PYTHONPATH", into.path())
        .output()
        .expect("python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn wit_bindgen_makes_bindings_for_c() {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).expect("wit/ is a package");
    let world = resolve.select_world(&[package], Some("check")).expect("the world `check`");
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files).expect("bindings");
    let header = files.iter().find(|(name, _)| *name == "check.h").expect("a header").1;
    let header = String::from_utf8_lossy(header);
    assert!(header.contains("exports_roundsman_check_guest_run("), "no `run` in the header:\n{header}");
    // What authors get is what the contract of today makes.
    for (name, made) in files.iter() {
        let kept = fs::read(root().join("guest-sdk/c").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(kept == made, "guest-sdk/c/{name} is not what wit-bindgen makes of wit/: write it anew");
    }
}

#[test]
fn every_item_is_documented() {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).expect("wit/ is a package");
    let mut missing = Vec::new();
    for (name, id) in &resolve.packages[package].interfaces {
        let interface = &resolve.interfaces[*id];
        let functions = interface.functions.iter().map(|(name, function)| (name, &function.docs));
        let all = std::iter::once((name, &interface.docs)).chain(functions);
        missing.extend(all.filter(|(_, docs)| docs.is_empty()).map(|(item, _)| format!("{name}.{item}")));
    }
    assert!(missing.is_empty(), "not documented in wit/: {missing:?}");
}

/// What is said in two places is the same: the schema and what the host reads, the WIT and the page for authors.
#[test]
fn the_world_on_the_page_is_one_of_this_contract() {
    for (page, block) in roundsman_tests::document::marked("wit") {
        let mut resolve = Resolve::default();
        resolve.push_dir(root().join("wit")).expect("wit/ is a package");
        let pushed = resolve.push_source(&page, &block.text);
        assert!(pushed.is_ok(), "{page}: {:?}", pushed.err());
    }
}

#[test]
fn schema_page_and_wit_say_the_same() {
    let text = |path: &str| fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let schema: Value = serde_json::from_str(&text("docs/descriptor.schema.json")).expect("JSON");
    let definitions = schema["$defs"].as_object().expect("definitions");
    let keys = definitions.values().flat_map(|it| it["properties"].as_object().expect("properties").keys().cloned());
    let keys: BTreeSet<String> = keys.collect();
    // Each key that the host takes stands behind one of these.
    let reader = text("runtime/contract/src/json.rs");
    let taken = ["text(\"", "list(\"", "texts(\"", "take(\"", "boolean(\"", "number(\"", "range(&mut table, \""]
        .iter()
        .flat_map(|call| reader.match_indices(*call).map(|(at, call)| &reader[at + call.len()..]))
        .map(|rest| rest.split('"').next().unwrap_or_default().to_owned());
    assert_eq!(keys, taken.collect(), "the keys of docs/descriptor.schema.json and those that the host reads");

    let (types, page) = (text("wit/types.wit"), text("docs/contract.md"));
    let units = schema["$defs"]["metric"]["properties"]["unit"]["description"].as_str().expect("a text");
    for unit in ["number", "bytes", "seconds", "percent", "celsius"] {
        assert!(types.contains(&format!("\n    {unit},\n")) && units.contains(&format!("`{unit}`")), "{unit}");
    }
    assert_eq!(schema["$defs"]["metric"]["properties"]["kind"]["enum"], serde_json::json!(["gauge", "counter"]));
    assert!(types.contains("enum metric-kind { gauge, counter }"));
    for key in ["shown.item", "shown.unit", "shown.warning", "shown.critical", "no_value", "yields", "recovered"] {
        let quoted = format!("`{key}`");
        assert!(types.contains(&quoted) && page.contains(&quoted), "{key} is told in one place only");
    }
    for closed in ["status", "metric-kind", "unit", "range", "level", "ending", "file-kind"] {
        assert!(page.contains(&format!("`{closed}`")), "{closed} is not in docs/contract.md");
    }
    let all_wit = ["types", "files", "commands", "logging"].map(|name| text(&format!("wit/{name}.wit"))).concat();
    assert_eq!(all_wit.matches("Closed for ever").count(), 7, "what is closed says so where it is defined");
    for interface in ["guest", "files", "commands", "logging", "clock", "state", "types"] {
        assert!(page.contains(&format!("| `{interface}`")), "{interface} is not in the table of docs/contract.md");
        assert!(root().join(format!("wit/{interface}.wit")).exists());
    }
}
