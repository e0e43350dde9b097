//! A component that did not return says where it was, by the names and lines that it carries.

use std::fs;
use std::path::{Path, PathBuf};

use roundsman_tests::{Host, Output, component, guest};
use serde_json::Value;

/// The component of the test-suite, with so much of what it carries.
fn nests(host: &Host, hidden: &[&[u8]]) -> PathBuf {
    let mut bytes = fs::read(guest("nests")).expect("the component");
    for name in hidden {
        let found: Vec<usize> = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
        assert!(!found.is_empty(), "no section {name:?}");
        // A section of another name is none that anybody reads.
        found.into_iter().for_each(|at| bytes[at + 1] = b'_');
    }
    host.file("nests.wasm", bytes)
}

const LINES: &[u8] = b"\x0b.debug_line";
const NAMES: &[u8] = b"\x04name\0";

fn run(host: &Host, file: &Path, how: &str) -> Output {
    host.check(file, &["--format", "text", "--set", &format!("how={how}")])
}

/// The functions that a text names, each with what follows it.
fn functions(output: &Output) -> Vec<&str> {
    output.stdout.lines().filter_map(|line| line.strip_prefix("  in ")).collect()
}

/// The line of the source where this stands.
fn line_of(text: &str) -> usize {
    let source = fs::read_to_string(roundsman_tests::root().join("tests/guests/rust/examples/nests.rs"));
    let source = source.expect("the source");
    source.lines().position(|line| line.contains(text)).expect("that line") + 1
}

#[test]
fn a_panic_in_a_nested_function_is_found_by_name_and_line() {
    let host = Host::new();
    let output = run(&host, &nests(&host, &[]), "panic");
    let functions = functions(&output);
    assert_eq!(output.code, 3, "{output}");
    for (at, (name, text)) in [("nests::inner", "expect("), ("nests::outer", "1 + inner(")].into_iter().enumerate() {
        let place = format!("examples/nests.rs:{}:", line_of(text));
        assert!(functions[at].starts_with(name) && functions[at].contains(&place), "{place}: {output}");
    }
    assert!(!output.stdout.contains("panicking::"), "what Rust does in a panic: {output}");
    let run = format!("run, {}/tests/guests/rust/examples/nests.rs:", roundsman_tests::root().display());
    assert!(functions[2].starts_with(&run), "the compiler made it a part of another: {output}");
}

#[test]
fn names_are_told_without_lines_and_nothing_without_names() {
    let host = Host::new();
    let named = run(&host, &nests(&host, &[LINES]), "panic");
    assert_eq!(functions(&named)[..2], ["nests::inner", "nests::outer"], "{named}");
    let stripped = run(&host, &nests(&host, &[LINES, NAMES]), "panic");
    assert!(functions(&stripped).is_empty() && stripped.stdout.starts_with("UNKNOWN: trap: "), "{stripped}");
}

#[test]
fn a_computation_and_a_recursion_without_end_are_found() {
    let host = Host::new();
    let file = nests(&host, &[]);
    let computes = run(&host, &file, "compute");
    assert!(computes.stdout.starts_with("UNKNOWN: limit: ") && computes.stdout.contains("fuel = "), "{computes}");
    assert!(functions(&computes)[0].starts_with("nests::computes, "), "{computes}");
    let recurses = run(&host, &file, "recurse");
    let functions = functions(&recurses);
    assert!(functions[0].starts_with("nests::recurses") && functions.len() < 25, "{recurses}");
    assert!(recurses.stdout.contains(" times)") && recurses.stdout.contains("  and further out\n"), "{recurses}");
}

/// What an operator sees in the morning is what the round kept.
#[test]
fn a_round_keeps_where_a_check_was_and_tells_it_in_every_format() {
    let host = Host::new();
    let file = nests(&host, &[]);
    host.drop_in(
        "nests",
        &format!("[check.nests]\nwasm = {file:?}\nevery = \"60s\"\n[check.nests.config]\nhow = \"panic\"\n"),
    );
    let round = host.run(["run", "--all", "--format", "json"]);
    let stack = round.json_lines()[0]["failure"]["stack"].clone();
    assert!(stack[0].as_str().is_some_and(|line| line.starts_with("in nests::inner, ")), "{round}");
    let status = host.run(["status", "nests", "--format", "text"]);
    assert_eq!(functions(&status).len(), stack.as_array().expect("a list").len(), "{status}");
    let plugin = host.run(["check", "nests"]);
    assert!(plugin.stdout.lines().nth(1).is_some_and(|line| line.starts_with("  in nests::inner")), "{plugin}");
}

/// A component of one module whose functions have these names, in the bytes of the text format; each calls the one before.
fn named(host: &Host, names: &[String]) -> PathBuf {
    let mut fields = String::new();
    for (at, name) in names.iter().enumerate() {
        let body = if at == 0 { "unreachable".to_owned() } else { format!("call {}", at - 1) };
        fields.push_str(&format!("(func (@name \"{name}\") {body})\n"));
    }
    let last = names.len() - 1;
    fields.push_str(&format!("(func (export \"run\") (param i32 i32) (result i32) call {last} i32.const 0)"));
    host.file("named.wasm", component::assemble(&fields, &component::World::default()).expect("a component"))
}

#[test]
fn hostile_names_are_escaped_and_bounded() {
    let host = Host::new();
    let hostile = ["\\0aUNKNOWN: all is well\\1b[2J\\e2\\80\\ae".to_owned(), "x".repeat(1 << 20)];
    let output = host.check(&named(&host, &hostile), &["--format", "text"]);
    let functions = functions(&output);
    assert_eq!(functions[0], "\\nUNKNOWN: all is well\\x1b[2J\\u{202e}", "{output}");
    assert!(functions[1].starts_with("xxx") && functions[1].len() < 300, "{} bytes", functions[1].len());
    assert_eq!(output.stdout.lines().filter(|line| line.starts_with("UNKNOWN")).count(), 1, "{output}");
}

#[test]
fn thousands_of_functions_are_bounded() {
    let host = Host::new();
    let many: Vec<String> = (0..5_000).map(|number| format!("function{number}")).collect();
    let output = host.check(&named(&host, &many), &[]);
    let stack = output.json()["failure"]["stack"].as_array().expect("a list").clone();
    assert_eq!((stack.len(), &stack[24]), (25, &Value::from("and further out")), "{output}");
    let longest: Vec<String> = (0..40).map(|number| "\\0a\\e2\\80\\ae".repeat(3_000) + &number.to_string()).collect();
    let output = host.check(&named(&host, &longest), &[]);
    assert!(output.stdout.len() < 30_000, "{} bytes", output.stdout.len());
}

/// What is wrong with the lines of a component must not hide why it did not return.
#[test]
fn spoilt_lines_cost_nothing_but_the_lines() {
    let host = Host::new();
    let whole = fs::read(guest("nests")).expect("the component");
    let at = |name: &[u8]| (0..whole.len()).find(|at| whole[*at..].starts_with(name)).expect("a section");
    let sections: Vec<usize> =
        [&LINES[1..], b".debug_info", b".debug_abbrev", b".debug_ranges", b".debug_str"].map(at).into();
    for seed in 1..=12_usize {
        let mut bytes = whole.clone();
        for section in &sections {
            // The same on every machine, and another place for each round.
            let places = (1..=40).map(|step| section + 16 + (step * step * seed * 31) % 3_000);
            places.for_each(|place| {
                bytes[place] = bytes[place].wrapping_mul(31).wrapping_add(u8::try_from(seed).unwrap_or(1))
            });
        }
        let output = run(&host, &host.file("spoilt.wasm", bytes), "panic");
        assert!(output.stdout.starts_with("UNKNOWN: trap: ") && output.code == 3, "{seed}: {output}");
        assert!(functions(&output).iter().any(|name| name.starts_with("nests::inner")), "{seed}: {output}");
    }
}

/// The cache of a component that carries nothing holds nothing more, and lines cost only the one that carries them.
#[test]
fn a_component_without_lines_keeps_no_places() {
    let host = Host::new();
    let code = |file: &Path| {
        host.drop_in("one", &format!("[check.one]\nwasm = {file:?}\nevery = \"60s\"\n"));
        let report = host.run(["check", "one", "--format", "json"]).json();
        let sha256 = report["component"]["sha256"].as_str().expect("a digest").to_owned();
        let entries = walk(&host.path("cache"));
        let entry = entries.iter().find(|path| path.to_string_lossy().contains(&sha256)).expect("its code");
        fs::read(entry).expect("its code")
    };
    let with = code(&nests(&host, &[]));
    let without = code(&nests(&host, &[LINES]));
    let holds = |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    assert!(holds(&with, b".wasmtime.addrmap") && !holds(&without, b".wasmtime.addrmap"));
    let plain = code(&component::check("load"));
    assert!(!holds(&plain, b".wasmtime.addrmap") && !holds(&plain, b".wasmtime.dwarf"));
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        if entry.path().is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}
