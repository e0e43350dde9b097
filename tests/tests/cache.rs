//! Compiled code between rounds: what is kept is used without a look at the `.wasm`, and what is spoilt, planted or another's
//! never runs.
#![expect(clippy::disallowed_methods, reason = "rounds that are watched, and rounds at once")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use roundsman_tests::{Host, Output, built, component, program};
use serde_json::Value;

/// What was changed longer ago is known by what `stat` says of it.
const SETTLED: Duration = Duration::from_millis(2_200);

/// A host with checks of components of `tests/guests/wat`, each below a name of its own.
fn host(checks: &[(&str, &str)]) -> Host {
    let host = Host::new();
    for (name, wat) in checks {
        let path = host.file(&format!("checks/{name}.wasm"), component::wat(wat));
        let drop_in = format!("[check.{name}]\nwasm = \"{}\"\nevery = \"1m\"\n", path.display());
        host.drop_in(name, &drop_in);
    }
    host
}

/// A round of all checks.
#[track_caller]
fn round(host: &Host) -> (Output, BTreeMap<String, Value>) {
    let output = host.run(["run", "--all", "--format", "json"]);
    let reports = output.json_lines().into_iter();
    let by_name = reports.map(|report| (report["check"].as_str().expect("a name").to_owned(), report)).collect();
    (output, by_name)
}

/// A round in which every check reports this, and which has nothing to tell.
#[track_caller]
fn quiet(host: &Host, check: &str, summary: &str) {
    let (output, reports) = round(host);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_eq!(reports[check]["summary"], summary, "{output}");
}

/// The files of the cache whose names end so.
fn kept(host: &Host, ending: &str) -> Vec<PathBuf> {
    let listed = fs::read_dir(host.path("cache")).map(|all| all.map(|entry| entry.expect("an entry").path()));
    let mut all: Vec<PathBuf> = listed.into_iter().flatten().collect();
    all.retain(|path| path.to_string_lossy().ends_with(ending));
    all.sort();
    all
}

/// The one entry.
#[track_caller]
fn entry(host: &Host) -> PathBuf {
    let all = kept(host, ".code");
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

/// Every file that a round opens or looks into, by the names in its system calls.
fn opened(host: &Host, args: &[&str]) -> String {
    let trace = host.path("trace");
    let status = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=open,openat,openat2,mmap,mprotect,execve", "-o"])
        .arg(&trace)
        .arg(program())
        .args(args)
        .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
        .stdout(Stdio::null())
        .status()
        .expect("strace starts: `make test` installs it");
    assert!(status.success(), "{status}");
    fs::read_to_string(trace).expect("a trace")
}

#[test]
fn a_warm_round_opens_no_component_and_maps_its_code() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    let cold = opened(&host, &["run", "--all"]);
    assert!(cold.contains("one.wasm") && cold.contains("two.wasm"), "the test looks for what is never there");
    std::thread::sleep(SETTLED);
    // The files were young when they were read: once more, and the entries too.
    quiet(&host, "one", "it lives");
    for args in [&["run", "--all"][..], &["check", "one"], &["check", "two"]] {
        let warm = opened(&host, args);
        assert!(!warm.contains(".wasm"), "{args:?}: {warm}");
        assert!(warm.contains(".code"), "{args:?}: {warm}");
        assert!(runs_from_a_file(&warm), "{args:?}: {warm}");
    }
}

/// Whether a part of a file that was mapped to be read was made executable then, by a trace of [`opened`]. Libraries are mapped
/// executable at once.
fn runs_from_a_file(trace: &str) -> bool {
    let number = |text: &str| usize::from_str_radix(text.trim_start_matches("0x"), 16).expect("an address");
    // What each process mapped last is what is there: whose it is, where, and whether it is such a file.
    let mut mapped = Vec::new();
    for line in trace.lines() {
        let process = line.split(' ').next().expect("a process");
        if let Some((arguments, start)) =
            line.split_once("mmap(NULL, ").and_then(|(_, rest)| rest.split_once(", 0) = 0x"))
            && let Some((length, kind)) = arguments.split_once(", ")
        {
            let length: usize = length.parse().expect("a length");
            mapped.push((process, number(start)..number(start) + length, kind.starts_with("PROT_READ, MAP_PRIVATE, ")));
        } else if let Some((_, rest)) = line.split_once("mprotect(")
            && let Some((at, _)) = rest.split_once(", ").filter(|_| rest.contains(", PROT_READ|PROT_EXEC) = 0"))
        {
            let there = mapped.iter().rev().find(|(by, place, _)| *by == process && place.contains(&number(at)));
            if there.is_some_and(|(_, _, is_file)| *is_file) {
                return true;
            }
        }
    }
    false
}

#[test]
fn a_file_that_was_touched_is_read_and_not_compiled() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    let before = fs::metadata(entry(&host)).expect("the entry").ino();
    let file = host.path("checks/one.wasm");
    fs::write(&file, fs::read(&file).expect("the component")).expect("written again");
    quiet(&host, "one", "it lives");
    assert_eq!(fs::metadata(entry(&host)).expect("the entry").ino(), before, "it was written anew");
}

#[test]
fn another_component_in_the_same_place_is_what_runs() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    host.file("checks/one.wasm", component::wat("logs"));
    quiet(&host, "one", "was here");
    // The code of the first is named by nobody any more.
    entry(&host);
}

/// A round in which the entry is not used, with one line that says why; then all is as before.
#[track_caller]
fn mended(host: &Host, why: &str) {
    let (output, reports) = round(host);
    assert_eq!((output.code, reports["one"]["summary"].as_str()), (0, Some("it lives")), "{output}");
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(lines.len() == 1 && lines[0].contains(why), "not one line with {why:?}: {output}");
    assert_eq!(reports["roundsman"]["status"], "warning", "{output}");
    quiet(host, "one", "it lives");
}

#[test]
fn a_spoilt_entry_is_compiled_anew_and_said() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    let path = entry(&host);
    let whole = fs::read(&path).expect("the entry");
    let spoil = |content: &[u8], why: &str| {
        fs::write(&path, content).expect("spoilt");
        mended(&host, why);
        assert_eq!(fs::read(&path).expect("the entry"), whole, "compiled anew");
    };
    for at in [0, whole.len() / 2, whole.len() - 200] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        spoil(&flipped, "its checksum differs");
    }
    fs::File::options().write(true).open(&path).expect("the entry").set_len(1 << 40).expect("a hole");
    mended(&host, "it is larger than");
    spoil(&whole[..whole.len() / 2], "it is cut off");
    spoil(&[], "it is cut off");
    spoil(&[&whole[..], b"more"].concat(), "it is cut off, or of another form");
    let mut foreign = whole.clone();
    // The engine's key is the second of the three digests at the end.
    let key = whole.len() - 64;
    foreign[key] ^= 1;
    spoil(&foreign, "it was made by another build or for another processor");
}

#[test]
fn a_spoilt_index_costs_a_look_at_each_component_and_is_said() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    quiet(&host, "one", "it lives");
    let [path] = <[PathBuf; 1]>::try_from(indexes(&host)).expect("one index");
    let (whole, code) = (fs::read(&path).expect("the index"), kept(&host, ".code"));
    let made = |code: &[PathBuf]| -> Vec<_> {
        code.iter().map(|path| fs::metadata(path).expect("an entry").modified().expect("a time")).collect()
    };
    let before = made(&code);
    let mut of_another_form = whole.clone();
    of_another_form[b"roundsman components ".len()] = b'9';
    let mut flipped = whole.clone();
    *flipped.last_mut().expect("a last byte") ^= 1;
    for content in [&whole[..whole.len() / 2], &[], b"what is no index\n", &flipped, &of_another_form] {
        fs::write(&path, content).expect("spoilt");
        index_mended(&host);
    }
    fs::File::options().write(true).open(&path).expect("the index").set_len(1 << 40).expect("a hole");
    index_mended(&host);
    fs::write(&path, &whole).expect("whole");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("a mode");
    index_mended(&host);
    // The code was good all the while.
    assert_eq!(made(&code), before);
}

fn indexes(host: &Host) -> Vec<PathBuf> {
    let mut all = kept(host, "");
    all.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("index-")));
    all
}

/// A round that reads the components again, with one line that says why; then all is as before.
#[track_caller]
fn index_mended(host: &Host) {
    let (output, reports) = round(host);
    assert_eq!((output.code, reports["one"]["summary"].as_str()), (0, Some("it lives")), "{output}");
    let lines: Vec<&str> = output.stderr.lines().collect();
    let says = |line: &str| line.contains("/index-") && line.contains("is not used, components are read again: ");
    assert!(lines.len() == 1 && says(lines[0]), "not one line that says why: {output}");
    quiet(host, "one", "it lives");
}

#[test]
fn a_flipped_byte_of_an_entry_that_was_found_whole_is_seen() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    std::thread::sleep(SETTLED);
    quiet(&host, "one", "it lives");
    let path = entry(&host);
    let (mut content, before) = (fs::read(&path).expect("the entry"), fs::metadata(&path).expect("the entry"));
    content[100] ^= 1;
    fs::write(&path, content).expect("spoilt");
    // As a disk that lies, or somebody who hides it, would have it.
    fs::File::options()
        .write(true)
        .open(&path)
        .expect("the entry")
        .set_modified(before.modified().expect("a time"))
        .expect("set");
    mended(&host, "its checksum differs");
}

#[test]
fn what_others_could_have_written_never_runs() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    let (_, reports) = round(&host);
    let digest = |name: &str| reports[name]["component"]["sha256"].as_str().expect("a digest").to_owned();
    let path_of = |name: &str| {
        let digest = digest(name);
        kept(&host, ".code").into_iter().find(|path| path.to_string_lossy().contains(&digest)).expect("an entry")
    };
    let (one, two) = (path_of("one"), path_of("two"));

    // Good code, of another component.
    fs::copy(&two, &one).expect("planted");
    mended(&host, "it is the code of another component");

    fs::set_permissions(&one, fs::Permissions::from_mode(0o666)).expect("a mode");
    mended(&host, "others can write it (mode 0666)");

    let elsewhere = host.file("elsewhere", fs::read(&one).expect("the entry"));
    fs::remove_file(&one).expect("removed");
    symlink(&elsewhere, &one).expect("planted");
    mended(&host, "it is a symbolic link");

    fs::hard_link(&one, host.path("second-name")).expect("a second name");
    mended(&host, "it has 2 names");

    std::os::unix::fs::chown(&one, Some(65_534), None).expect("root gives a file away");
    mended(&host, "it belongs to uid 65534");

    fs::remove_file(&one).expect("removed");
    assert!(Command::new("mkfifo").arg(&one).status().expect("mkfifo").success());
    mended(&host, "it is no regular file");
}

#[test]
fn a_cache_that_cannot_be_used_costs_no_check() {
    let told = |prepare: &dyn Fn(&Path), why: &str| {
        let host = host(&[("one", "minimal")]);
        let cache = host.path("cache");
        prepare(&cache);
        let (output, reports) = round(&host);
        assert_eq!((output.code, reports["one"]["summary"].as_str()), (0, Some("it lives")), "{why}: {output}");
        let lines: Vec<&str> = output.stderr.lines().collect();
        assert!(lines.len() == 1 && lines[0].contains(why), "not one line with {why:?}: {output}");
        host
    };
    let directory = |path: &Path| fs::create_dir(path).expect("a directory");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    let host = told(
        &|cache| {
            directory(cache);
            mode(cache, 0o777);
        },
        "chmod",
    );
    assert!(kept(&host, "").is_empty(), "nothing is written there");
    told(
        &|cache| {
            directory(cache);
            std::os::unix::fs::chown(cache, Some(65_534), None).expect("root gives a directory away");
        },
        "belongs to uid 65534",
    );
    told(&|cache| fs::write(cache, "a file").expect("a file"), "not a directory");
    told(&|cache| symlink("/nowhere/at/all", cache).expect("a link"), "/nowhere");
}

#[test]
fn a_full_cache_costs_no_check() {
    let host = host(&[("one", "minimal")]);
    let cache = host.path("cache");
    fs::create_dir(&cache).expect("a directory");
    let mount = |args: &[&str]| {
        let done = Command::new(args[0]).args(&args[1..]).arg(&cache).status().expect("mount");
        assert!(done.success(), "mounting takes root");
    };
    mount(&["mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs"]);
    let (full, _) = round(&host);
    let litter = kept(&host, ".tmp");
    mount(&["mount", "-o", "remount,ro"]);
    let (read_only, reports) = round(&host);
    mount(&["umount"]);
    for (output, why) in [(&full, "No space left"), (&read_only, "Read-only")] {
        assert_eq!(output.code, 0, "{output}");
        assert!(output.stderr.contains(why) && output.stderr.lines().count() <= 2, "{output}");
    }
    assert_eq!(reports["one"]["summary"], "it lives");
    assert!(litter.is_empty(), "{litter:?}");
}

/// On a file system from which nothing is executed the code is copied.
#[test]
fn a_cache_on_a_noexec_mount_works_by_copying() {
    let host = host(&[("one", "minimal")]);
    let cache = host.path("cache");
    fs::create_dir(&cache).expect("a directory");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "noexec,mode=700", "tmpfs"]).arg(&cache).status();
    assert!(mounted.expect("mount").success(), "mounting takes root");
    quiet(&host, "one", "it lives");
    quiet(&host, "one", "it lives");
    assert!(!runs_from_a_file(&opened(&host, &["run", "--all"])));
    let entries = kept(&host, ".code");
    let doctor = host.run(["doctor"]);
    assert!(Command::new("umount").arg(&cache).status().expect("umount").success());
    assert_eq!(entries.len(), 1);
    assert!(doctor.stdout.contains("noexec"), "{doctor}");
}

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

#[test]
fn a_component_that_became_writable_or_left_its_pin_is_refused_though_its_code_is_kept() {
    let host = host(&[("one", "minimal")]);
    let (_, reports) = round(&host);
    std::thread::sleep(SETTLED);
    quiet(&host, "one", "it lives");
    let file = host.path("checks/one.wasm");
    let failure = || {
        let (output, reports) = round(&host);
        let failure = &reports["one"]["failure"];
        assert_eq!(failure["kind"], "invalid", "{output}");
        failure["message"].as_str().expect("a message").to_owned()
    };
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).expect("a mode");
    assert!(failure().contains("chmod go-w"), "{}", failure());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
    fs::set_permissions(host.path("checks"), fs::Permissions::from_mode(0o777)).expect("a mode");
    assert!(failure().contains("chmod go-w"), "{}", failure());

    let pinned = |sha256: &str| {
        let text = format!("[check.one]\nwasm = \"{}\"\nevery = \"1m\"\nsha256 = \"{sha256}\"\n", file.display());
        host.drop_in("one", &text);
    };
    pinned(reports["one"]["component"]["sha256"].as_str().expect("a digest"));
    quiet(&host, "one", "it lives");
    std::thread::sleep(SETTLED);
    quiet(&host, "one", "it lives");
    // The file is known by its digest, and not opened.
    pinned(&"0".repeat(64));
    let trace = opened(&host, &["run", "--all"]);
    assert!(!trace.contains("one.wasm"), "{trace}");
    assert!(failure().contains("not the pinned component"), "{}", failure());
}

/// What is no check is found to be none once.
#[test]
fn a_file_that_is_no_check_is_compiled_once() {
    let host = Host::new();
    let file = host.file("checks/wasi.wasm", component::wasi());
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
    let command = format!("{} compile", program().display());
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

#[test]
fn who_cannot_read_the_cache_compiles_and_says_nothing() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    let output = host.run_as_nobody(["check", "one"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert!(output.stdout.starts_with("OK: it lives"), "{output}");
}

/// The largest components there will be: an interpreter and its library, 18 MB, which compile into 44.
#[test]
fn a_check_in_python_runs_from_the_cache() {
    let host = host(&[("one", "minimal")]);
    // Python leaves compiled code beside its sources.
    let sources = ["check.py", "meminfo.py"].map(|name| {
        let source = fs::read(Path::new("bench/python").join(name)).expect("a source");
        host.file(&format!("python/{name}"), source)
    });
    let output = Command::new(built("python/bin/componentize-py", "test"))
        .args(["--wit-path", "../wit", "--world", "check", "componentize", "--stub-wasi", "check", "-p"])
        .arg(sources[0].parent().expect("a directory"))
        .arg("-o")
        .arg(host.path("checks/python.wasm"))
        .output()
        .expect("componentize-py starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let grant = "[check.python.grant]\nfiles = [\"/proc/meminfo\"]\n";
    host.drop_in("python", &format!("[check.python]\nwasm = \"python.wasm\"\nevery = \"1m\"\n{grant}"));
    let compiled = host.run(["compile"]);
    assert_eq!((compiled.code, compiled.stderr.as_str()), (0, ""), "{compiled}");

    std::thread::sleep(SETTLED);
    quiet(&host, "one", "it lives");
    let trace = opened(&host, &["run", "--all"]);
    assert!(!trace.contains(".wasm") && trace.contains(".code"), "{trace}");
    let (output, reports) = round(&host);
    let metric = &reports["python"]["metrics"][0];
    assert_eq!(metric["name"], "used_percent", "{output}");
    assert!(metric["value"].as_f64().is_some_and(|used| (0.0..100.0).contains(&used)), "{output}");
}
