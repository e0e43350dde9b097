//! Files that are no check, or none for this contract: refused before they run, in words that say what to do.
#![expect(clippy::disallowed_methods, reason = "a reader that hangs, and a program that makes pipes")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::Host;
use roundsman_tests::component::{self, World};
use serde_json::Value;

/// `check` of a file of these bytes is refused as `invalid`.
#[track_caller]
fn refused(bytes: &[u8], parts: &[&str]) {
    let host = Host::new();
    let start = Instant::now();
    host.check(&host.file("wrong.wasm", bytes), &[]).assert_failure("invalid", parts);
    assert!(start.elapsed() < Duration::from_secs(10), "refused only after {:?}", start.elapsed());
}

#[test]
fn no_file() {
    let host = Host::new();
    host.check(&host.path("missing.wasm"), &[]).assert_failure("invalid", &["missing.wasm"]);
}

#[test]
fn a_directory() {
    let host = Host::new();
    host.file("folder.wasm/inside", "");
    host.check(&host.path("folder.wasm"), &[]).assert_failure("invalid", &["folder.wasm"]);
}

/// Opening one waits until somebody writes.
#[test]
fn a_named_pipe() {
    let host = Host::new();
    let pipe = host.path("pipe.wasm");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo(1)").success());
    let mut reader = Command::new("cat").arg(&pipe).stdout(Stdio::null()).spawn().expect("cat(1)");
    let start = Instant::now();
    host.check(&pipe, &[]).assert_failure("invalid", &["pipe.wasm", "a named pipe"]);
    assert!(start.elapsed() < Duration::from_secs(10), "refused only after {:?}", start.elapsed());
    assert!(reader.try_wait().expect("ours to wait for").is_none(), "without defence it waits");
    reader.kill().expect("ours to kill");
    reader.wait().expect("its end");
}

#[test]
fn an_empty_file() {
    refused(b"", &["empty"]);
}

#[test]
fn another_kind_of_file() {
    refused(b"#!/bin/sh\necho OK\n", &["no WebAssembly"]);
}

#[test]
fn a_file_cut_off_anywhere() {
    let whole = component::wat("minimal");
    let host = Host::new();
    for length in (1..whole.len()).step_by(whole.len() / 12) {
        let output = host.check(&host.file(&format!("cut-{length}.wasm"), &whole[..length]), &[]);
        output.assert_failure("invalid", &[]);
    }
}

#[test]
fn a_core_module() {
    refused(b"\0asm\x01\0\0\0", &["core module", "component"]);
}

#[test]
fn a_component_of_another_world() {
    let world = "package test:other; world other { export hello: func() -> string; }";
    let greets = component::wat_for("greets", &World { packages: &[world], bare: true, ..World::default() });
    refused(&greets, &["another world", "it exports hello", "roundsman:check/guest@0.1.0"]);
}

#[test]
fn an_export_of_another_type() {
    let change = ("run: func(config: string) -> result<outcome, failure>;", "run: func(config: string);");
    let otherwise = component::wat_for("runs-otherwise", &World { change, ..World::default() });
    refused(&otherwise, &["run"]);
}

#[test]
fn an_export_that_is_missing() {
    let change = ("validate: func(config: string) -> string;", "");
    let without = component::wat_for("minimal", &World { change, ..World::default() });
    refused(&without, &["validate"]);
}

#[test]
fn a_newer_contract() {
    let newer = component::wat_for("logs", &World { version: "0.2.0", ..World::default() });
    refused(&newer, &["made for contract 0.2", "this is 0.1"]);
    // One that uses no call is known by the types that it names.
    let newer = component::wat_for("minimal", &World { version: "0.2.0", ..World::default() });
    refused(&newer, &["made for contract 0.2", "this is 0.1"]);
}

#[test]
fn a_newer_patch_of_this_contract_runs() {
    let host = Host::new();
    let patch = component::wat_for("logs", &World { version: "0.1.1", ..World::default() });
    let output = host.check(&host.file("patch.wasm", patch), &[]);
    assert_eq!(output.code, 0, "{output}");
    assert!(output.json()["log"][0].to_string().contains("was here"), "{output}");
}

#[test]
fn a_further_export_is_no_fault() {
    let host = Host::new();
    let world = "package test:more; world more { include roundsman:check/check@0.1.0; export hello: func() -> u32; }";
    let more = component::assemble(
        r#"(func (export "hello") (result i32) (i32.const 1))"#,
        &World { packages: &[world], ..World::default() },
    );
    let output = host.check(&host.file("more.wasm", more.expect("a component")), &[]);
    assert_eq!(output.code, 0, "{output}");
}

#[test]
fn another_version_of_wasi() {
    refused(&component::wasi("0.3.0"), &["wasi:clocks/monotonic-clock@0.3.0", "only 0.2", "wasm32-wasip2"]);
    let host = Host::new();
    let output = host.check(&host.file("clock.wasm", component::wasi("0.2.6")), &[]);
    assert_eq!(output.code, 0, "{output}");
}

#[test]
fn a_file_larger_than_a_component_may_be() {
    let host = Host::new();
    let large = host.file("large.wasm", b"\0asm\x0d\0\x01\0");
    std::fs::OpenOptions::new().write(true).open(&large).expect("a file").set_len(1 << 30).expect("a sparse file");
    host.check(&large, &[]).assert_failure("limit", &["component", "33554432"]);
}

// C13: what costs more to compile than to write down. Each compiles, or ends at a limit, or is refused; in time.

#[track_caller]
fn compiles_or_is_ended(fields: &str) {
    let host = Host::new();
    let bomb = component::assemble(fields, &World::default()).expect("a component");
    let start = Instant::now();
    let output = host.check(&host.file("bomb.wasm", bomb), &[]);
    let kind = output.json()["failure"]["kind"].clone();
    assert!(output.code == 0 || kind == "limit" || kind == "invalid", "{output}");
    assert!(start.elapsed() < Duration::from_secs(60), "compiled for {:?}", start.elapsed());
}

#[test]
fn many_functions_compile_or_end_at_a_limit() {
    compiles_or_is_ended(&"(func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))\n".repeat(20_000));
}

#[test]
fn a_function_of_a_megabyte_compiles_or_ends_at_a_limit() {
    let body = "(local.set 0 (i32.mul (local.get 0) (i32.const 12345)))\n".repeat(120_000);
    compiles_or_is_ended(&format!("(func (param i32) {body})"));
}

#[test]
fn fifty_thousand_locals_compile_or_end_at_a_limit() {
    let locals = " i64".repeat(49_990);
    let uses: String = (0..49_990).step_by(7).map(|at| format!("(local.set {at} (i64.const {at}))\n")).collect();
    compiles_or_is_ended(&format!("(func (local{locals}) {uses})"));
}

#[test]
fn a_jump_table_of_a_hundred_thousand_compiles_or_ends_at_a_limit() {
    let blocks = 500;
    let labels: String = (0..100_000).map(|at| format!(" {}", at % blocks)).collect();
    let (open, close) = ("(block ".repeat(blocks), ")".repeat(blocks));
    compiles_or_is_ended(&format!("(func (param i32) {open}(br_table{labels} (local.get 0)){close})"));
}

/// The same bomb with the key at its least: what ends it is the limit.
#[test]
fn what_compiles_too_long_ends_at_the_key_that_says_so() {
    let host = Host::new();
    let body = "(local.set 0 (i32.mul (local.get 0) (i32.const 12345)))\n".repeat(120_000);
    let fields = format!("(func (param i32) {body})\n").repeat(4);
    let bomb = component::assemble(&fields, &World::default()).expect("a component");
    let wasm = host.file("bomb.wasm", bomb).display().to_string();
    let main = std::fs::read_to_string(host.path("etc/roundsman.toml")).expect("the main file");
    host.file("etc/roundsman.toml", format!("{main}\n[compile]\ntime = \"1s\"\n"));
    host.drop_in("bomb", &format!("[check.bomb]\nwasm = \"{wasm}\"\nevery = \"1m\"\n"));
    host.run(["check", "bomb", "--format", "json"]).assert_failure("limit", &["compile.time"]);
}

// C27: who else could have written it.

/// A host with a check of `above/below/minimal.wasm`, and those three.
fn below() -> (Host, [PathBuf; 3]) {
    let host = Host::new();
    let wasm = host.file("above/below/minimal.wasm", component::wat("minimal"));
    let below = wasm.parent().expect("a directory").to_owned();
    let above = below.parent().expect("a directory").to_owned();
    named(&host, &wasm, "");
    assert_eq!(asked(&host), Value::Null);
    (host, [above, below, wasm])
}

fn named(host: &Host, wasm: &Path, more: &str) {
    host.drop_in("one", &format!("[check.one]\nwasm = \"{}\"\nevery = \"1m\"\n{more}", wasm.display()));
}

/// The failure of the check, if it is one.
fn asked(host: &Host) -> Value {
    host.run(["check", "one", "--format", "json"]).json()["failure"].clone()
}

#[test]
fn a_component_that_others_may_change_in_any_part_of_its_path() {
    let (host, parts) = below();
    for part in &parts {
        let mode = fs::metadata(part).expect("a part").permissions();
        for (loose, whose) in [(0o777, "go"), (0o775, "g")] {
            fs::set_permissions(part, Permissions::from_mode(loose)).expect("a mode");
            let failure = asked(&host);
            let mends = format!("chmod {whose}-w {}", part.display());
            assert_eq!(failure["kind"], "invalid", "{failure}");
            assert!(failure["message"].as_str().expect("a text").contains(&mends), "{mends}: {failure}");
        }
        fs::set_permissions(part, mode).expect("a mode");
        // The owner of a part can make it writable.
        chown(part, Some(65534), None).expect("root may");
        let failure = asked(&host);
        let mends = format!("chown 0 {}", part.display());
        assert!(failure["message"].as_str().expect("a text").contains(&mends), "{mends}: {failure}");
        chown(part, Some(0), None).expect("root may");
    }
    assert_eq!(asked(&host), Value::Null);
}

#[test]
fn a_link_to_a_component_is_judged_where_it_lies_and_where_it_leads() {
    let (host, [above, _, wasm]) = below();
    fs::create_dir(host.path("links")).expect("a directory");
    let link = host.path("links/one.wasm");
    symlink(&wasm, &link).expect("a link");
    named(&host, &link, "");
    assert_eq!(asked(&host), Value::Null);
    for directory in [host.path("links"), above] {
        fs::set_permissions(&directory, Permissions::from_mode(0o777)).expect("a mode");
        let failure = asked(&host);
        let mends = format!("chmod go-w {}", directory.display());
        assert!(failure["message"].as_str().expect("a text").contains(&mends), "{mends}: {failure}");
        fs::set_permissions(&directory, Permissions::from_mode(0o755)).expect("a mode");
    }
}

#[test]
fn a_pin_lifts_what_is_wrong_with_a_path_and_holds_for_those_bytes_alone() {
    let (host, parts) = below();
    let [_, _, wasm] = &parts;
    let digest = host.run(["check", "one", "--format", "json"]).json()["component"]["sha256"].clone();
    parts.iter().for_each(|part| fs::set_permissions(part, Permissions::from_mode(0o777)).expect("a mode"));
    assert_eq!(asked(&host)["kind"], "invalid");
    named(&host, wasm, &format!("sha256 = {digest}\n"));
    assert_eq!(asked(&host), Value::Null);
    fs::write(wasm, component::wat("logs")).expect("what others may do");
    let failure = asked(&host);
    assert_eq!(failure["kind"], "invalid", "{failure}");
    assert!(failure["message"].as_str().expect("a text").contains("not the pinned component"), "{failure}");
}

/// A format whose files may have any name.
#[test]
fn an_output_replaces_no_file_of_ours() {
    let host = Host::new();
    host.drop_in("memory", "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n");
    for file in
        ["etc/roundsman.toml", "etc/conf.d/memory.toml", "etc/conf.d/new.toml", "roundsman.log", "state/results"]
    {
        let path = host.path(file);
        host.drop_in("output", &format!("[output.spool]\nformat = \"checkmk\"\npath = \"{}\"\n", path.display()));
        let before = std::fs::read(&path).ok();
        let output = host.run(["run", "--only", "memory"]);
        assert_eq!(output.code, 78, "{file}: {output}");
        assert!(output.stderr.contains("this one is left out"), "{file}: {output}");
        let now = std::fs::read(&path).ok();
        let spool = now.as_deref().is_some_and(|text| text.starts_with(b"<<<"));
        assert!(!spool && (before.is_some() || now.is_none() || !file.starts_with("etc")), "{file} was replaced");
    }
}
