//! The contract is usable from other languages: the generators of their bindings accept `wit/`.
#![expect(clippy::disallowed_methods, reason = "a generator is a program")]

use std::process::Command;

use roundsman_tests::{built, root};
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
        class Check(wit_world.WitWorld):\n    pass\n\
        types.Outcome(types.Status.OK, 'text', [], [], [], [])\n\
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
    assert!(header.contains("exports_check_run("), "no `run` in the header:\n{header}");
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
