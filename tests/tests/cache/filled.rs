//! Filling the cache: by rounds, by `compile`, and what is not tried again.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, component, program};
use serde_json::Value;

use crate::started::{SETTLED, entry, host, kept, quiet, round};
use crate::traced::opened;

#[test]
fn rounds_at_once_fill_one_cache() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    let program = program();
    let start = |_| {
        Command::new(&program)
            .args(["check", "one"])
            .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a start")
    };
    let all: Vec<_> = (0..8).map(start).collect();
    for child in all {
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success(), "{output:?}");
    }
    entry(&host);
    assert!(kept(&host, ".tmp").is_empty());
    quiet(&host, "one", "it lives");
}

/// A file that is no check is found to be none once, and not compiled again.
#[test]
fn a_file_that_is_no_check_is_compiled_once() {
    let host = Host::new();
    let file = host.file("checks/wasi.wasm", component::wasi("0.3.0"));
    host.drop_in("wasi", &format!("[check.wasi]\nwasm = \"{}\"\nevery = \"1m\"\n", file.display()));
    std::thread::sleep(SETTLED);
    let (_, first) = round(&host);
    let trace = opened(&host, &["run", "--all"]);
    assert!(!trace.contains("wasi.wasm"), "{trace}");
    let (_, again) = round(&host);
    assert_eq!(first["wasi"]["failure"]["kind"], "invalid");
    assert_eq!(first["wasi"]["failure"], again["wasi"]["failure"]);
}

/// A component that takes the compiler some seconds.
fn laborious() -> Vec<u8> {
    let step = "local.get 0 i32.const 7 i32.mul local.get 0 i32.load i32.add local.tee 0 i32.load offset=4 drop ";
    let body = step.repeat(400);
    let functions: String = (0..600)
        .map(|number| format!("(func (export \"f{number}\") (param i32) (result i32) {body} local.get 0)"))
        .collect();
    component::assemble(&functions, &component::World::default()).expect("a component")
}

#[test]
fn what_is_not_compiled_by_the_end_of_a_round_is_pending_and_given_up_after_two() {
    let host = host(&[("one", "minimal")]);
    host.main("[run]\ndeadline = \"1s\"\n[limits]\ntimeout = \"1s\"\n[compile]\ntime = \"30s\"\n");
    let file = host.file("checks/big.wasm", laborious());
    host.drop_in("big", &format!("[check.big]\nwasm = \"{}\"\nevery = \"1m\"\n", file.display()));
    std::thread::sleep(SETTLED);
    for _ in 0..2 {
        let (output, reports) = round(&host);
        assert_eq!(reports["one"]["summary"], "it lives", "a check that is compiled does not wait: {output}");
        assert!(!reports.contains_key("big"), "{output}");
        let results = fs::read_to_string(host.path("state/results")).expect("results");
        let results: Value = serde_json::from_str(results.split_once('\n').expect("a first line").1).expect("JSON");
        let big = &results["checks"]["big"]["verdict"];
        assert_eq!((&big["state"], &big["status"]), (&"pending".into(), &Value::Null), "{big}");
    }
    let (output, reports) = round(&host);
    let big = &reports["big"];
    assert_eq!(big["status"], "unknown", "{output}");
    assert!(big["failure"]["hint"].as_str().is_some_and(|hint| hint.contains("`roundsman compile`")), "{output}");
    // By hand it is compiled, and then it runs.
    let compiled = host.run(["compile"]);
    assert_eq!(compiled.code, 0, "{compiled}");
    quiet(&host, "big", "it lives");
}

/// One seat compiles. What is large comes first by its name, and takes longer to compile than it may take to run.
#[test]
fn what_is_small_is_compiled_first_and_what_waits_is_pending_meanwhile() {
    let host = host(&[("one", "minimal")]);
    host.main("[run]\nparallel = 2\n[compile]\ntime = \"30s\"\n");
    let file = host.file("checks/big.wasm", laborious());
    let limits = "[check.big.limits]\ntimeout = \"1s\"\n";
    host.drop_in("big", &format!("[check.big]\nwasm = \"{}\"\nevery = \"1m\"\n{limits}", file.display()));
    let mut round = host.command(&[]).arg("run").stdout(Stdio::null()).spawn().expect("a round");
    let status = |name: &str| host.run(["status", name]).stdout;
    let start = Instant::now();
    while !status("one").starts_with("OK: it lives") {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", status("one"));
        std::thread::sleep(Duration::from_millis(20));
    }
    let table = host.run(["status"]);
    assert!(round.try_wait().expect("ours to ask for").is_none(), "the round was over before it was looked at");
    assert!(table.stdout.contains("PENDING") && table.stdout.contains("big"), "{table}");
    assert!(round.wait().expect("its end").success());
    assert!(start.elapsed() > Duration::from_secs(1), "it took too little time to show that compiling is none of it");
    assert!(status("big").starts_with("OK: it lives"), "{}", status("big"));
}

#[test]
fn a_compilation_that_is_lost_to_its_limit_twice_is_not_tried_again() {
    let host = Host::new();
    host.main("[compile]\ntime = \"1s\"\n");
    let file = host.file("checks/big.wasm", laborious());
    host.drop_in("big", &format!("[check.big]\nwasm = \"{}\"\nevery = \"1m\"\n", file.display()));
    std::thread::sleep(SETTLED);
    for _ in 0..2 {
        let (output, reports) = round(&host);
        assert!(
            reports["big"]["failure"]["message"].as_str().is_some_and(|text| text.contains("compile.time")),
            "{output}"
        );
    }
    let trace = opened(&host, &["run", "--all"]);
    assert!(!trace.contains("big.wasm"), "{trace}");
    host.main("[compile]\ntime = \"30s\"\n");
    quiet(&host, "big", "it lives");
}

#[test]
fn compile_fills_the_cache_and_lets_go_of_what_nobody_names() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    let compiled = host.run(["compile"]);
    assert_eq!((compiled.code, compiled.stderr.as_str()), (0, ""), "{compiled}");
    assert!(compiled.stdout.contains("one.wasm") && compiled.stdout.contains("two.wasm"), "{compiled}");
    assert_eq!(kept(&host, ".code").len(), 2);
    let trace = opened(&host, &["run", "--all"]);
    assert!(!trace.contains("roundsman-compile") && trace.contains(".code"), "{trace}");

    fs::remove_file(host.path("etc/conf.d/two.toml")).expect("the check is taken out");
    let compiled = host.run(["compile"]);
    assert_eq!(compiled.code, 0, "{compiled}");
    entry(&host);
    quiet(&host, "one", "it lives");
}

#[test]
fn compile_draws_a_bar_on_a_terminal_and_nowhere_else() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    let compiled = host.run(["compile"]);
    assert!(!compiled.stderr.contains('\r') && !compiled.stdout.contains('\r'), "{compiled}");
    let command = format!("'{}' compile", program().display());
    let shown = host.run_by("script", ["--quiet", "--return", "--command", &command, "/dev/null"]);
    assert_eq!(shown.code, 0, "{shown}");
    let none = format!("\r{} 0 of 2", "░".repeat(24));
    let all = format!("\r{} 2 of 2", "█".repeat(24));
    let [none, all] = [none, all].map(|bar| shown.stdout.find(&bar));
    assert!(none.is_some() && none < all, "{shown}");
    assert!(shown.stdout.ends_with("\r\x1b[K"), "the bar is left behind: {shown}");
}

#[test]
fn compile_says_what_is_no_check() {
    let host = host(&[("one", "minimal")]);
    let wrong = host.file("wrong.wasm", b"#!/bin/sh\n");
    let compiled = host.run(["compile".as_ref(), wrong.as_os_str(), host.path("checks/one.wasm").as_os_str()]);
    assert_eq!(compiled.code, 65, "{compiled}");
    assert!(compiled.stderr.contains("wrong.wasm: no WebAssembly"), "{compiled}");
    assert!(compiled.stdout.contains("one.wasm"), "the others are compiled all the same: {compiled}");
    entry(&host);
}
